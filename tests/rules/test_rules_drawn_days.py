from datetime import date, time

import pytest

from booking.rules.drawn_days import DayRequestable, DayState, day_states
from booking.rules.opening import Unit, WeeklySpan
from booking.rules.terms import BookingMode
from tests.rules.examples import HELSINKI, NOW, WITH_LUNCH, at, deadlines, room, span, terms

MONDAY = "2027-01-11"


def days(rules, first=MONDAY, last=MONDAY, *, places=None, closures=(), now=NOW, **kwargs):
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    found = day_states(rules, deadlines(), places or room(), closures, first, last, now, **kwargs)
    assert len(found) == (last - first).days + 1
    return found


def monday(*stretches):
    return tuple(span(f"{MONDAY} {starts}", ends) for starts, ends in stretches)


def test_a_day_of_hours_is_drawn_within_its_opening():
    places = room(
        2,
        taken={1: [*monday(("07:00", "10:00"))], 2: [*monday(("09:00", "11:00"))]},
    )
    closure = span("2027-01-11 15:00", "2027-01-12 09:00")
    assert days(terms(), places=places, closures=[closure]) == [
        DayState(
            day=date(2027, 1, 11),
            open=monday(("08:00", "17:00")),
            free=monday(("08:00", "09:00"), ("10:00", "15:00")),
            busy=monday(("09:00", "10:00")),
            partly=monday(("08:00", "09:00"), ("10:00", "11:00")),
            closed=monday(("15:00", "17:00")),
            requestable=DayRequestable.OPEN,
        )
    ]


def test_a_day_of_half_days_is_drawn_from_first_opening_to_last_closing():
    places = room(1, taken={1: [*monday(("11:00", "14:00"))]})
    (day,) = days(terms(unit=Unit.HALF_DAY, spans=WITH_LUNCH), places=places)
    assert day.open == monday(("08:00", "12:00"), ("13:00", "17:00"))
    assert day.busy == monday(("11:00", "12:00"), ("13:00", "14:00"))
    assert day.free == ()
    (day,) = days(terms(unit=Unit.DAY, spans=WITH_LUNCH), places=places)
    assert day.busy == monday(("11:00", "14:00"))


def test_free_half_days_are_not_joined():
    (day,) = days(terms(unit=Unit.HALF_DAY))
    assert day.free == monday(("08:00", "12:30"), ("12:30", "17:00"))


def test_an_opening_over_midnight_belongs_to_the_day_on_which_it_begins():
    spans = (WeeklySpan(0, time(22), time(2)), WeeklySpan(1, time(8), time(12)))
    first, second = days(terms(spans=spans), last="2027-01-12")
    night = span("2027-01-11 22:00", "2027-01-12 02:00")
    assert (first.open, first.free) == ((night,), (night,))
    assert second.free == (span("2027-01-12 08:00", "12:00"),)


def test_days_of_a_facility_that_never_closes_are_split_at_midnight():
    first, second = days(terms(spans=None), last="2027-01-12")
    assert first.free == first.open == (span("2027-01-11 00:00", "2027-01-12 00:00"),)
    assert second.free == second.open == (span("2027-01-12 00:00", "2027-01-13 00:00"),)


def test_days_are_those_of_the_facility():
    (day,) = days(terms(zone=HELSINKI))
    assert day.open == (span("2027-01-11 08:00", "17:00", HELSINKI),)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "open not_open not_open open open"),
        ({"lead_time_days": 45}, "open not_open not_open open open"),
        ({"lead_time_days": 46}, "too_late not_open not_open open open"),
        ({"lead_time_days": 48}, "too_late not_open not_open open open"),
        ({"lead_time_days": 49}, "too_late not_open not_open too_late open"),
        ({"horizon_days": 49}, "open not_open not_open open open"),
        ({"horizon_days": 48}, "open not_open not_open open not_yet"),
        ({"horizon_days": 47}, "open not_open not_open not_yet not_yet"),
        ({"status": "closed"}, "never never never never never"),
        ({"has_deciders": False}, "never never never never never"),
        ({"mode": BookingMode.ELSEWHERE}, "never never never never never"),
        ({"allows_shared": False, "allows_exclusive": False}, "never never never never never"),
        ({"spans": ()}, "not_open not_open not_open not_open not_open"),
        ({"mode": BookingMode.BY_AGREEMENT, "spans": ()}, "open open open open open"),
        ({"mode": BookingMode.BY_AGREEMENT, "horizon_days": 47}, "open open open not_yet not_yet"),
    ],
)
def test_each_day_says_whether_it_can_be_requested(unit, changes, expected):
    found = days(terms(unit=unit, **changes), "2027-01-08", "2027-01-12")
    assert " ".join(day.requestable for day in found) == expected


@pytest.mark.parametrize("unit", Unit)
def test_by_agreement_the_past_is_too_late_and_nothing_is_drawn_free(unit):
    rules = terms(unit=unit, mode=BookingMode.BY_AGREEMENT)
    found = days(rules, last="2027-01-13", now=at("2027-01-12 10:00"))
    assert [day.requestable for day in found] == [
        DayRequestable.TOO_LATE,
        DayRequestable.OPEN,
        DayRequestable.OPEN,
    ]
    assert not any(day.free for day in found)


EVENING = (WeeklySpan(0, time(8), time(12)), WeeklySpan(0, time(20), time(0)))
NIGHT = (WeeklySpan(0, time(8), time(12)), WeeklySpan(0, time(20), time(0, 30)))


@pytest.mark.parametrize(
    ("spans", "expected"), [(EVENING, DayRequestable.TOO_LATE), (NIGHT, DayRequestable.OPEN)]
)
def test_a_night_partly_after_the_lead_time_can_be_requested(spans, expected):
    (day,) = days(terms(spans=spans, lead_time_days=49))
    assert day.requestable is expected


@pytest.mark.parametrize(
    ("split", "expected"),
    [(time(23), DayRequestable.OPEN), (time(22, 59), DayRequestable.TOO_LATE)],
)
def test_a_half_day_that_begins_after_the_lead_time_can_be_requested(split, expected):
    # A cluster in Helsinki begins its Tuesday at 23:00 of Monday in Paris.
    spans = (WeeklySpan(0, time(8), time(2)),)
    rules = terms(unit=Unit.HALF_DAY, spans=spans, half_day_time=split)
    monday = date.fromisoformat(MONDAY)
    (day,) = day_states(
        rules, deadlines(zone=HELSINKI), room(), (), monday, monday, at(f"{MONDAY} 12:00")
    )
    assert day.requestable is expected


@pytest.mark.parametrize(
    ("unit", "now", "expected"),
    [
        (Unit.HOUR, "2026-11-24 08:00", DayRequestable.NOT_YET),
        (Unit.HOUR, "2026-11-24 08:01", DayRequestable.OPEN),
        (Unit.HALF_DAY, "2026-11-24 11:59", DayRequestable.NOT_YET),
        (Unit.HALF_DAY, "2026-11-24 12:00", DayRequestable.OPEN),
        (Unit.DAY, "2026-11-24 16:59", DayRequestable.NOT_YET),
        (Unit.DAY, "2026-11-24 17:00", DayRequestable.OPEN),
    ],
)
def test_days_are_drawn_up_to_ten_years_ahead_if_they_can_be_requested(unit, now, expected):
    spans = tuple(
        WeeklySpan(weekday, opens, closes)
        for weekday in range(7)
        for opens, closes in ((time(8), time(12)), (time(13), time(17)))
    )
    (day,) = days(terms(unit=unit, spans=spans), "2036-12-01", "2036-12-01", now=at(now))
    assert day.requestable is expected


def test_by_agreement_a_day_is_over_at_its_last_midnight():
    agreed = terms(mode=BookingMode.BY_AGREEMENT)
    for now, expected in (("23:59", DayRequestable.OPEN), ("00:00", DayRequestable.TOO_LATE)):
        day = MONDAY if now == "23:59" else "2027-01-12"
        assert days(agreed, now=at(f"{day} {now}"))[0].requestable is expected


@pytest.mark.parametrize(
    ("closes", "hour", "half_day", "whole_day"),
    [
        (
            ("08:00", "17:00"),
            DayRequestable.NOT_OPEN,
            DayRequestable.NOT_OPEN,
            DayRequestable.NOT_OPEN,
        ),
        (("08:00", "16:59"), DayRequestable.OPEN, DayRequestable.NOT_OPEN, DayRequestable.NOT_OPEN),
        (("08:00", "12:30"), DayRequestable.OPEN, DayRequestable.OPEN, DayRequestable.NOT_OPEN),
        (("07:00", "08:00"), DayRequestable.OPEN, DayRequestable.OPEN, DayRequestable.OPEN),
    ],
)
def test_a_day_closed_entirely_is_not_open(closes, hour, half_day, whole_day):
    closure = monday(closes)
    for unit, expected in zip(Unit, (hour, half_day, whole_day), strict=True):
        (day,) = days(terms(unit=unit), closures=closure)
        assert day.requestable is expected


def test_a_facility_without_own_places_is_requested_as_a_whole():
    hall = room(0, 2, {101: [*monday(("08:00", "10:00"))]})
    (day,) = days(terms(allows_shared=False), places=hall)
    assert day.requestable is DayRequestable.OPEN
    assert day.free == monday(("10:00", "17:00"))
    assert (day.busy, day.partly) == (monday(("08:00", "10:00")), ())
    (day,) = days(terms(allows_exclusive=False), places=hall)
    assert day.requestable is DayRequestable.NEVER


def test_free_times_depend_on_what_is_requested():
    two = room(2, taken={1: [*monday(("08:00", "10:00"))]})
    assert days(terms(), places=two)[0].free == monday(("08:00", "17:00"))
    assert days(terms(), places=two, whole=True)[0].free == monday(("10:00", "17:00"))
