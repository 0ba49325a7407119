"""A bitmap says whether places are free together, and when only the rules can say."""

from datetime import date

import pytest

from booking.rules.date_windows import DateWindow, Length, NeededLength
from booking.rules.opening import Unit
from booking.rules.terms import reach
from booking.search.bitmaps import bitmap_room, lacking, seconds, slot_bitmap
from tests.rules.examples import NOW, deadlines, span, terms

MONDAY = date(2027, 1, 11)
MORNING, AFTERNOON = span("2027-01-11 08:00", "12:30"), span("2027-01-11 12:30", "17:00")
DAY, NIGHT = span("2027-01-11 00:00", "2027-01-12 00:00"), span("2027-01-11 20:00", "22:00")


@pytest.mark.parametrize(
    ("taken", "wanted", "expected"),
    [
        ([[]], 1, True),
        ([[NIGHT]], 1, True),
        ([[MORNING]], 1, False),
        ([[MORNING], []], 1, True),
        ([[MORNING], []], 2, False),
        # It may go from one place to the other at noon; the bitmap is not so fine.
        ([[MORNING], [AFTERNOON]], 1, None),
        ([[MORNING], [DAY]], 1, None),
        ([[DAY], [DAY]], 1, False),
        ([[DAY], [MORNING], []], 2, None),
        ([[DAY], [DAY], []], 2, False),
        ([[MORNING], [], []], 2, True),
        ([], 1, False),
    ],
)
def test_the_places_must_be_free_at_once_for_the_whole_date(taken, wanted, expected):
    rules = terms(unit=Unit.DAY)
    date_window = DateWindow(MONDAY, MONDAY, Length(1, Unit.DAY), wanted)
    bitmap = slot_bitmap(rules, date_window, NeededLength(1), reach(rules, deadlines(), NOW))
    blocks = [[(seconds(s.starts_at), seconds(s.ends_at)) for s in slots] for slots in taken]

    assert bitmap_room(bitmap, rules, blocks, (), wanted).has_room is expected


def test_a_bit_is_blocked_where_too_few_places_are_left():
    touched = [0b0111, 0b0011, 0b0001]

    assert [lacking(touched, places) for places in (1, 2, 3)] == [0b0001, 0b0011, 0b0111]
    assert lacking(touched, 4) & 0b1111 == 0b1111


@pytest.mark.parametrize("unit", [Unit.HOUR, Unit.HALF_DAY, Unit.DAY])
def test_facilities_of_different_notice_share_a_bitmap_of_days_that_all_can_be_requested(unit):
    size, date_window = NeededLength(1), DateWindow(MONDAY, MONDAY)
    some, others, late = (
        slot_bitmap(rules, date_window, size, reach(rules, deadlines(), NOW))
        for rules in (terms(unit=unit, lead_time_days=days) for days in (2, 14, 90))
    )

    assert some is others
    assert some.has_room(0)
    assert not late.has_room(0)
