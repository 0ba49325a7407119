from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.rules.opening import (
    DayUnit,
    OpenDay,
    Unit,
    WeeklySpan,
    day_starts_at,
    day_units,
    local_day,
    merged_openings,
    open_days,
    to_instant,
)
from booking.rules.slots import Slot
from tests.rules.examples import HELSINKI, PARIS, WITH_LUNCH, WORKING_HOURS, at, hours_of, span

GAP_DAY = date(2027, 3, 28)
DOUBLED_DAY = date(2027, 10, 31)
SUNDAY = 6


def utc(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "wall_time", "first", "last"),
    [
        (PARIS, date(2027, 1, 11), time(9), (8, 0), (8, 0)),
        (HELSINKI, date(2027, 1, 11), time(9), (7, 0), (7, 0)),
        (PARIS, date(2027, 7, 12), time(9), (7, 0), (7, 0)),
        # The gap: 02:00 to 03:00 in Paris, 03:00 to 04:00 in Helsinki, both at 01:00 UTC.
        (PARIS, GAP_DAY, time(1, 59), (0, 59), (0, 59)),
        (PARIS, GAP_DAY, time(2), (1, 0), (1, 0)),
        (PARIS, GAP_DAY, time(2, 30), (1, 0), (1, 0)),
        (PARIS, GAP_DAY, time(2, 59), (1, 0), (1, 0)),
        (PARIS, GAP_DAY, time(3), (1, 0), (1, 0)),
        (PARIS, GAP_DAY, time(3, 1), (1, 1), (1, 1)),
        (HELSINKI, GAP_DAY, time(2, 59), (0, 59), (0, 59)),
        (HELSINKI, GAP_DAY, time(3, 30), (1, 0), (1, 0)),
        (HELSINKI, GAP_DAY, time(4), (1, 0), (1, 0)),
        # The doubled hour: 02:00 to 03:00 in Paris, 03:00 to 04:00 in Helsinki.
        (PARIS, DOUBLED_DAY, time(1, 59), (-1, 59), (-1, 59)),
        (PARIS, DOUBLED_DAY, time(2), (0, 0), (1, 0)),
        (PARIS, DOUBLED_DAY, time(2, 30), (0, 30), (1, 30)),
        (PARIS, DOUBLED_DAY, time(3), (2, 0), (2, 0)),
        (HELSINKI, DOUBLED_DAY, time(3, 30), (0, 30), (1, 30)),
        (HELSINKI, DOUBLED_DAY, time(4), (2, 0), (2, 0)),
    ],
)
def test_a_wall_time_is_an_instant_also_when_the_clock_changes(zone, day, wall_time, first, last):
    midnight = utc(day, 0)
    for is_last, (hours, minutes) in ((False, first), (True, last)):
        expected = midnight + timedelta(hours=hours, minutes=minutes)
        assert to_instant(zone, day, wall_time, is_last) == expected


def test_the_local_day_is_that_of_the_facility():
    late = datetime(2027, 1, 11, 22, 30, tzinfo=UTC)
    assert local_day(late, PARIS) == date(2027, 1, 11)
    assert local_day(late, HELSINKI) == date(2027, 1, 12)
    assert day_starts_at(HELSINKI, date(2027, 1, 12)) == datetime(2027, 1, 11, 22, tzinfo=UTC)


def test_every_day_is_returned_even_if_not_open():
    days = open_days(hours_of(WORKING_HOURS), PARIS, date(2027, 1, 8), date(2027, 1, 11))

    assert [day.day.isoformat() for day in days] == [
        "2027-01-08",
        "2027-01-09",
        "2027-01-10",
        "2027-01-11",
    ]
    assert [len(day.slots) for day in days] == [1, 0, 0, 1]
    assert days[3].slots == (span("2027-01-11 08:00", "17:00"),)


def test_nine_in_the_morning_stays_nine_over_the_clock_change():
    spans = [WeeklySpan(0, time(9), time(10))]
    days = open_days(hours_of(spans), PARIS, date(2027, 3, 22), date(2027, 3, 29))
    assert [slot.starts_at.hour for day in days for slot in day.slots] == [8, 7]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 1, 11), 24), (GAP_DAY, 23), (DOUBLED_DAY, 25)]
)
@pytest.mark.parametrize("zone", [PARIS, HELSINKI])
def test_hours_that_are_not_stated_are_the_whole_local_day(zone, day, hours):
    (open_day,) = open_days(hours_of(None), zone, day, day)
    assert open_day.slots[0].duration == timedelta(hours=hours)
    assert open_day.slots[0].starts_at == day_starts_at(zone, day)


def test_no_spans_is_not_the_same_as_not_stated():
    assert open_days(hours_of([]), PARIS, GAP_DAY, GAP_DAY) == [OpenDay(GAP_DAY, ())]


@pytest.mark.parametrize(
    ("opens", "closes", "starts", "ends"),
    [
        (time(22), time(2), "2027-01-11 22:00", "2027-01-12 02:00"),
        (time(8), time(0), "2027-01-11 08:00", "2027-01-12 00:00"),
        (time(0), time(0), "2027-01-11 00:00", "2027-01-12 00:00"),
        (time(8), time(8), "2027-01-11 08:00", "2027-01-12 08:00"),
        (time(8), time(8, 1), "2027-01-11 08:00", "2027-01-11 08:01"),
        (time(8), time(7, 59), "2027-01-11 08:00", "2027-01-12 07:59"),
    ],
)
def test_closing_at_or_before_the_opening_means_the_next_day(opens, closes, starts, ends):
    monday = date(2027, 1, 11)
    days = open_days(
        hours_of([WeeklySpan(0, opens, closes)]), PARIS, monday, monday + timedelta(days=1)
    )
    assert days[0].slots == (span(starts, ends),)
    assert days[1].slots == ()


@pytest.mark.parametrize(
    ("opens", "closes", "slot"),
    [
        (time(1), time(2, 30), (0, 1)),  # closes in the gap: at its end
        (time(2, 30), time(4), (1, 2)),  # opens in the gap: at its end
        (time(2), time(3), None),  # lies in the gap
        (time(2, 15), time(2, 45), None),
        (time(1), time(4), (0, 2)),
    ],
)
def test_an_opening_in_a_clock_gap_moves_to_its_end(opens, closes, slot):
    (day,) = open_days(hours_of([WeeklySpan(SUNDAY, opens, closes)]), PARIS, GAP_DAY, GAP_DAY)
    expected = (Slot(utc(GAP_DAY, slot[0]), utc(GAP_DAY, slot[1])),) if slot else ()
    assert day.slots == expected


@pytest.mark.parametrize(
    ("opens", "closes", "hours"),
    [
        (time(2), time(3), 2),
        (time(2), time(2, 30), 1.5),
        (time(1), time(2, 30), 2.5),
        (time(2, 30), time(4), 2.5),
    ],
)
def test_an_hour_that_exists_twice_stays_open_throughout(opens, closes, hours):
    (day,) = open_days(
        hours_of([WeeklySpan(SUNDAY, opens, closes)]), PARIS, DOUBLED_DAY, DOUBLED_DAY
    )
    assert day.slots[0].duration == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("first", "last", "opens"),
    [
        (None, None, True),
        ("2027-01-11", None, True),
        ("2027-01-12", None, False),
        (None, "2027-01-11", True),
        (None, "2027-01-10", False),
        ("2027-01-11", "2027-01-11", True),
    ],
)
def test_a_span_is_valid_from_its_first_to_its_last_day(first, last, opens):
    first, last = (day and date.fromisoformat(day) for day in (first, last))
    weekly = WeeklySpan(0, time(8), time(17), first, last)
    (day,) = open_days(hours_of([weekly]), PARIS, date(2027, 1, 11), date(2027, 1, 11))
    assert bool(day.slots) is opens


def test_spans_of_one_day_are_sorted_and_those_that_touch_are_one():
    monday = date(2027, 1, 11)
    spans = [
        WeeklySpan(0, time(13), time(17)),
        WeeklySpan(0, time(8), time(10)),
        WeeklySpan(0, time(10), time(12)),
    ]
    (day,) = open_days(hours_of(spans), PARIS, monday, monday)
    assert day.slots == (span("2027-01-11 08:00", "12:00"), span("2027-01-11 13:00", "17:00"))


def test_openings_that_touch_at_midnight_are_joined():
    spans = [WeeklySpan(weekday, time(0), time(0)) for weekday in range(3)]
    days = open_days(hours_of(spans), PARIS, date(2027, 1, 11), date(2027, 1, 17))
    assert merged_openings(days) == [span("2027-01-11 00:00", "2027-01-14 00:00")]


def test_a_day_runs_from_its_first_opening_to_its_last_closing():
    days = open_days(hours_of(WITH_LUNCH), PARIS, date(2027, 1, 10), date(2027, 1, 11))
    assert day_units(days, Unit.DAY, PARIS, time(12, 30)) == [
        DayUnit(date(2027, 1, 11), None, span("2027-01-11 08:00", "17:00"))
    ]


@pytest.mark.parametrize(
    ("hours", "split", "morning", "afternoon"),
    [
        ([(8, 17)], time(12, 30), ("08:00", "12:30"), ("12:30", "17:00")),
        ([(8, 12), (13, 17)], time(12, 30), ("08:00", "12:00"), ("13:00", "17:00")),
        ([(8, 12), (13, 17)], time(12), ("08:00", "12:00"), ("13:00", "17:00")),
        ([(8, 12), (13, 17)], time(13), ("08:00", "12:00"), ("13:00", "17:00")),
        ([(8, 12), (13, 17)], time(14), ("08:00", "14:00"), ("14:00", "17:00")),
        ([(8, 12)], time(12), ("08:00", "12:00"), None),
        ([(8, 12)], time(8), None, ("08:00", "12:00")),
        ([(13, 17)], time(13), None, ("13:00", "17:00")),
        ([(13, 17)], time(17), ("13:00", "17:00"), None),
    ],
)
def test_a_half_without_opening_does_not_exist(hours, split, morning, afternoon):
    monday = date(2027, 1, 11)
    spans = [WeeklySpan(0, time(opens), time(closes)) for opens, closes in hours]
    halves = day_units(
        open_days(hours_of(spans), PARIS, monday, monday), Unit.HALF_DAY, PARIS, split
    )
    assert halves == [
        DayUnit(monday, half, span(f"2027-01-11 {ends[0]}", ends[1]))
        for half, ends in ((0, morning), (1, afternoon))
        if ends
    ]


def test_the_afternoon_keeps_what_runs_over_midnight():
    monday = date(2027, 1, 11)
    days = open_days(hours_of([WeeklySpan(0, time(10), time(2))]), PARIS, monday, monday)
    halves = day_units(days, Unit.HALF_DAY, PARIS, time(12, 30))
    assert halves[1].slot == span("2027-01-11 12:30", "2027-01-12 02:00")


def test_an_hour_calendar_has_no_fixed_units():
    with pytest.raises(ValueError, match="hour"):
        day_units([], Unit.HOUR, PARIS, time(12, 30))


def test_callers_may_change_the_returned_days():
    monday = date(2027, 1, 11)
    open_days(hours_of(WORKING_HOURS), PARIS, monday, monday).clear()
    assert len(open_days(hours_of(WORKING_HOURS), PARIS, monday, monday)) == 1


def test_an_instant_is_in_utc():
    assert to_instant(PARIS, date(2027, 1, 11), time(9)).tzinfo is UTC
    assert at("2027-01-11 09:00") == to_instant(PARIS, date(2027, 1, 11), time(9))
