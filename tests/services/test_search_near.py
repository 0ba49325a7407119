"""What almost fits says in numbers what is missing, and what could be asked for then."""

from datetime import date

import pytest

from booking.rules.opening import Unit
from booking.search.criteria import Length, Size, When, size_of
from booking.search.first_free import Standing, first_offers
from booking.search.near_misses import NearKind, near
from tests.rules.examples import NOW, WITH_LUNCH, deadlines, room, span, terms

MONDAY, FRIDAY = date(2027, 1, 11), date(2027, 1, 15)
HOURS, HALVES, DAYS = Unit.HOUR, Unit.HALF_DAY, Unit.DAY
LONG = span("2026-12-20 00:00", "2027-02-20 00:00")


def standing(taken=None, closures=(), own=1, **changes):
    return Standing(terms(**changes), deadlines(), room(own=own, taken=taken), closures)


def said(found):
    """Return kind, number and unit of each, and its first offer's first day and hour."""
    return [
        (one.kind, one.number, one.unit, one.offers and f"{one.offers[0][0].starts_at:%d %H}")
        for one in found
    ]


@pytest.mark.parametrize(
    ("facility", "when", "expected"),
    [
        pytest.param(
            standing({1: [span("2027-01-08 08:00", "17:00"), span("2027-01-11 10:00", "17:00")]}),
            When(MONDAY, MONDAY, Length(4, HOURS)),
            [
                (NearKind.SHORTER, 2, HOURS, "11 07"),
                (NearKind.LATER, 1, DAYS, "12 07"),
                # Friday is taken too, and Saturday and Sunday are not open.
                (NearKind.EARLIER, 4, DAYS, "07 11"),
            ],
            id="hours",
        ),
        pytest.param(
            standing({1: [span("2027-01-13 08:00", "2027-02-20 17:00")]}, unit=DAYS),
            When(MONDAY, FRIDAY, Length(3, DAYS)),
            [
                (NearKind.SHORTER, 1, DAYS, "11 07"),
                # From Friday to Tuesday, over a weekend: no day but that one is earlier.
                (NearKind.EARLIER, 3, DAYS, "08 07"),
            ],
            id="days",
        ),
        pytest.param(
            standing(unit=HALVES, maximum_units=3),
            When(MONDAY, FRIDAY, Length(2, DAYS)),
            [(NearKind.SHORTER, 1, HALVES, "11 07")],
            id="longer than the longest",
        ),
        pytest.param(
            standing(unit=HALVES, maximum_units=2),
            When(MONDAY, FRIDAY, Length(3, DAYS)),
            [(NearKind.SHORTER, 2, DAYS, "11 07")],
            id="halves that make days",
        ),
        pytest.param(
            standing({1: [span("2027-01-13 08:00", "2027-02-20 17:00")]}),
            When(MONDAY, FRIDAY, Length(4, DAYS)),
            [
                (NearKind.SHORTER, 2, DAYS, "11 07"),
                (NearKind.EARLIER, 4, DAYS, "07 07"),
            ],
            id="days of an hour calendar",
        ),
        pytest.param(
            standing({1: [span("2027-01-11 08:00", "10:00")]}),
            When(MONDAY, MONDAY, Length(1, DAYS)),
            [
                (NearKind.NOT_ALL_DAY, 7, HOURS, "11 09"),
                (NearKind.LATER, 1, DAYS, "12 07"),
                (NearKind.EARLIER, 3, DAYS, "08 07"),
            ],
            id="not all of its opening",
        ),
        pytest.param(
            standing({1: [LONG]}, own=3),
            When(MONDAY, MONDAY, Length(4, HOURS), places=3),
            [(NearKind.FEWER_PLACES, 1, DAYS, "11 07")],
            id="fewer places",
        ),
        pytest.param(
            standing(own=2),
            When(MONDAY, MONDAY, Length(4, HOURS), places=3),
            [(NearKind.FEWER_PLACES, 1, DAYS, "11 07")],
            id="more places than there are",
        ),
        pytest.param(
            standing(unit=DAYS, lead_time_days=45),
            When(date(2026, 12, 7), date(2026, 12, 11), Length(2, DAYS)),
            [(NearKind.FIRST_DATE, 0, DAYS, "11 07")],
            id="too soon",
        ),
        pytest.param(
            standing(unit=DAYS, horizon_days=30),
            When(MONDAY, FRIDAY, Length(1, DAYS)),
            [(NearKind.LAST_DATE, 0, DAYS, "24 07")],
            id="too far ahead",
        ),
        pytest.param(
            standing(closures=[LONG]),
            When(MONDAY, FRIDAY, Length(1, HOURS)),
            [],
            id="nothing near",
        ),
    ],
)
def test_what_is_missing_is_told_with_what_could_be_asked_for(facility, when, expected):
    assert said(near(facility, when, None, NOW)) == expected


def test_what_is_near_says_for_how_many_places_it_is():
    when = When(MONDAY, MONDAY, Length(4, HOURS), places=3)
    busy = [span("2027-01-11 08:00", "17:00")]

    found = near(standing({1: busy}, own=3), when, None, NOW)

    assert [(one.kind, one.places) for one in found] == [
        (NearKind.LATER, 3),
        (NearKind.EARLIER, 3),
        (NearKind.FEWER_PLACES, 2),
    ]


def test_too_many_people_come_first_and_what_is_near_is_for_fewer():
    when = When(MONDAY, MONDAY, Length(4, HOURS))
    free = standing(people_limit=8)
    busy = standing({1: [span("2027-01-11 08:00", "17:00")]}, people_limit=8)

    assert said(near(free, when, 12, NOW)) == [(NearKind.FEWER_PEOPLE, 8, DAYS, "11 07")]
    assert [one.kind for one in near(busy, when, 12, NOW)] == [
        NearKind.FEWER_PEOPLE,
        NearKind.LATER,
        NearKind.EARLIER,
    ]


@pytest.mark.parametrize(
    ("unit", "minimum", "length", "size"),
    [
        (HOURS, None, None, Size(1)),
        (HOURS, 2, None, Size(2)),
        (HOURS, 2, Length(1, HOURS), Size(2)),
        (HOURS, None, Length(1, HALVES), Size(4)),
        (HOURS, None, Length(3, HALVES), Size(0, 2)),
        (HOURS, None, Length(3, DAYS), Size(0, 3)),
        # Nine hours are open, of which the morning has four and a half.
        (HALVES, None, Length(5, HOURS), Size(2)),
        (HALVES, None, Length(2, DAYS), Size(4)),
        (DAYS, None, Length(10, HOURS), Size(2)),
        (DAYS, None, Length(3, HALVES), Size(2)),
        (DAYS, 3, None, Size(3)),
    ],
)
def test_the_fewest_units_that_cover_the_length_are_needed(unit, minimum, length, size):
    rules = terms(unit=unit, minimum_units=minimum)

    assert size_of(rules, When(MONDAY, FRIDAY, length)) == size


def days_offered(facility, number):
    when = When(MONDAY, date(2027, 1, 22), Length(number, DAYS))
    return [
        [f"{slot.starts_at:%d}" for slot in offer] for offer in first_offers(facility, when, NOW, 3)
    ]


def test_days_by_the_hour_are_one_date_on_each_of_as_many_open_days_in_a_row():
    taken = {1: [span("2027-01-13 10:00", "11:00")]}

    # A weekend between them comes last, and what is taken parts the row.
    assert days_offered(standing(taken), 2) == [["11", "12"], ["14", "15"], ["18", "19"]]
    assert days_offered(standing(taken), 3) == [["18", "19", "20"]]
    assert days_offered(standing(taken), 4) == [["18", "19", "20", "21"]]
    assert days_offered(standing(taken), 7) == [["14", "15", "18", "19", "20", "21", "22"]]
    assert days_offered(standing(taken), 8) == []


def test_a_day_with_a_break_is_no_one_date():
    assert days_offered(standing(spans=WITH_LUNCH), 1) == []
