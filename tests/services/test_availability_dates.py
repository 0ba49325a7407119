"""Typed dates become slots in the facility's wall time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.availability.dates import DayDate, Fault, FaultCode, HourDate, passings, slot_of
from booking.rules.opening import OpeningHours, Unit, WeeklySpan
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WEEKDAYS = tuple(WeeklySpan(day, time(8), time(18)) for day in range(5))
TUESDAY = date(2027, 1, 12)
SATURDAY = date(2027, 1, 16)


def rules(unit=Unit.HOUR, spans=WEEKDAYS, mode=BookingMode.HERE):
    return BookingTerms(
        zone=COPENHAGEN,
        unit=unit,
        minimum_units=None,
        maximum_units=None,
        lead_time_days=None,
        horizon_days=None,
        step_minutes=30,
        half_day_time=time(12, 30),
        people_limit=None,
        setup_minutes=0,
        cleanup_minutes=0,
        hours=OpeningHours(None if spans is None else tuple(spans)),
        status="open",
        mode=mode,
        has_deciders=True,
        allows_shared=True,
        allows_exclusive=True,
    )


def slot(start, end):
    return Slot(datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_hours_are_the_facilitys_wall_time():
    typed = HourDate(TUESDAY, time(9), time(12))

    assert slot_of(typed, rules()) == (slot("2027-01-12T08:00Z", "2027-01-12T11:00Z"), [])


@pytest.mark.parametrize("ends", [time(9), time(8)])
def test_an_end_that_is_not_after_the_start_is_reported_at_the_end(ends):
    typed = HourDate(TUESDAY, time(9), ends)

    assert slot_of(typed, rules()) == (None, [Fault("ends_time", FaultCode.END_BEFORE_START)])


def test_a_last_day_before_the_first_is_reported_at_the_end():
    typed = HourDate(TUESDAY, time(9), time(12), ends_day=date(2027, 1, 11))

    assert slot_of(typed, rules())[1] == [Fault("ends_time", FaultCode.END_BEFORE_START)]


def test_a_skipped_start_and_a_skipped_end_are_both_reported():
    typed = HourDate(date(2027, 3, 28), time(2), time(2, 30))

    found, faults = slot_of(typed, rules())

    assert found is None
    assert [(fault.field, fault.code) for fault in faults] == [
        ("starts_time", FaultCode.SKIPPED),
        ("ends_time", FaultCode.SKIPPED),
    ]


def test_either_of_two_repeated_hours_can_be_chosen():
    night = date(2027, 10, 31)
    untold = HourDate(night, time(2), time(2, 30))

    assert [fault.code for fault in slot_of(untold, rules())[1]] == [FaultCode.TWICE] * 2
    first = HourDate(night, time(2), time(2, 30), starts_fold=0, ends_fold=0)
    assert slot_of(first, rules())[0] == slot("2027-10-31T00:00Z", "2027-10-31T00:30Z")
    both = HourDate(night, time(2), time(2), starts_fold=0, ends_fold=1)
    assert slot_of(both, rules())[0] == slot("2027-10-31T00:00Z", "2027-10-31T01:00Z")
    backwards = HourDate(night, time(2), time(2, 30), starts_fold=1, ends_fold=0)
    assert slot_of(backwards, rules())[1] == [Fault("ends_time", FaultCode.END_BEFORE_START)]


def test_only_a_repeated_time_has_two_instants():
    assert passings(datetime.fromisoformat("2027-10-31T02:30"), rules()) == (
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    )
    assert passings(datetime.fromisoformat("2027-10-31T03:30"), rules()) is None
    assert passings(datetime.fromisoformat("2027-03-28T02:30"), rules()) is None


def test_days_run_from_the_first_opening_to_the_last_closing():
    typed = DayDate(TUESDAY, date(2027, 1, 13))

    assert slot_of(typed, rules(Unit.DAY))[0] == slot("2027-01-12T07:00Z", "2027-01-13T17:00Z")


def test_half_days_are_split_at_the_facilitys_hour():
    typed = DayDate(TUESDAY, TUESDAY, first_half=0, last_half=0)

    assert slot_of(typed, rules(Unit.HALF_DAY))[0] == slot("2027-01-12T07:00Z", "2027-01-12T11:30Z")


def test_a_day_calendar_ignores_halves():
    typed = DayDate(TUESDAY, TUESDAY, first_half=1, last_half=0)

    assert slot_of(typed, rules(Unit.DAY))[0] == slot("2027-01-12T07:00Z", "2027-01-12T17:00Z")


@pytest.mark.parametrize(
    "typed",
    [DayDate(TUESDAY, date(2027, 1, 11)), DayDate(TUESDAY, TUESDAY, first_half=1, last_half=0)],
)
def test_half_days_in_the_wrong_order_are_reported_at_the_last_day(typed):
    found, faults = slot_of(typed, rules(Unit.HALF_DAY))

    assert (found, faults) == (None, [Fault("last_day", FaultCode.END_BEFORE_START)])


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (Unit.DAY, slot("2027-01-15T23:00Z", "2027-01-16T23:00Z")),
        (Unit.HALF_DAY, slot("2027-01-15T23:00Z", "2027-01-16T11:30Z")),
    ],
)
def test_a_date_on_a_day_that_is_not_open_begins_at_midnight(unit, expected):
    typed = DayDate(SATURDAY, SATURDAY, last_half=0)

    assert slot_of(typed, rules(unit))[0] == expected
