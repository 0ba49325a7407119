"""What a snapshot says is free, and which of many candidates it accepts."""

from datetime import date

from booking.rules.date_windows import DateWindow
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.opening import Unit
from booking.rules.terms import RequestedDate
from tests.rules.examples import NOW, deadlines, room, span, terms

TAKEN = {1: [span("2027-01-13 10:00", "11:00")]}  # a Wednesday
WEEK = DateWindow(date(2027, 1, 11), date(2027, 1, 15))


def snapshot(**changes):
    return FacilitySnapshot(terms(**changes), deadlines(), room(taken=TAKEN), (), NOW)


def dates_on(*days):
    return [(RequestedDate(span(f"2027-01-{day} 09:00", "12:00"), 1, False, None),) for day in days]


def always(dates, found):
    return True


def test_free_time_counts_for_each_unit_how_many_are_free_in_a_row():
    free = snapshot(unit=Unit.DAY).free_time(WEEK)

    assert [unit.day.day for unit in free.units] == [11, 12, 13, 14, 15]
    assert free.in_a_row == [2, 1, 0, 2, 1]


def test_only_candidates_that_the_rules_accept_are_found_up_to_the_limit():
    found = snapshot().first_accepted(dates_on(13, 14, 15, 12), 2, is_new=always)

    assert found == dates_on(14, 15)


def test_a_candidate_that_is_not_new_is_left_out():
    twice = dates_on(14, 14, 15)

    found = snapshot().first_accepted(twice, 2, is_new=lambda dates, found: dates not in found)

    assert found == dates_on(14, 15)


def test_the_walk_ends_after_so_many_failures():
    candidates = dates_on(13, 16, 17, 14)  # taken, Saturday, Sunday, free

    def found(most_failures):
        return snapshot().first_accepted(candidates, 1, is_new=always, most_failures=most_failures)

    assert found(3) == []
    assert found(4) == dates_on(14)
