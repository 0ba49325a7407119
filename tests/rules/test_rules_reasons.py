import pytest

from booking.rules.opening import Unit
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.terms import BookingMode
from tests.rules.examples import (
    MORNING,
    at,
    codes,
    reasons,
    requested_date,
    room,
    span,
    terms,
)

C = RefusalCode


def test_without_limits_a_date_within_the_hours_can_be_requested():
    assert reasons() == []


@pytest.mark.parametrize("status", ["closed", "planned-in-2019"])
def test_a_closed_or_planned_facility_cannot_be_requested(status):
    assert reasons(terms(status=status)) == [Refusal(C.CLOSED_STATUS, {"status": status})]


def test_a_facility_without_deciders_cannot_be_requested():
    assert reasons(terms(has_deciders=False)) == [Refusal(C.NOBODY_ANSWERS)]


def test_a_facility_that_is_booked_elsewhere_says_so_and_nothing_else():
    elsewhere = terms(mode=BookingMode.ELSEWHERE, status="closed")
    assert reasons(elsewhere) == [Refusal(C.BOOKED_ELSEWHERE)]
    assert codes(elsewhere, ignore=[C.BOOKED_ELSEWHERE]) == {C.CLOSED_STATUS}


NIGHT = span("2027-01-10 02:10", "03:17")  # a Sunday


@pytest.mark.parametrize("unit", Unit)
def test_by_agreement_hours_grid_length_and_lead_time_do_not_count(unit):
    agreed = terms(
        mode=BookingMode.BY_AGREEMENT,
        unit=unit,
        minimum_units=3,
        maximum_units=3,
        lead_time_days=90,
    )
    assert reasons(agreed, NIGHT) == []
    assert reasons(agreed, NIGHT, now=NIGHT.starts_at) == []


def test_by_agreement_the_other_rules_count():
    agreed = terms(
        mode=BookingMode.BY_AGREEMENT,
        status="closed",
        has_deciders=False,
        horizon_days=3,
        people_limit=4,
    )
    full = room(1, taken={1: [NIGHT]})
    assert codes(agreed, requested_date(NIGHT, people=5), places=full, closures=[NIGHT]) == {
        C.CLOSED_STATUS,
        C.NOBODY_ANSWERS,
        C.BEYOND_HORIZON,
        C.TOO_MANY_PEOPLE,
        C.TAKEN,
        C.CLOSURE,
    }
    assert codes(agreed, NIGHT, now=NIGHT.ends_at) >= {C.IN_THE_PAST}


@pytest.mark.parametrize(
    ("starts", "ends", "refused"),
    [
        ("08:00", "09:00", False),
        ("08:00", "09:01", True),
        ("12:00", "13:00", False),
        ("11:59", "13:00", True),
        ("10:00", "10:01", True),
        ("08:00", "17:00", True),
    ],
)
def test_a_closure_inside_refuses(starts, ends, refused):
    closure = span(f"2027-01-11 {starts}", ends)
    expected = [Refusal(C.CLOSURE, {"slot": closure, "until": closure.ends_at})] if refused else []
    assert reasons(closures=[closure]) == expected


def test_closures_that_touch_give_one_refusal():
    monday = "2027-01-11"
    closures = [
        span(f"{monday} 11:00", "11:30"),
        span(f"{monday} 08:00", "09:30"),
        span(f"{monday} 09:30", "10:00"),
    ]
    assert [refusal.params["until"] for refusal in reasons(closures=closures)] == [
        at(f"{monday} 10:00"),
        at(f"{monday} 11:30"),
    ]


def test_a_closure_between_the_days_of_a_date_refuses_too():
    weekend = span("2027-01-09 00:00", "2027-01-10 00:00")
    over_it = span("2027-01-08 08:00", "2027-01-11 17:00")
    assert codes(terms(unit=Unit.DAY), over_it, closures=[weekend]) == {C.CLOSURE}


@pytest.mark.parametrize(
    ("starts", "ends", "refused"),
    [
        ("07:00", "08:30", False),
        ("07:00", "08:31", True),
        ("12:15", "13:00", False),
        ("12:14", "13:00", True),
    ],
)
def test_set_up_and_clean_up_need_free_places_and_must_not_overlap_a_closure(starts, ends, refused):
    rules = terms(setup_minutes=30, cleanup_minutes=15)
    other = span(f"2027-01-11 {starts}", ends)
    assert codes(rules, closures=[other]) == ({C.CLOSURE} if refused else set())
    assert codes(rules, places=room(1, taken={1: [other]})) == ({C.TAKEN} if refused else set())


def test_set_up_and_clean_up_may_be_outside_opening_hours():
    rules = terms(setup_minutes=240, cleanup_minutes=240)
    assert reasons(rules, span("2027-01-11 08:00", "17:00")) == []


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (-1, [Refusal(C.NO_PLACES)]),
        (0, [Refusal(C.NO_PLACES)]),
        (1, []),
        (2, []),
        (3, [Refusal(C.TOO_MANY_PLACES, {"own": 2, "asked": 3})]),
    ],
)
def test_between_one_and_all_places_can_be_requested(places, expected):
    assert reasons(requested=requested_date(MORNING, places), places=room(2)) == expected


def test_taken_says_how_many_places_are_free_and_since_when_too_few():
    late = span("2027-01-11 10:30", "13:00")
    later = span("2027-01-11 11:00", "13:00")
    two = room(2, taken={1: [late], 2: [later]})
    assert reasons(requested=requested_date(MORNING, 2), places=two) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 2, "slot": span("2027-01-11 10:30", "12:00")})
    ]
    assert reasons(requested=requested_date(MORNING, 1), places=two) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 1, "slot": span("2027-01-11 11:00", "12:00")})
    ]
    one_left = room(2, taken={1: [late]})
    assert reasons(requested=requested_date(MORNING, 1), places=one_left) == []
    (refusal,) = reasons(requested=requested_date(MORNING, 2), places=one_left)
    assert refusal.params["free"] == 1


def test_whole_is_refused_when_anything_below_is_taken():
    hall = room(1, 2, {102: [span("2027-01-11 11:00", "13:00")]})
    assert reasons(requested=requested_date(MORNING, whole=True), places=hall) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 1, "slot": span("2027-01-11 11:00", "12:00")})
    ]
    assert reasons(requested=requested_date(MORNING), places=hall) == []


@pytest.mark.parametrize(
    ("allows_shared", "allows_exclusive", "requests_whole", "expected"),
    [
        (True, True, True, set()),
        (True, True, False, set()),
        (True, False, True, {C.NOT_BOOKABLE_WHOLE}),
        (True, False, False, set()),
        (False, True, True, set()),
        (False, True, False, {C.NOT_BOOKABLE_BY_PLACE}),
    ],
)
def test_only_what_is_offered_can_be_requested(
    allows_shared, allows_exclusive, requests_whole, expected
):
    rules = terms(allows_shared=allows_shared, allows_exclusive=allows_exclusive)
    assert codes(rules, requested_date(MORNING, whole=requests_whole)) == expected


def test_a_facility_without_places_cannot_be_requested():
    assert codes(requested=requested_date(MORNING, whole=True), places=room(0)) == {
        C.NOT_BOOKABLE_WHOLE
    }
    assert codes(requested=requested_date(MORNING), places=room(0)) == {C.TOO_MANY_PLACES}


@pytest.mark.parametrize(
    ("people", "limit", "expected"),
    [
        (None, None, []),
        (None, 4, []),
        (1, None, []),
        (500, None, []),
        (4, 4, []),
        (5, 4, [Refusal(C.TOO_MANY_PEOPLE, {"limit": 4, "asked": 5})]),
        (0, None, [Refusal(C.NO_PEOPLE)]),
        (-1, 4, [Refusal(C.NO_PEOPLE)]),
    ],
)
def test_an_unstated_people_limit_refuses_nobody(people, limit, expected):
    assert reasons(terms(people_limit=limit), requested_date(MORNING, people=people)) == expected


def test_all_reasons_come_at_once():
    rules = terms(
        status="closed",
        has_deciders=False,
        lead_time_days=90,
        horizon_days=30,
        minimum_units=5,
        people_limit=2,
        allows_shared=False,
    )
    slot = span("2027-01-11 07:15", "10:15")
    full = room(1, taken={1: [slot]})
    assert codes(rules, requested_date(slot, people=3), places=full, closures=[slot]) == {
        C.CLOSED_STATUS,
        C.NOBODY_ANSWERS,
        C.TOO_LATE,
        C.BEYOND_HORIZON,
        C.NOT_OPEN,
        C.OFF_GRID,
        C.CLOSURE,
        C.TOO_SHORT,
        C.NOT_BOOKABLE_BY_PLACE,
        C.TAKEN,
        C.TOO_MANY_PEOPLE,
    }


def test_a_refusal_hides_conflicts_from_viewers_who_may_not_see_the_calendar():
    full = room(1, taken={1: [MORNING]})
    assert codes(places=full) == {C.TAKEN}
    assert codes(places=full, ignore=[C.TAKEN]) == set()
