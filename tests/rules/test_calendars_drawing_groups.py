"""What a folded row counts."""

from datetime import UTC, datetime, timedelta

from booking.calendars.drawing.group_layout import Gathered, gathered
from booking.calendars.drawing.segments import Kind, Stretch
from booking.rules.slots import Slot

MIDNIGHT = datetime(2027, 1, 12, tzinfo=UTC)
DAY = Slot(MIDNIGHT, MIDNIGHT + timedelta(days=1))


def hours(start, end):
    return Slot(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def stretch(kind, start, end, *, pick=True):
    slot = hours(start, end)
    return Stretch(kind, slot, ask=slot if pick else None)


def test_times_that_touch_are_one_and_count_each_facility_once():
    one = [stretch(Kind.FREE, 8, 10), stretch(Kind.PARTLY, 10, 12)]
    other = [stretch(Kind.BUSY, 8, 11, pick=False), stretch(Kind.FREE, 11, 14)]
    closed = [stretch(Kind.NOT_OPEN, 0, 24, pick=False)]

    assert gathered([one, other, closed], [DAY]) == [
        Gathered(hours(0, 8), 0, 3),
        Gathered(hours(8, 14), 2, 3),
        Gathered(hours(14, 24), 0, 3),
    ]


def test_free_time_over_midnight_is_counted_on_both_days():
    days = [hours(0, 24), hours(24, 48)]

    found = gathered([[stretch(Kind.FREE, 22, 26)]], days)

    assert [(one.slot, one.free) for one in found if one.free] == [
        (hours(22, 24), 1),
        (hours(24, 26), 1),
    ]


def test_what_is_free_but_cannot_be_picked_does_not_count():
    row = [stretch(Kind.FREE, 8, 10, pick=False)]

    assert gathered([row], [DAY]) == [Gathered(DAY, 0, 1)]
