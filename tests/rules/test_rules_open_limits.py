import pytest

from booking.rules.open_limits import OpenDate, why_too_much_open
from booking.rules.refusals import Refusal, RefusalCode
from tests.rules.examples import span, terms

C = RefusalCode


def opened(reference, day, last=None):
    """An open date of a request, from 09:00 on one day to 12:00 on the same or another."""
    return OpenDate(reference, span(f"2027-01-{day} 09:00", f"2027-01-{last or day} 12:00"))


def days(*numbers):
    return [opened("", number).slot for number in numbers]


def test_requests_are_counted_once_however_many_dates_they_have():
    rules = terms(most_open_requests=2)
    one = [opened("AAA-222", 11), opened("AAA-222", 12)]

    assert why_too_much_open(rules, one, days(13)) == []
    params = {"limit": 2, "open": 2, "references": "AAA-222, BBB-333", "unnamed": 0}
    assert why_too_much_open(rules, [opened("BBB-333", 13), *one], days(14)) == [
        Refusal(C.TOO_MANY_OPEN, params)
    ]


def test_another_date_for_a_request_that_is_open_is_no_further_open_request():
    rules = terms(most_open_requests=1)
    is_open = [opened("AAA-222", 11)]

    assert why_too_much_open(rules, is_open, days(13), added_to="AAA-222") == []
    assert why_too_much_open(rules, is_open, days(13), added_to="BBB-333") != []


@pytest.mark.parametrize(
    ("asked", "held", "more"),
    [
        (days(14), None, None),
        (days(11, 12), None, None),  # days that it holds already
        (days(14, 14), None, None),
        (days(14, 15), 3, 2),
        ([opened("", 14, 16).slot], 3, 3),
    ],
)
def test_days_held_are_local_days_each_counted_once(asked, held, more):
    rules = terms(most_held_days=4, pending_holds=True)
    found = why_too_much_open(rules, [opened("AAA-222", 11, 12), opened("BBB-333", 13)], asked)

    params = {
        "limit": 4,
        "held": held,
        "asked": more,
        "references": "AAA-222, BBB-333",
        "unnamed": 0,
    }
    assert found == ([Refusal(C.TOO_MANY_HELD_DAYS, params)] if held else [])


def test_days_count_only_where_a_requested_date_holds_its_places():
    assert why_too_much_open(terms(most_held_days=1), [opened("AAA-222", 11)], days(12)) == []
