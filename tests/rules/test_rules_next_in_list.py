"""Which entry of a list comes next, once one is done."""

import pytest

from booking.rules.next_in_list import next_in_list


@pytest.mark.parametrize(
    ("done", "before", "after", "expected"),
    [
        ("b", "abc", "ac", "c"),  # the one behind it
        ("b", "abcd", "ad", "d"),  # the next that is left
        ("c", "abc", "ab", "a"),  # from the end to the first
        ("b", "abc", "abc", "b"),  # not done with it yet
        ("b", "abc", "xa", "x"),  # the first of those that are new
        ("b", "b", "", None),
        ("x", "abc", "abc", None),  # it was not on the list
    ],
)
def test_the_next_entry_is_the_one_behind_what_was_done(done, before, after, expected):
    assert next_in_list(done, before, after) == expected
