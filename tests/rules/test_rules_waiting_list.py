"""Which dates may wait, until when, and how long what becomes free is held."""

import pytest

from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode
from booking.rules.waiting_list import date_over, dates_that_may_wait, turn_ends_at, waits_until
from tests.rules.examples import NOW, at, deadlines, span, terms

SLOT = span("2027-01-14 09:00", "12:00")
TAKEN = [Refusal(RefusalCode.TAKEN, {"slot": SLOT}, index) for index in (0, 2)]


@pytest.mark.parametrize(
    ("days", "more", "waiting"),
    [
        (2, [], {0, 2}),
        (None, [], set()),  # there is no waiting list
        (2, [Refusal(RefusalCode.OFF_GRID, {}, 1)], set()),
        (2, [Refusal(RefusalCode.TAKEN, {"slot": SLOT, "own": "K7M-4QX"}, 1)], set()),
        (2, [Refusal(RefusalCode.NOBODY_ANSWERS)], set()),
    ],
)
def test_dates_that_others_have_taken_may_wait_if_nothing_else_is_wrong(days, more, waiting):
    assert dates_that_may_wait(terms(waiting_list_days=days), [*TAKEN, *more]) == waiting


def test_nothing_waits_where_nothing_is_taken():
    assert dates_that_may_wait(terms(waiting_list_days=2), []) == set()


@pytest.mark.parametrize(
    ("rules", "until"),
    [
        (terms(), "2027-01-14 09:00"),
        (terms(lead_time_days=10), "2027-01-05 00:00"),  # on the 4th one can still ask
        (terms(lead_time_days=10, late_asking=True), "2027-01-14 09:00"),
        (terms(lead_time_days=10, mode=BookingMode.BY_AGREEMENT), "2027-01-14 09:00"),
        (terms(lead_time_days=60), "2027-01-14 09:00"),  # the owner put it there after that
    ],
)
def test_a_date_waits_until_its_notice_begins_and_at_latest_until_its_start(rules, until):
    assert waits_until(rules, SLOT, NOW) == at(until)


@pytest.mark.parametrize(
    ("days", "slot", "now", "until"),
    [
        (2, SLOT, "2026-11-24 10:00", "2026-11-26 18:00"),
        (2, SLOT, "2026-11-27 19:00", "2026-12-01 18:00"),  # over the weekend
        (2, span("2026-11-25 09:00", "12:00"), "2026-11-24 10:00", "2026-11-25 09:00"),
        (2, SLOT, "2027-01-14 09:00", None),
        (None, SLOT, "2026-11-24 10:00", None),
    ],
)
def test_a_turn_lasts_some_working_days_and_at_most_until_the_date_begins(days, slot, now, until):
    ends_at = turn_ends_at(terms(waiting_list_days=days), slot, at(now), deadlines())

    assert ends_at == (at(until) if until else None)


@pytest.mark.parametrize(
    ("rules", "taken", "expected"),
    [
        ({}, ("08:45", "11:10"), ("08:30", "11:30")),
        ({"minimum_units": 4}, ("09:00", "10:00"), ("09:00", "13:00")),
        ({"maximum_units": 2}, ("09:00", "17:00"), ("09:00", "11:00")),
    ],
)
def test_a_form_is_filled_with_a_possible_date_over_the_taken_time(rules, taken, expected):
    day = "2027-01-12 "
    over, wanted = (Slot(at(day + starts), at(day + ends)) for starts, ends in (taken, expected))

    assert date_over(terms(step_minutes=30, **rules), over) == wanted
