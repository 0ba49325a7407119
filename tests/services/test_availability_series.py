"""The dates of a series keep the facility's wall time, whatever the clock does."""

from datetime import date, time, timedelta

import pytest

from booking.availability.dates import AFTERNOON, DayDate, FaultCode, HourDate
from booking.availability.series import first_day_of, series_dates
from booking.rules.opening import Unit
from booking.rules.recurrence import RepeatPattern, Series, expand
from tests.rules.examples import HELSINKI, PARIS, at, span, terms

SUMMER_COMES, SUMMER_ENDS = date(2027, 3, 28), date(2027, 10, 31)
WEEK = timedelta(days=7)


def series(first, rule, rules, fold=None):
    """The dates of a series, having been expanded."""
    expansion, faults = expand(first_day_of(first), rule, 200)
    assert faults == []
    return series_dates(first, expansion, rules, fold)


@pytest.mark.parametrize("zone", [PARIS, HELSINKI])
@pytest.mark.parametrize("change", [SUMMER_COMES, SUMMER_ENDS])
def test_nine_o_clock_stays_nine_o_clock_over_the_clock_change(zone, change):
    rules = terms(zone=zone, spans=None)
    found = series(
        HourDate(change - WEEK, time(9), time(12)), Series(RepeatPattern.WEEKLY, count=3), rules
    )

    days = [change - WEEK, change, change + WEEK]
    assert [d.slot for d in found] == [span(f"{day} 09:00", "12:00", zone) for day in days]
    assert found[0].slot.starts_at + 2 * WEEK != found[2].slot.starts_at


@pytest.mark.parametrize(("zone", "hour"), [(PARIS, 2), (HELSINKI, 3)])
def test_a_date_in_the_hour_that_the_clock_skips_has_no_slot_but_an_error(zone, hour):
    rules = terms(zone=zone, spans=None)
    first = HourDate(SUMMER_COMES - WEEK, time(hour, 30), time(6))
    before, skipped, after = series(first, Series(RepeatPattern.WEEKLY, count=3), rules)

    wall = f"{SUMMER_COMES} 0{hour}:30"
    assert (skipped.slot, len(skipped.faults)) == (None, 1)
    assert skipped.faults[0].code is FaultCode.SKIPPED
    assert f"{skipped.faults[0].wall:%Y-%m-%d %H:%M}" == wall
    assert before.slot is not None
    assert after.slot is not None


@pytest.mark.parametrize(("zone", "hour"), [(PARIS, 2), (HELSINKI, 3)])
def test_a_date_in_the_repeated_hour_has_no_slot_until_one_is_chosen(zone, hour):
    rules = terms(zone=zone, spans=None)
    first = HourDate(SUMMER_ENDS - WEEK, time(hour, 30), time(6))
    rule = Series(RepeatPattern.WEEKLY, count=2)

    [_, asked] = series(first, rule, rules)
    assert [fault.code for fault in asked.faults] == [FaultCode.TWICE]

    for fold in (0, 1):
        [_, repeated] = series(first, rule, rules, fold)
        assert repeated.slot.starts_at == at(f"{SUMMER_ENDS} 0{hour}:30", zone, fold)


def test_a_night_ends_on_the_day_after_each_of_its_days():
    first = HourDate(date(2027, 1, 30), time(22), time(6), ends_day=date(2027, 1, 31))
    found = series(first, Series(RepeatPattern.DAILY, count=2), terms(spans=None))

    assert [d.slot for d in found] == [
        span("2027-01-30 22:00", "2027-01-31 06:00"),
        span("2027-01-31 22:00", "2027-02-01 06:00"),
    ]


def test_a_series_repeats_two_days_from_opening_to_closing():
    rules = terms(unit=Unit.DAY)
    first = DayDate(date(2027, 3, 25), date(2027, 3, 26))
    found = series(first, Series(RepeatPattern.WEEKLY, count=2), rules)

    assert [d.slot for d in found] == [
        span("2027-03-25 08:00", "2027-03-26 17:00"),
        span("2027-04-01 08:00", "2027-04-02 17:00"),
    ]


def test_a_series_repeats_an_afternoon_as_an_afternoon():
    rules = terms(unit=Unit.HALF_DAY)
    first = DayDate(date(2027, 1, 12), date(2027, 1, 13), AFTERNOON, 0)
    found = series(first, Series(RepeatPattern.WEEKLY, count=2), rules)

    assert [d.slot for d in found] == [
        span("2027-01-12 12:30", "2027-01-13 12:30"),
        span("2027-01-19 12:30", "2027-01-20 12:30"),
    ]


def test_skipped_days_have_slots_because_they_are_shown():
    rule = Series(RepeatPattern.DAILY, count=2, skipped=frozenset({date(2027, 1, 13)}))
    found = series(HourDate(date(2027, 1, 12), time(9), time(10)), rule, terms(spans=None))

    assert [(d.day.day, d.skipped, d.slot is not None) for d in found] == [
        (12, False, True),
        (13, True, True),
    ]
