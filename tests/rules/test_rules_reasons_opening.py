from datetime import date, time, timedelta

import pytest

from booking.rules.opening import Unit, WeeklySpan
from booking.rules.reasons import units_of
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from tests.rules.examples import (
    HELSINKI,
    MORNING,
    PARIS,
    WITH_LUNCH,
    WORKING_HOURS,
    at,
    codes,
    deadlines,
    reasons,
    room,
    span,
    terms,
)

C = RefusalCode


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2027-01-11 08:00", "17:00", set()),
        ("2027-01-11 07:30", "12:00", {C.NOT_OPEN}),
        ("2027-01-11 12:00", "17:30", {C.NOT_OPEN}),
        ("2027-01-11 16:30", "17:00", set()),
        ("2027-01-11 17:00", "17:30", {C.NOT_OPEN}),
        ("2027-01-10 09:00", "12:00", {C.NOT_OPEN}),  # a Sunday
        ("2027-01-11 16:00", "2027-01-12 09:00", {C.NOT_OPEN}),
        ("2027-01-11 09:15", "10:15", {C.OFF_GRID}),
        ("2027-01-11 09:00", "09:45", {C.OFF_GRID}),
        ("2027-01-11 09:15", "10:00", {C.OFF_GRID}),
        ("2027-01-11 07:45", "10:00", {C.OFF_GRID, C.NOT_OPEN}),
    ],
)
def test_a_date_by_the_hour_must_be_inside_one_opening_and_on_the_grid(starts, ends, expected):
    assert codes(requested=span(starts, ends)) == expected


def test_a_date_by_the_hour_must_not_run_over_the_lunch_break():
    rules = terms(spans=WITH_LUNCH)
    assert codes(rules, span("2027-01-11 08:00", "12:00")) == set()
    assert codes(rules, span("2027-01-11 13:00", "17:00")) == set()
    assert codes(rules, span("2027-01-11 11:30", "13:30")) == {C.NOT_OPEN}
    assert codes(rules, span("2027-01-11 11:30", "12:30")) == {C.NOT_OPEN}


def test_openings_that_touch_are_one_opening():
    spans = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))
    night = span("2027-01-11 22:00", "2027-01-12 04:00")
    assert codes(terms(spans=spans), night) == set()
    assert codes(terms(spans=None), night) == set()


def test_an_opening_over_midnight_holds_dates_on_both_sides_of_it():
    spans = (WeeklySpan(0, time(22), time(3)),)
    for starts, ends, expected in (
        ("2027-01-11 23:00", "2027-01-12 01:00", set()),
        ("2027-01-12 01:00", "2027-01-12 03:00", set()),
        ("2027-01-12 01:00", "2027-01-12 03:30", {C.NOT_OPEN}),
        ("2027-01-12 22:00", "2027-01-12 23:00", {C.NOT_OPEN}),
    ):
        assert codes(terms(spans=spans), span(starts, ends)) == expected


def test_unstated_hours_refuse_nothing():
    assert reasons(terms(spans=None), span("2027-01-10 03:00", "04:00")) == []


def test_a_facility_that_never_opens_is_not_open():
    assert codes(terms(spans=())) == {C.NOT_OPEN}


def test_not_open_says_what_is_open_on_that_day():
    rules = terms(spans=WITH_LUNCH)
    assert reasons(rules, span("2027-01-11 07:00", "09:00")) == [
        Refusal(
            C.NOT_OPEN,
            {
                "day": date(2027, 1, 11),
                "unit": "hour",
                "hours_1": span("2027-01-11 08:00", "12:00"),
                "hours_2": span("2027-01-11 13:00", "17:00"),
            },
        )
    ]
    assert reasons(rules, span("2027-01-10 09:00", "10:00")) == [
        Refusal(C.NOT_OPEN, {"day": date(2027, 1, 10), "unit": "hour"})
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "day"),
    [
        ("2027-01-11 16:00", "2027-01-12 09:00", date(2027, 1, 12)),
        ("2027-01-11 16:00", "2027-01-12 00:00", date(2027, 1, 11)),
        ("2027-01-11 08:00", "2027-01-12 09:00", date(2027, 1, 12)),
        ("2027-01-11 17:00", "2027-01-12 09:00", date(2027, 1, 11)),
        ("2027-01-11 07:00", "2027-01-12 09:00", date(2027, 1, 11)),
    ],
)
def test_not_open_names_the_day_on_which_it_does_not_fit(starts, ends, day):
    (refusal,) = reasons(requested=span(starts, ends))
    assert refusal.params["day"] == day


@pytest.mark.parametrize(
    ("minutes", "minimum", "maximum", "expected"),
    [
        (120, 2, 2, []),
        (
            90,
            2,
            None,
            [Refusal(C.TOO_SHORT, {"minimum": 2, "asked": 1, "asked_minutes": 90, "unit": "hour"})],
        ),
        (
            120,
            3,
            None,
            [
                Refusal(
                    C.TOO_SHORT, {"minimum": 3, "asked": 2, "asked_minutes": 120, "unit": "hour"}
                )
            ],
        ),
        (150, None, 2, [Refusal(C.TOO_LONG, {"maximum": 2, "asked": 3, "unit": "hour"})]),
        (120, None, 1, [Refusal(C.TOO_LONG, {"maximum": 1, "asked": 2, "unit": "hour"})]),
        (30, None, None, []),
    ],
)
def test_a_date_by_the_hour_is_neither_too_short_nor_too_long(minutes, minimum, maximum, expected):
    slot = Slot(MORNING.starts_at, MORNING.starts_at + timedelta(minutes=minutes))
    assert reasons(terms(minimum_units=minimum, maximum_units=maximum), slot) == expected


@pytest.mark.parametrize(
    ("unit", "starts", "ends", "units", "left_out"),
    [
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 17:00", 1, {}),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-13 17:00", 3, {}),
        (Unit.DAY, "2027-01-08 08:00", "2027-01-11 17:00", 2, {"left_out": 1}),  # over a weekend
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 12:00", 1, {}),
        (Unit.HALF_DAY, "2027-01-11 13:00", "2027-01-11 17:00", 1, {}),
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 17:00", 2, {}),
        (Unit.HALF_DAY, "2027-01-08 13:00", "2027-01-11 12:00", 2, {"left_out": 1}),
    ],
)
def test_a_date_runs_from_a_first_opening_to_a_last_closing_and_only_open_days_count(
    unit, starts, ends, units, left_out
):
    rules = terms(unit=unit, spans=WITH_LUNCH, minimum_units=units, maximum_units=units)
    slot = span(starts, ends)
    assert units_of(rules, slot) == units
    assert reasons(rules, slot) == []
    fewer = terms(unit=unit, spans=WITH_LUNCH, maximum_units=units - 1)
    more = terms(unit=unit, spans=WITH_LUNCH, minimum_units=units + 1)
    asked = {"asked": units, "unit": unit.value, **left_out}
    assert reasons(fewer, slot) == [Refusal(C.TOO_LONG, {"maximum": units - 1, **asked})]
    assert reasons(more, slot) == [Refusal(C.TOO_SHORT, {"minimum": units + 1, **asked})]


@pytest.mark.parametrize(
    ("unit", "starts", "ends"),
    [
        (Unit.DAY, "2027-01-11 08:30", "2027-01-11 17:00"),
        (Unit.DAY, "2027-01-11 07:30", "2027-01-11 17:00"),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 16:30"),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 17:30"),
        (Unit.DAY, "2027-01-10 08:00", "2027-01-11 17:00"),  # begins on a Sunday
        (Unit.DAY, "2027-01-08 08:00", "2027-01-09 17:00"),  # ends on a Saturday
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 12:00"),
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 12:30"),
        (Unit.HALF_DAY, "2027-01-11 12:30", "2027-01-11 17:00"),
        (Unit.HALF_DAY, "2027-01-11 12:00", "2027-01-11 13:00"),
    ],
)
def test_a_date_that_does_not_start_and_end_with_open_units_is_not_open(unit, starts, ends):
    assert C.NOT_OPEN in codes(terms(unit=unit, spans=WITH_LUNCH), span(starts, ends))


def test_the_grid_of_hours_does_not_count_for_days():
    spans = (WeeklySpan(0, time(8, 10), time(16, 50)),)
    assert codes(terms(unit=Unit.DAY, spans=spans), span("2027-01-11 08:10", "16:50")) == set()


def test_nights_between_stay_taken():
    days = span("2027-01-11 08:00", "2027-01-12 17:00")
    night = span("2027-01-11 22:00", "23:00")
    assert codes(terms(unit=Unit.DAY), days, places=room(1, taken={1: [night]})) == {C.TAKEN}


@pytest.mark.parametrize(
    ("minutes", "hours"), [(1, 1), (60, 1), (61, 2), (90, 2), (120, 2), (540, 9)]
)
def test_hours_are_rounded_up(minutes, hours):
    slot = Slot(MORNING.starts_at, MORNING.starts_at + timedelta(minutes=minutes))
    assert units_of(terms(), slot) == hours


NIGHTS = tuple(WeeklySpan(weekday, time(22), time(6)) for weekday in range(7))


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (PARIS, "2027-03-27", 7),
        (PARIS, "2027-10-30", 9),
        (PARIS, "2027-01-11", 8),
        (HELSINKI, "2027-03-27", 7),
        (HELSINKI, "2027-10-30", 9),
    ],
)
def test_a_night_is_as_long_as_it_lasts(zone, night, hours):
    starts_at = at(f"{night} 22:00", zone)
    rules = terms(zone=zone, spans=NIGHTS, minimum_units=hours, maximum_units=hours)
    slot = Slot(starts_at, starts_at + timedelta(hours=hours))
    assert codes(rules, slot, due=deadlines(zone=zone)) == set()
    longer = Slot(starts_at, starts_at + timedelta(hours=hours + 1))
    assert codes(rules, longer, due=deadlines(zone=zone)) == {C.NOT_OPEN, C.TOO_LONG}


def test_the_same_wall_time_is_open_in_both_zones_at_different_instants():
    paris, helsinki = span("2027-01-11 08:00", "09:00"), span("2027-01-11 08:00", "09:00", HELSINKI)
    assert paris.starts_at - helsinki.starts_at == timedelta(hours=1)
    for zone, fitting, other in ((PARIS, paris, helsinki), (HELSINKI, helsinki, paris)):
        rules = terms(zone=zone, spans=WORKING_HOURS, maximum_units=1)
        assert codes(rules, fitting) == set()
        assert codes(rules, other) == ({C.NOT_OPEN} if zone is PARIS else set())


@pytest.mark.parametrize(
    ("starts", "ends", "minimum", "maximum", "also"),
    [
        # A Saturday alone, with a Friday, with the whole weekend.
        ("2027-01-16 00:00", "2027-01-17 00:00", 2, None, {C.TOO_SHORT}),
        ("2027-01-15 08:00", "2027-01-17 00:00", 2, None, {C.TOO_SHORT}),
        ("2027-01-16 00:00", "2027-01-18 00:00", 2, None, set()),
        ("2027-01-16 00:00", "2027-01-18 00:00", None, 1, {C.TOO_LONG}),
    ],
)
def test_a_date_that_is_not_open_is_also_told_that_it_is_too_short_or_long(
    starts, ends, minimum, maximum, also
):
    rules = terms(unit=Unit.DAY, minimum_units=minimum, maximum_units=maximum)

    assert codes(rules, Slot(at(starts), at(ends))) == {C.NOT_OPEN} | also
