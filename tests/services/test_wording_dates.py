"""Dates of a facility in words."""

from datetime import UTC, date, datetime, time

import pytest

from booking.rules.opening import Unit, WeeklySpan
from booking.wording import formats
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


THIS_YEAR = span("2026-12-03 09:00", "2026-12-03 12:00")
OVER_NEW_YEAR = span("2026-12-31 18:00", "2027-01-01 02:00")


def test_a_page_names_the_year_only_of_dates_in_other_years():
    assert formats.slot(THIS_YEAR, PARIS) == "Thu 3 Dec, 09:00 – 12:00"
    assert formats.days(THIS_YEAR, PARIS) == "Thu 3 Dec"
    assert formats.slot(OVER_NEW_YEAR, PARIS) == "Thu 31 Dec, 18:00 – Fri 1 Jan 2027, 02:00"
    assert formats.day(date(2025, 12, 3)) == "Wed 3 Dec 2025"


def test_this_year_begins_at_midnight_in_central_europe(at):
    at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))

    assert formats.day(date(2026, 12, 31)) == "Thu 31 Dec 2026"
    assert formats.day(date(2027, 1, 1)) == "Fri 1 Jan"
