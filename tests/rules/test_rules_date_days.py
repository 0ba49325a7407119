"""On which days a date begins and ends, in the facility's calendar."""

from datetime import date, time
from itertools import pairwise

import pytest

from booking.rules.date_days import DateDays, day_stretch, days_of_date
from booking.rules.opening import ONE_DAY, OpeningHours, SpecialDay, Unit, WeeklySpan
from tests.rules.examples import at, span, terms

FRIDAY, SATURDAY = date(2027, 3, 19), date(2027, 3, 20)
EVENINGS = tuple(WeeklySpan(weekday, time(18), time(2)) for weekday in range(5))
ROUND_THE_CLOCK = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))


@pytest.mark.parametrize(
    ("unit", "slot", "expected"),
    [
        (Unit.DAY, span("2027-03-19 18:00", "2027-03-20 02:00"), DateDays(FRIDAY, FRIDAY)),
        (
            Unit.DAY,
            span("2027-03-18 18:00", "2027-03-20 02:00"),
            DateDays(FRIDAY - ONE_DAY, FRIDAY),
        ),
        (
            Unit.HALF_DAY,
            span("2027-03-19 18:00", "2027-03-20 02:00"),
            DateDays(FRIDAY, FRIDAY, 1, 1),
        ),
        (Unit.HOUR, span("2027-03-19 22:00", "2027-03-20 01:00"), DateDays(FRIDAY, SATURDAY)),
        (Unit.HOUR, span("2027-03-19 22:00", "2027-03-20 00:00"), DateDays(FRIDAY, FRIDAY)),
    ],
)
def test_an_opening_over_midnight_counts_as_the_day_on_which_it_begins(unit, slot, expected):
    assert days_of_date(terms(unit=unit, spans=EVENINGS), slot) == expected


def test_a_date_that_no_opening_explains_has_the_local_days_that_it_touches():
    rules = terms(unit=Unit.DAY, spans=ROUND_THE_CLOCK)

    assert days_of_date(rules, span("2027-03-19 18:00", "2027-03-20 02:00")) == DateDays(
        FRIDAY, SATURDAY
    )


def test_the_halves_of_a_day_part_where_the_facility_says():
    rules = terms(unit=Unit.HALF_DAY, spans=EVENINGS, half_day_time=time(22))

    assert days_of_date(rules, span("2027-03-19 18:00", "22:00")) == DateDays(FRIDAY, FRIDAY, 0, 0)


def test_the_stretches_of_days_neither_overlap_nor_leave_a_gap():
    hours = OpeningHours(EVENINGS, (SpecialDay(SATURDAY, ((time(1), time(12)),)),))
    rules = terms(unit=Unit.DAY, hours=hours)

    stretches = [day_stretch(rules, FRIDAY + ONE_DAY * number) for number in range(-2, 3)]

    assert all(a.ends_at == b.starts_at for a, b in pairwise(stretches))
    # On Saturday it opens before Friday's opening would end.
    assert stretches[2].ends_at == at("2027-03-20 01:00")
