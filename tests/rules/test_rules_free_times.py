from datetime import date, time, timedelta

import pytest

from booking.rules.free_times import free_slots
from booking.rules.opening import Unit, WeeklySpan, open_days
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode
from tests.rules.examples import (
    NOW,
    PARIS,
    WITH_LUNCH,
    at,
    deadlines,
    hours_of,
    room,
    span,
    terms,
)

MONDAY = "2027-01-11"
DAY = span(f"{MONDAY} 00:00", "2027-01-12 00:00")
WEEK = span(f"{MONDAY} 00:00", "2027-01-18 00:00")


def free(rules, window=DAY, *, within=None, closures=(), now=NOW, **kwargs):
    return free_slots(rules, deadlines(), within or room(), closures, window, now, **kwargs)


def monday(*stretches):
    return [span(f"{MONDAY} {starts}", ends) for starts, ends in stretches]


# --- hours ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("08:00", "17:00")]),
        ({"spans": WITH_LUNCH}, [("08:00", "12:00"), ("13:00", "17:00")]),
        ({"spans": WITH_LUNCH, "minimum_units": 4}, [("08:00", "12:00"), ("13:00", "17:00")]),
        ({"spans": WITH_LUNCH, "minimum_units": 5}, []),
        ({"step_minutes": 120}, [("08:00", "16:00")]),
        ({"step_minutes": 120, "minimum_units": 9}, []),
        ({"minimum_units": 3, "maximum_units": 2}, []),
        ({"spans": (WeeklySpan(0, time(8, 10), time(16, 50)),)}, [("08:30", "16:30")]),
        ({"setup_minutes": 60, "cleanup_minutes": 60}, [("08:00", "17:00")]),
        ({"spans": ()}, []),
    ],
)
def test_free_is_open_time_that_a_date_can_cover(changes, expected):
    assert free(terms(**changes)) == monday(*expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("08:00", "10:00"), ("12:00", "17:00")]),
        ({"minimum_units": 2}, [("08:00", "10:00"), ("12:00", "17:00")]),
        ({"minimum_units": 3}, [("12:00", "17:00")]),
        ({"minimum_units": 6}, []),
        ({"setup_minutes": 30}, [("08:00", "10:00"), ("12:30", "17:00")]),
        ({"cleanup_minutes": 30}, [("08:00", "09:30"), ("12:00", "17:00")]),
        ({"setup_minutes": 10, "cleanup_minutes": 10}, [("08:00", "09:30"), ("12:30", "17:00")]),
    ],
)
@pytest.mark.parametrize("by", ["taken", "closed"])
def test_taken_and_closed_time_is_not_free_and_set_up_keeps_clear_of_it(changes, expected, by):
    block = span(f"{MONDAY} 10:00", "12:00")
    if by == "taken":
        found = free(terms(**changes), within=room(1, taken={1: [block]}))
    else:
        found = free(terms(**changes), closures=[block])
    assert found == monday(*expected)


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"places": 1}, [("08:00", "11:00"), ("12:00", "17:00")]),
        ({"places": 2}, [("08:00", "10:00"), ("13:00", "17:00")]),
        ({"places": 3}, []),
        ({"places": 0}, []),
        ({"whole": True}, [("08:00", "10:00"), ("13:00", "15:00"), ("16:00", "17:00")]),
        ({"whole": False}, [("08:00", "11:00"), ("12:00", "17:00")]),
        ({}, [("08:00", "11:00"), ("12:00", "17:00")]),
    ],
)
def test_free_times_depend_on_what_is_requested(kwargs, expected):
    hall = room(
        2,
        1,
        {
            1: monday(("10:00", "12:00")),
            2: monday(("11:00", "13:00")),
            101: monday(("15:00", "16:00")),
        },
    )
    assert free(terms(), within=hall, **kwargs) == monday(*expected)


def test_a_facility_bookable_only_as_a_whole_is_free_as_a_whole():
    hall = room(1, 1, {101: monday(("08:00", "16:00"))})
    assert free(terms(allows_shared=False), within=hall) == monday(("16:00", "17:00"))
    assert free(terms(allows_shared=False), within=hall, whole=False) == []
    assert free(terms(allows_exclusive=False), within=hall, whole=True) == []
    assert free(terms(), within=room(0), whole=True) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": BookingMode.BY_AGREEMENT},
        {"mode": BookingMode.ELSEWHERE},
        {"status": "closed"},
        {"status": "planned-in-2019"},
        {"has_deciders": False},
    ],
)
@pytest.mark.parametrize("unit", Unit)
def test_a_facility_that_cannot_be_requested_has_no_free_times(changes, unit):
    assert free(terms(unit=unit)) != []
    assert free(terms(unit=unit, **changes)) == []


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (("09:10", "10:20"), [("09:10", "10:20")]),
        (("07:00", "08:00"), []),
        (("07:00", "08:10"), [("08:00", "08:10")]),
        (("17:00", "18:00"), []),
        (("16:50", "18:00"), [("16:50", "17:00")]),
    ],
)
def test_free_hours_are_clipped_to_the_window(window, expected):
    rules = terms(minimum_units=4)
    assert free(rules, span(f"{MONDAY} {window[0]}", window[1])) == monday(*expected)


def test_openings_of_different_days_stay_apart():
    found = free(terms(), span(f"{MONDAY} 00:00", "2027-01-13 00:00"))
    assert found == [*monday(("08:00", "17:00")), span("2027-01-12 08:00", "17:00")]


def test_free_begins_after_the_lead_time_and_ends_at_the_horizon():
    rules = terms(lead_time_days=50, horizon_days=51)  # 13 and 14 January
    assert free(rules, WEEK) == [
        span("2027-01-13 08:00", "17:00"),
        span("2027-01-14 08:00", "17:00"),
    ]
    lifted = frozenset({RefusalCode.TOO_LATE, RefusalCode.DUE_ALREADY, RefusalCode.BEYOND_HORIZON})
    assert len(free(rules, WEEK, ignore=lifted)) == 5


def test_time_that_would_be_due_already_is_not_free():
    friday_evening = at("2027-01-08 18:00")
    assert free(terms(), WEEK, now=friday_evening)[0] == span("2027-01-12 08:00", "17:00")


def test_for_own_use_the_rest_of_today_is_free_from_the_next_step_on():
    lifted = frozenset({RefusalCode.DUE_ALREADY})
    found = free(terms(), now=at(f"{MONDAY} 09:10"), ignore=lifted)
    assert found == monday(("09:30", "17:00"))


def test_given_open_days_lead_to_the_same_free_times():
    days = open_days(hours_of(WITH_LUNCH), PARIS, date(2027, 1, 4), date(2027, 1, 25))
    for unit in Unit:
        rules = terms(unit=unit, spans=WITH_LUNCH, minimum_units=2)
        other_hours = terms(unit=unit, spans=(), minimum_units=2)
        assert free(rules, WEEK) != []
        assert free(other_hours, WEEK, days=days) == free(rules, WEEK)


def test_only_a_date_begun_before_the_clock_change_reaches_time_off_the_new_grid():
    # Steps of two hours from midnight: after the repeated hour they are an hour off the old ones.
    closes_at = at("2027-10-31 05:00")
    window = Slot(closes_at - timedelta(hours=1), closes_at)
    closures = [Slot(closes_at, closes_at + timedelta(days=1))]
    for longest, expected in ((4, [window]), (2, [])):
        rules = terms(spans=None, step_minutes=120, maximum_units=longest)
        assert free(rules, window, closures=closures) == expected


# --- half days and days ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (Unit.DAY, [("08:00", "17:00")]),
        (Unit.HALF_DAY, [("08:00", "12:00"), ("13:00", "17:00")]),
    ],
)
def test_free_units_are_not_joined(unit, expected):
    assert free(terms(unit=unit, spans=WITH_LUNCH)) == monday(*expected)


def test_free_units_are_not_cut_at_the_window():
    window = span(f"{MONDAY} 09:00", "10:00")
    assert free(terms(unit=Unit.DAY), window) == monday(("08:00", "17:00"))
    half = terms(unit=Unit.HALF_DAY, spans=WITH_LUNCH)
    assert free(half, window) == monday(("08:00", "12:00"))
    assert free(half, span(f"{MONDAY} 12:00", "13:00")) == []


@pytest.mark.parametrize(("minimum", "count"), [(1, 4), (2, 3), (3, 3), (4, 0)])
def test_a_free_day_is_part_of_a_date_that_is_long_enough(minimum, count):
    # Tuesday is taken; the weekend before does not count but does not part Friday and Monday.
    tuesday = span("2027-01-12 08:00", "17:00")
    until_next = [span("2027-01-18 00:00", "2027-02-18 00:00")]
    rules = terms(unit=Unit.DAY, minimum_units=minimum)
    found = free(
        rules,
        WEEK,
        within=room(1, taken={1: [tuesday]}),
        closures=[span("2026-12-01 00:00", f"{MONDAY} 00:00"), *until_next],
    )
    assert len(found) == count


def test_a_free_day_may_need_days_beyond_the_window():
    rules = terms(unit=Unit.DAY, minimum_units=12)
    assert len(free(rules, WEEK)) == 5
    # Only eleven open days are left between the lead time and the horizon.
    narrow = terms(unit=Unit.DAY, minimum_units=12, lead_time_days=41, horizon_days=55)
    assert free(narrow, WEEK) == []
    wide = terms(unit=Unit.DAY, minimum_units=11, lead_time_days=41, horizon_days=55)
    assert len(free(wide, WEEK)) == 5


@pytest.mark.parametrize(("first", "last", "count"), [(48, 50, 1), (49, 50, 0), (48, 49, 0)])
@pytest.mark.parametrize("day", ["2027-01-11", "2027-01-12", "2027-01-13"])
def test_the_days_on_either_side_are_counted_one_by_one(day, first, last, count):
    # Three days are needed; from Monday to Wednesday there are just three within reach.
    rules = terms(unit=Unit.DAY, minimum_units=3, lead_time_days=first, horizon_days=last)
    assert len(free(rules, span(f"{day} 08:00", "17:00"))) == count


def test_a_shortest_date_may_span_a_season_that_is_closed():
    summers = (
        WeeklySpan(0, time(8), time(17), date(2027, 1, 1), date(2027, 1, 11)),
        WeeklySpan(0, time(8), time(17), date(2027, 9, 6), None),
    )
    rules = terms(unit=Unit.DAY, spans=summers, minimum_units=3)
    assert free(rules) == monday(("08:00", "17:00"))
    assert free(terms(unit=Unit.DAY, spans=summers[:1], minimum_units=3)) == []


def test_a_taken_night_separates_two_days():
    night = span(f"{MONDAY} 22:00", "23:00")
    for minimum, count in ((1, 2), (2, 2)):
        rules = terms(unit=Unit.DAY, minimum_units=minimum, maximum_units=minimum)
        window = span(f"{MONDAY} 00:00", "2027-01-13 00:00")
        assert len(free(rules, window, within=room(1, taken={1: [night]}))) == count
    closed = [span("2027-01-08 18:00", "19:00"), night]
    assert free(terms(unit=Unit.DAY, minimum_units=2), closures=closed) == []


def test_a_longest_date_that_is_shorter_than_the_shortest_leaves_nothing():
    assert free(terms(unit=Unit.DAY, minimum_units=3, maximum_units=2)) == []


def test_a_far_horizon_and_no_hours_come_to_an_end():
    rules = terms(unit=Unit.DAY, minimum_units=3, spans=())
    assert free(rules) == []
