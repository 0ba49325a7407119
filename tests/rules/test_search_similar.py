"""What two facilities are said to have in common."""

import pytest

from booking.search.similar import best_shared_capability


@pytest.mark.parametrize(
    ("own", "others", "shared"),
    [
        (["aircraft up to 150 kg"], ["thirteen aircraft shelters"], None),
        (
            ["flights beyond visual line of sight"],
            ["night flights beyond sight"],
            "night flights beyond sight",
        ),
        (["Forensics"], ["forensics"], "forensics"),
        (["smoke tests"], ["cooking"], None),
        ([], ["cooking"], None),
    ],
)
def test_a_capability_is_shared_only_by_two_telling_words_or_as_a_whole(own, others, shared):
    assert best_shared_capability(own, others) == shared
