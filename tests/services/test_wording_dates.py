"""Dates of a facility in words."""

from datetime import time

import pytest

from booking.rules.opening import Unit, WeeklySpan
from booking.wording.dates import date_text, dates_text
from tests.rules.examples import PARIS, span, terms

pytestmark = [
    pytest.mark.usefixtures("in_english"),
    pytest.mark.parametrize("engine_name", ["sqlite"]),
]

EVENINGS = tuple(WeeklySpan(weekday, time(18), time(2)) for weekday in range(5))
FRIDAY = span("2027-03-19 18:00", "2027-03-20 02:00")


@pytest.fixture
def in_english(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("unit", "slot", "text"),
    [
        (Unit.DAY, FRIDAY, "Fri 19 Mar 2027"),
        (Unit.DAY, span("2027-03-18 18:00", "2027-03-20 02:00"), "Thu 18 – Fri 19 Mar 2027"),
        (Unit.HALF_DAY, FRIDAY, "Fri 19 Mar, 18:00 – Sat 20 Mar 2027, 02:00"),
        (Unit.HOUR, FRIDAY, "Fri 19 Mar, 18:00 – Sat 20 Mar 2027, 02:00"),
    ],
)
def test_by_the_day_a_date_is_the_days_on_which_its_openings_begin(unit, slot, text):
    assert date_text(slot, terms(unit=unit, spans=EVENINGS)) == text


def test_several_dates_are_the_first_and_how_many_follow():
    rules = terms(unit=Unit.DAY, spans=EVENINGS)
    other = span("2027-03-22 18:00", "2027-03-23 02:00")

    assert dates_text([FRIDAY, other], PARIS, rules) == "Fri 19 Mar 2027 and 1 more date"
