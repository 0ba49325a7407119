"""How many facilities of a collapsed group are free when."""

from datetime import UTC, datetime, timedelta

from booking.calendars.drawing.segments import Segment, SegmentKind
from booking.calendars.overview.groups import FreeCount, free_counts
from booking.rules.slots import Slot

MIDNIGHT = datetime(2027, 1, 12, tzinfo=UTC)
DAY = Slot(MIDNIGHT, MIDNIGHT + timedelta(days=1))


def hours(start, end):
    return Slot(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def segment_of(kind, start, end, *, pick=True):
    slot = hours(start, end)
    return Segment(kind, slot, clicked_date=slot if pick else None)


def test_touching_times_are_joined_and_count_each_facility_once():
    one = [segment_of(SegmentKind.FREE, 8, 10), segment_of(SegmentKind.PARTLY, 10, 12)]
    other = [segment_of(SegmentKind.BUSY, 8, 11, pick=False), segment_of(SegmentKind.FREE, 11, 14)]
    closed = [segment_of(SegmentKind.NOT_OPEN, 0, 24, pick=False)]

    assert free_counts([one, other, closed], [DAY]) == [
        FreeCount(hours(0, 8), 0, 3),
        FreeCount(hours(8, 14), 2, 3),
        FreeCount(hours(14, 24), 0, 3),
    ]


def test_free_time_over_midnight_is_counted_on_both_days():
    days = [hours(0, 24), hours(24, 48)]

    found = free_counts([[segment_of(SegmentKind.FREE, 22, 26)]], days)

    assert [(one.slot, one.free) for one in found if one.free] == [
        (hours(22, 24), 1),
        (hours(24, 26), 1),
    ]


def test_free_time_that_cannot_be_picked_does_not_count():
    row = [segment_of(SegmentKind.FREE, 8, 10, pick=False)]

    assert free_counts([row], [DAY]) == [FreeCount(DAY, 0, 1)]
