"""Near misses of a search: what is missing in numbers, and what can be requested instead."""

from datetime import date

import pytest

from booking.rules.alternatives import Change
from booking.rules.date_windows import DateWindow, Length, NeededLength, needed_length
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.near_misses import near_misses
from booking.rules.offers import first_offers
from booking.rules.opening import Unit
from tests.rules.examples import NOW, WITH_LUNCH, deadlines, room, span, terms

MONDAY, FRIDAY = date(2027, 1, 11), date(2027, 1, 15)
HOURS, HALVES, DAYS = Unit.HOUR, Unit.HALF_DAY, Unit.DAY
LONG = span("2026-12-20 00:00", "2027-02-20 00:00")


def snapshot(taken=None, closures=(), own=1, **changes):
    return FacilitySnapshot(
        terms(**changes), deadlines(), room(own=own, taken=taken), closures, NOW
    )


def said(found):
    """Return change, number and unit of each, and its first offer's first day and hour."""
    return [
        (one.change, one.number, one.unit, one.offers and f"{one.offers[0][0].starts_at:%d %H}")
        for one in found
    ]


@pytest.mark.parametrize(
    ("facility", "date_window", "expected"),
    [
        pytest.param(
            snapshot({1: [span("2027-01-08 08:00", "17:00"), span("2027-01-11 10:00", "17:00")]}),
            DateWindow(MONDAY, MONDAY, Length(4, HOURS)),
            [
                (Change.SHORTER, 2, HOURS, "11 07"),
                (Change.LATER, 1, DAYS, "12 07"),
                # Friday is taken too, and Saturday and Sunday are not open.
                (Change.EARLIER, 4, DAYS, "07 11"),
            ],
            id="hours",
        ),
        pytest.param(
            snapshot({1: [span("2027-01-13 08:00", "2027-02-20 17:00")]}, unit=DAYS),
            DateWindow(MONDAY, FRIDAY, Length(3, DAYS)),
            [
                (Change.SHORTER, 1, DAYS, "11 07"),
                # From Friday to Tuesday, over a weekend: no day but that one is earlier.
                (Change.EARLIER, 3, DAYS, "08 07"),
            ],
            id="days",
        ),
        pytest.param(
            snapshot(unit=HALVES, maximum_units=3),
            DateWindow(MONDAY, FRIDAY, Length(2, DAYS)),
            [(Change.SHORTER, 1, HALVES, "11 07")],
            id="longer than the longest",
        ),
        pytest.param(
            snapshot(unit=HALVES, maximum_units=2),
            DateWindow(MONDAY, FRIDAY, Length(3, DAYS)),
            [(Change.SHORTER, 2, DAYS, "11 07")],
            id="halves that make days",
        ),
        pytest.param(
            snapshot({1: [span("2027-01-13 08:00", "2027-02-20 17:00")]}),
            DateWindow(MONDAY, FRIDAY, Length(4, DAYS)),
            [
                (Change.SHORTER, 2, DAYS, "11 07"),
                (Change.EARLIER, 4, DAYS, "07 07"),
            ],
            id="days of an hour calendar",
        ),
        pytest.param(
            snapshot({1: [span("2027-01-11 08:00", "10:00")]}),
            DateWindow(MONDAY, MONDAY, Length(1, DAYS)),
            [
                (Change.NOT_ALL_DAY, 7, HOURS, "11 09"),
                (Change.LATER, 1, DAYS, "12 07"),
                (Change.EARLIER, 3, DAYS, "08 07"),
            ],
            id="not all of its opening",
        ),
        pytest.param(
            snapshot({1: [LONG]}, own=3),
            DateWindow(MONDAY, MONDAY, Length(4, HOURS), places=3),
            [(Change.FEWER_PLACES, 1, DAYS, "11 07")],
            id="fewer places",
        ),
        pytest.param(
            snapshot(own=2),
            DateWindow(MONDAY, MONDAY, Length(4, HOURS), places=3),
            [(Change.FEWER_PLACES, 1, DAYS, "11 07")],
            id="too many places",
        ),
        pytest.param(
            snapshot(unit=DAYS, lead_time_days=45),
            DateWindow(date(2026, 12, 7), date(2026, 12, 11), Length(2, DAYS)),
            [(Change.FIRST_DATE, 0, DAYS, "08 07")],
            id="too soon",
        ),
        pytest.param(
            snapshot(unit=DAYS, horizon_days=30),
            DateWindow(MONDAY, FRIDAY, Length(1, DAYS)),
            [(Change.LAST_DATE, 0, DAYS, "24 07")],
            id="too far ahead",
        ),
        pytest.param(
            snapshot(closures=[LONG]),
            DateWindow(MONDAY, FRIDAY, Length(1, HOURS)),
            [],
            id="nothing near",
        ),
    ],
)
def test_near_misses_say_what_is_missing_and_what_can_be_requested(facility, date_window, expected):
    assert said(near_misses(facility, date_window, None)) == expected


def test_a_near_miss_says_for_how_many_places_it_is():
    date_window = DateWindow(MONDAY, MONDAY, Length(4, HOURS), places=3)
    busy = [span("2027-01-11 08:00", "17:00")]

    found = near_misses(snapshot({1: busy}, own=3), date_window, None)

    assert [(one.change, one.places) for one in found] == [
        (Change.LATER, 3),
        (Change.EARLIER, 3),
        (Change.FEWER_PLACES, 2),
    ]


def test_too_many_people_is_named_first_and_near_misses_are_for_fewer():
    date_window = DateWindow(MONDAY, MONDAY, Length(4, HOURS))
    free = snapshot(people_limit=8)
    busy = snapshot({1: [span("2027-01-11 08:00", "17:00")]}, people_limit=8)

    assert said(near_misses(free, date_window, 12)) == [(Change.FEWER_PEOPLE, 8, DAYS, "11 07")]
    assert [one.change for one in near_misses(busy, date_window, 12)] == [
        Change.FEWER_PEOPLE,
        Change.LATER,
        Change.EARLIER,
    ]


@pytest.mark.parametrize(
    ("unit", "minimum", "length", "size"),
    [
        (HOURS, None, None, NeededLength(1)),
        (HOURS, 2, None, NeededLength(2)),
        (HOURS, 2, Length(1, HOURS), NeededLength(2)),
        (HOURS, None, Length(1, HALVES), NeededLength(4)),
        (HOURS, None, Length(3, HALVES), NeededLength(0, 2)),
        (HOURS, None, Length(3, DAYS), NeededLength(0, 3)),
        # Nine hours are open, of which the morning has four and a half.
        (HALVES, None, Length(5, HOURS), NeededLength(2)),
        (HALVES, None, Length(2, DAYS), NeededLength(4)),
        (DAYS, None, Length(10, HOURS), NeededLength(2)),
        (DAYS, None, Length(3, HALVES), NeededLength(2)),
        (DAYS, 3, None, NeededLength(3)),
    ],
)
def test_the_fewest_units_that_cover_the_length_are_needed(unit, minimum, length, size):
    rules = terms(unit=unit, minimum_units=minimum)

    assert needed_length(rules, DateWindow(MONDAY, FRIDAY, length)) == size


def days_offered(facility, number):
    date_window = DateWindow(MONDAY, date(2027, 1, 22), Length(number, DAYS))
    return [
        [f"{slot.starts_at:%d}" for slot in offer]
        for offer in first_offers(facility, date_window, 3)
    ]


def test_days_by_the_hour_are_one_date_on_each_of_as_many_open_days_in_a_row():
    taken = {1: [span("2027-01-13 10:00", "11:00")]}

    # What is taken parts the row, a weekend does not.
    assert days_offered(snapshot(taken), 2) == [["11", "12"], ["14", "15"], ["18", "19"]]
    assert days_offered(snapshot(taken), 3) == [["14", "15", "18"], ["19", "20", "21"]]
    assert days_offered(snapshot(taken), 4) == [["14", "15", "18", "19"]]
    assert days_offered(snapshot(taken), 7) == [["14", "15", "18", "19", "20", "21", "22"]]
    assert days_offered(snapshot(taken), 8) == []


def test_a_day_with_a_break_is_not_one_date():
    assert days_offered(snapshot(spans=WITH_LUNCH), 1) == []
