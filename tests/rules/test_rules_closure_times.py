"""Closures as typed, turned into closed times."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules.closure_times import (
    ClosedTime,
    PlannedClosure,
    closed_times,
    ended_now,
    with_end,
)
from booking.rules.recurrence import RepeatPattern, Series

ZONE = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 11, 24, 9, 7, 30, tzinfo=UTC)  # 10:07 there
TODAY, YESTERDAY = date(2026, 11, 24), date(2026, 11, 23)
TUESDAY, FRIDAY = date(2027, 1, 12), date(2027, 1, 15)


def at(text: str) -> datetime:
    """The instant at which clocks there show this."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def closed(*pairs: tuple[str, str | None]) -> list[ClosedTime]:
    return [ClosedTime(at(start), at(end) if end else None) for start, end in pairs]


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        (PlannedClosure(TUESDAY), [("2027-01-12T00:00", "2027-01-13T00:00")]),
        (PlannedClosure(TUESDAY, FRIDAY), [("2027-01-12T00:00", "2027-01-16T00:00")]),
        (
            PlannedClosure(TUESDAY, None, time(8), time(12, 30)),
            [("2027-01-12T08:00", "2027-01-12T12:30")],
        ),
        (
            PlannedClosure(TUESDAY, None, time(8), time(0)),
            [("2027-01-12T08:00", "2027-01-13T00:00")],
        ),
        (
            PlannedClosure(TUESDAY, FRIDAY, time(8), time(0)),
            [("2027-01-12T08:00", "2027-01-15T00:00")],
        ),
        (PlannedClosure(TUESDAY, FRIDAY, time(8)), [("2027-01-12T08:00", "2027-01-16T00:00")]),
        # Today it begins now: what is over stays as it was.
        (PlannedClosure(TODAY), [("2026-11-24T10:07", "2026-11-25T00:00")]),
        (PlannedClosure(TODAY, open_ended=True), [("2026-11-24T10:07", None)]),
        (
            PlannedClosure(TUESDAY, starts_time=time(12), open_ended=True, next_word_on=FRIDAY),
            [("2027-01-12T12:00", None)],
        ),
        # Each Tuesday and Thursday, also over the change of the clock: the same wall time.
        (
            PlannedClosure(
                date(2027, 3, 25),
                None,
                time(8),
                time(10),
                series=Series(
                    RepeatPattern.WEEKLY, weekdays=frozenset({1, 3}), until=date(2027, 3, 31)
                ),
            ),
            [("2027-03-25T08:00", "2027-03-25T10:00"), ("2027-03-30T08:00", "2027-03-30T10:00")],
        ),
        # What touches or overlaps is one stretch.
        (
            PlannedClosure(TUESDAY, series=Series(RepeatPattern.DAILY, until=FRIDAY)),
            [("2027-01-12T00:00", "2027-01-16T00:00")],
        ),
        # 02:30 does not exist on that night, and comes twice on the other.
        (
            PlannedClosure(date(2027, 3, 28), None, time(2, 30), time(4)),
            [("2027-03-28T03:00", "2027-03-28T04:00")],
        ),
        (
            PlannedClosure(date(2027, 10, 31), None, time(2, 30), time(2, 45)),
            [("2027-10-31T02:30", "2027-10-31T02:45+01:00")],
        ),
    ],
)
def test_a_closure_is_typed_in_wall_time(closing, expected):
    wanted = [
        ClosedTime(
            at(start),
            None
            if end is None
            else datetime.fromisoformat(end).astimezone(UTC)
            if "+" in end
            else at(end),
        )
        for start, end in expected
    ]

    assert closed_times(closing, ZONE, NOW) == (wanted, [])


@pytest.mark.parametrize(
    ("closing", "faults"),
    [
        (PlannedClosure(YESTERDAY, FRIDAY), [("first_day", "begins_in_past")]),
        (PlannedClosure(FRIDAY, TUESDAY), [("last_day", "end_before_start")]),
        (PlannedClosure(TUESDAY, None, time(9), time(9)), [("ends_time", "end_before_start")]),
        (PlannedClosure(TODAY, None, time(8), time(10)), [("ends_time", "over_already")]),
        (PlannedClosure(TUESDAY, date(2076, 1, 1)), [("last_day", "too_far")]),
        (PlannedClosure(date(2076, 1, 1)), [("first_day", "too_far")]),
        (PlannedClosure(date(2076, 1, 1), open_ended=True), [("first_day", "too_far")]),
        (
            PlannedClosure(TUESDAY, open_ended=True, next_word_on=YESTERDAY),
            [("next_word_on", "word_in_past")],
        ),
        (
            PlannedClosure(TUESDAY, open_ended=True, next_word_on=date(2199, 1, 1)),
            [("next_word_on", "too_far")],
        ),
        (PlannedClosure(TUESDAY, series=Series(RepeatPattern.DAILY)), [("until", "no_end")]),
        (
            PlannedClosure(
                TUESDAY, open_ended=True, series=Series(RepeatPattern.DAILY, until=FRIDAY)
            ),
            [("pattern", "repeats_without_end")],
        ),
        (
            PlannedClosure(TUESDAY, series=Series(RepeatPattern.DAILY, until=date(2027, 12, 31))),
            [("until", "too_many")],
        ),
        (
            PlannedClosure(
                TUESDAY, series=Series(RepeatPattern.WEEKLY, weekdays=frozenset({4}), until=FRIDAY)
            ),
            [("weekdays", "first_not_in_it")],
        ),
        (
            PlannedClosure(FRIDAY, series=Series(RepeatPattern.WEEKLY, until=TUESDAY)),
            [("until", "until_before_first")],
        ),
        (
            PlannedClosure(FRIDAY, TUESDAY, series=Series(RepeatPattern.DAILY)),
            [("last_day", "end_before_start")],
        ),
    ],
)
def test_errors_name_their_field(closing, faults):
    found, said = closed_times(closing, ZONE, NOW)

    assert found == []
    assert [(one.field, one.code) for one in said] == faults


ONCE = closed(("2027-01-12T00:00", "2027-01-16T00:00"))
THRICE = closed(
    ("2026-11-23T08:00", "2026-11-23T10:00"),
    ("2026-11-30T08:00", "2026-11-30T10:00"),
    ("2026-12-07T08:00", "2026-12-07T10:00"),
)


@pytest.mark.parametrize(
    ("before", "last_day", "ends_time", "after"),
    [
        (ONCE, date(2027, 1, 13), None, closed(("2027-01-12T00:00", "2027-01-14T00:00"))),
        (ONCE, date(2027, 1, 20), time(12), closed(("2027-01-12T00:00", "2027-01-20T12:00"))),
        (
            closed(("2026-11-01T00:00", None)),
            TODAY,
            time(18),
            closed(("2026-11-01T00:00", "2026-11-24T18:00")),
        ),
        (THRICE, date(2026, 12, 1), None, THRICE[:2]),
        (THRICE, TODAY, None, THRICE[:1]),
    ],
)
def test_an_end_can_be_moved(before, last_day, ends_time, after):
    assert with_end(before, last_day, ends_time, ZONE, NOW) == (after, [])


@pytest.mark.parametrize(
    ("before", "last_day", "ends_time", "fault"),
    [
        (ONCE, YESTERDAY, None, ("last_day", "over_already")),
        (ONCE, date(2027, 1, 11), None, ("last_day", "end_before_start")),
        (ONCE, TUESDAY, time(0), ("ends_time", "end_before_start")),
        (ONCE, date(2076, 1, 1), None, ("last_day", "too_far")),
        (THRICE, date(2026, 12, 8), None, ("last_day", "only_earlier")),
    ],
)
def test_a_wrong_end_is_reported_at_its_field(before, last_day, ends_time, fault):
    found, (said,) = with_end(before, last_day, ends_time, ZONE, NOW)

    assert found == []
    assert (said.field, said.code) == fault


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ONCE, []),
        (THRICE, THRICE[:1]),
        (closed(("2026-11-01T00:00", None)), [ClosedTime(at("2026-11-01T00:00"), NOW)]),
        ([ClosedTime(NOW, NOW + timedelta(hours=1))], []),
    ],
)
def test_ending_a_closure_now_keeps_its_past(before, after):
    assert ended_now(before, NOW) == after
