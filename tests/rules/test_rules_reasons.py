from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.rules.asking import BookingMode, Refusal, RefusalCode, units_of, why_not
from booking.rules.opening import Unit, WeeklySpan
from booking.rules.slots import Slot
from tests.rules.examples import (
    HELSINKI,
    NOW,
    PARIS,
    WITH_LUNCH,
    WORKING_HOURS,
    ask,
    at,
    deadlines,
    room,
    span,
    terms,
)

MORNING = span("2027-01-11 09:00", "12:00")  # a Monday
C = RefusalCode


def reasons(rules=None, asked=MORNING, *, places=None, closures=(), now=NOW, ignore=(), due=None):
    asked = ask(asked) if isinstance(asked, Slot) else asked
    return why_not(
        rules or terms(),
        due or deadlines(),
        places or room(),
        closures,
        asked,
        now,
        ignore=frozenset(ignore),
    )


def codes(*args, **kwargs):
    return {refusal.code for refusal in reasons(*args, **kwargs)}


def test_without_any_limit_a_date_within_the_hours_can_be_asked_for():
    assert reasons() == []


# --- when ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MORNING.starts_at, set()),
        (MORNING.starts_at + timedelta(seconds=1), {C.IN_THE_PAST}),
    ],
)
def test_a_date_that_has_begun_is_in_the_past(now, expected):
    assert codes(now=now, ignore=[C.DUE_ALREADY]) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-01-07", [Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 8), "days": 45})]),
        ("2027-01-08", []),
    ],
)
def test_inside_the_lead_time_it_is_too_late_to_ask(day, expected):
    assert reasons(terms(lead_time_days=45), span(f"{day} 09:00", "12:00")) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-01-08 17:59", []),
        ("2027-01-08 18:00", [Refusal(C.DUE_ALREADY, {"earliest": date(2027, 1, 12)})]),
        ("2027-01-10 12:00", [Refusal(C.DUE_ALREADY, {"earliest": date(2027, 1, 12)})]),
    ],
)
def test_a_date_so_near_that_it_would_be_due_already_is_refused(now, expected):
    assert reasons(now=at(now)) == expected


def test_too_late_and_due_already_are_one_message_with_the_day_that_heeds_both():
    friday = at("2027-01-08 18:00")
    assert reasons(terms(lead_time_days=4), now=friday) == [
        Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 12), "days": 4})
    ]
    assert reasons(terms(lead_time_days=4), now=friday, ignore=[C.TOO_LATE]) == [
        Refusal(C.DUE_ALREADY, {"earliest": date(2027, 1, 12)})
    ]
    assert reasons(terms(lead_time_days=4), now=friday, ignore=[C.DUE_ALREADY]) == [
        Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 12), "days": 4})
    ]


def test_the_first_instant_after_the_lead_time_can_only_be_due_already():
    midnight = span("2027-01-11 00:00", "01:00")
    rules = terms(spans=None, lead_time_days=3)
    assert codes(rules, midnight, now=at("2027-01-08 17:59")) == set()
    assert codes(rules, midnight, now=at("2027-01-08 18:00")) == {C.DUE_ALREADY}


@pytest.mark.parametrize(("horizon", "expected"), [(48, set()), (47, {C.BEYOND_HORIZON})])
@pytest.mark.parametrize("unit", Unit)
def test_a_date_beyond_the_horizon_is_refused(unit, horizon, expected):
    whole_day = span("2027-01-11 08:00", "17:00")
    assert codes(terms(unit=unit, horizon_days=horizon), whole_day) == expected


def test_no_day_of_a_date_may_lie_beyond_the_horizon():
    days = span("2027-01-11 08:00", "2027-01-13 17:00")
    rules = terms(unit=Unit.DAY, horizon_days=49)
    assert reasons(rules, days) == [Refusal(C.BEYOND_HORIZON, {"latest": date(2027, 1, 12)})]


def test_own_use_needs_no_lead_time_and_knows_no_horizon():
    lifted = [C.TOO_LATE, C.DUE_ALREADY, C.BEYOND_HORIZON]
    rules = terms(lead_time_days=100, horizon_days=10)
    assert codes(rules) == {C.TOO_LATE, C.BEYOND_HORIZON}
    assert codes(rules, ignore=lifted) == set()
    assert codes(rules, now=at("2027-01-11 08:59"), ignore=lifted) == set()
    assert codes(rules, now=at("2027-01-11 09:01"), ignore=lifted) == {C.IN_THE_PAST}


@pytest.mark.parametrize(
    ("years", "code"), [(8000, C.BEYOND_HORIZON), (11, C.BEYOND_HORIZON), (-2, C.IN_THE_PAST)]
)
@pytest.mark.parametrize("unit", Unit)
def test_dates_outside_of_all_sense_are_refused_whatever_is_lifted(unit, years, code):
    starts_at = datetime(min(2026 + years, 9999), 12, 31, 23, 30, tzinfo=UTC)
    slot = Slot(starts_at - timedelta(hours=1), starts_at)
    assert codes(terms(unit=unit), slot, ignore=[C.BEYOND_HORIZON, C.IN_THE_PAST]) == {code}


@pytest.mark.parametrize(
    ("starts_in", "expected"),
    [
        (timedelta(days=3660, hours=-1), []),
        (
            timedelta(days=3660, minutes=-30),
            [Refusal(C.BEYOND_HORIZON, {"latest": date(2036, 12, 1)})],
        ),
        (timedelta(days=-366), []),
        (timedelta(days=-366, minutes=-30), [Refusal(C.IN_THE_PAST)]),
    ],
)
def test_sense_ends_after_ten_years_and_began_a_year_ago(starts_in, expected):
    slot = Slot(NOW + starts_in, NOW + starts_in + timedelta(hours=1))
    lifted = [C.BEYOND_HORIZON, C.IN_THE_PAST]
    assert reasons(terms(spans=None), slot, ignore=lifted) == expected


def test_beyond_all_sense_the_stated_horizon_is_named():
    slot = Slot(NOW + timedelta(days=4000), NOW + timedelta(days=4001))
    assert reasons(terms(horizon_days=10), slot) == [
        Refusal(C.BEYOND_HORIZON, {"latest": date(2026, 12, 4)})
    ]


def test_a_date_as_long_as_all_time_is_refused():
    forever = Slot(MORNING.starts_at, datetime(9999, 12, 31, tzinfo=UTC))
    assert codes(terms(unit=Unit.DAY), forever) == {C.BEYOND_HORIZON}


# --- whether ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["closed", "planned-in-2019"])
def test_a_closed_or_planned_facility_cannot_be_asked_for(status):
    assert reasons(terms(status=status)) == [Refusal(C.CLOSED_STATUS, {"status": status})]


def test_a_facility_for_which_nobody_answers_cannot_be_asked_for():
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


def test_by_agreement_the_rest_counts():
    agreed = terms(
        mode=BookingMode.BY_AGREEMENT,
        status="closed",
        has_deciders=False,
        horizon_days=3,
        people_limit=4,
    )
    full = room(1, taken={1: [NIGHT]})
    assert codes(agreed, ask(NIGHT, people=5), places=full, closures=[NIGHT]) == {
        C.CLOSED_STATUS,
        C.NOBODY_ANSWERS,
        C.BEYOND_HORIZON,
        C.TOO_MANY_PEOPLE,
        C.TAKEN,
        C.CLOSURE,
    }
    assert codes(agreed, NIGHT, now=NIGHT.ends_at) >= {C.IN_THE_PAST}


# --- hours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2027-01-11 08:00", "17:00", set()),
        ("2027-01-11 07:30", "12:00", {C.NOT_OPEN}),
        ("2027-01-11 12:00", "17:30", {C.NOT_OPEN}),
        ("2027-01-11 16:30", "17:00", set()),
        ("2027-01-11 17:00", "17:30", {C.NOT_OPEN}),
        ("2027-01-10 09:00", "12:00", {C.NOT_OPEN}),  # a Sunday
        ("2027-01-11 16:00", "2027-01-12 09:00", {C.NOT_OPEN}),
        ("2027-01-11 09:15", "10:15", {C.OFF_GRID}),
        ("2027-01-11 09:00", "09:45", {C.OFF_GRID}),
        ("2027-01-11 09:15", "10:00", {C.OFF_GRID}),
        ("2027-01-11 07:45", "10:00", {C.OFF_GRID, C.NOT_OPEN}),
    ],
)
def test_a_date_in_hours_lies_inside_one_opening_and_on_the_grid(starts, ends, expected):
    assert codes(asked=span(starts, ends)) == expected


def test_a_date_in_hours_does_not_run_over_the_lunch_break():
    rules = terms(spans=WITH_LUNCH)
    assert codes(rules, span("2027-01-11 08:00", "12:00")) == set()
    assert codes(rules, span("2027-01-11 13:00", "17:00")) == set()
    assert codes(rules, span("2027-01-11 11:30", "13:30")) == {C.NOT_OPEN}
    assert codes(rules, span("2027-01-11 11:30", "12:30")) == {C.NOT_OPEN}


def test_openings_that_touch_are_one_opening():
    spans = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))
    night = span("2027-01-11 22:00", "2027-01-12 04:00")
    assert codes(terms(spans=spans), night) == set()
    assert codes(terms(spans=None), night) == set()


def test_an_opening_over_midnight_holds_dates_on_both_sides_of_it():
    spans = (WeeklySpan(0, time(22), time(3)),)
    for starts, ends, expected in (
        ("2027-01-11 23:00", "2027-01-12 01:00", set()),
        ("2027-01-12 01:00", "2027-01-12 03:00", set()),
        ("2027-01-12 01:00", "2027-01-12 03:30", {C.NOT_OPEN}),
        ("2027-01-12 22:00", "2027-01-12 23:00", {C.NOT_OPEN}),
    ):
        assert codes(terms(spans=spans), span(starts, ends)) == expected


def test_hours_that_are_not_stated_are_no_reason():
    assert reasons(terms(spans=None), span("2027-01-10 03:00", "04:00")) == []


def test_a_facility_that_never_opens_is_not_open():
    assert codes(terms(spans=())) == {C.NOT_OPEN}


def test_not_open_says_what_is_open_on_that_day():
    rules = terms(spans=WITH_LUNCH)
    assert reasons(rules, span("2027-01-11 07:00", "09:00")) == [
        Refusal(
            C.NOT_OPEN,
            {
                "day": date(2027, 1, 11),
                "unit": "hour",
                "hours_1": span("2027-01-11 08:00", "12:00"),
                "hours_2": span("2027-01-11 13:00", "17:00"),
            },
        )
    ]
    assert reasons(rules, span("2027-01-10 09:00", "10:00")) == [
        Refusal(C.NOT_OPEN, {"day": date(2027, 1, 10), "unit": "hour"})
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "day"),
    [
        ("2027-01-11 16:00", "2027-01-12 09:00", date(2027, 1, 12)),
        ("2027-01-11 16:00", "2027-01-12 00:00", date(2027, 1, 11)),
        ("2027-01-11 08:00", "2027-01-12 09:00", date(2027, 1, 12)),
        ("2027-01-11 17:00", "2027-01-12 09:00", date(2027, 1, 11)),
        ("2027-01-11 07:00", "2027-01-12 09:00", date(2027, 1, 11)),
    ],
)
def test_not_open_names_the_day_on_which_it_does_not_fit(starts, ends, day):
    (refusal,) = reasons(asked=span(starts, ends))
    assert refusal.params["day"] == day


@pytest.mark.parametrize(
    ("minutes", "minimum", "maximum", "expected"),
    [
        (120, 2, 2, []),
        (90, 2, None, [Refusal(C.TOO_SHORT, {"minimum": 2, "asked": 1, "unit": "hour"})]),
        (120, 3, None, [Refusal(C.TOO_SHORT, {"minimum": 3, "asked": 2, "unit": "hour"})]),
        (150, None, 2, [Refusal(C.TOO_LONG, {"maximum": 2, "asked": 3, "unit": "hour"})]),
        (120, None, 1, [Refusal(C.TOO_LONG, {"maximum": 1, "asked": 2, "unit": "hour"})]),
        (30, None, None, []),
    ],
)
def test_a_date_in_hours_is_neither_too_short_nor_too_long(minutes, minimum, maximum, expected):
    slot = Slot(MORNING.starts_at, MORNING.starts_at + timedelta(minutes=minutes))
    assert reasons(terms(minimum_units=minimum, maximum_units=maximum), slot) == expected


# --- half days and days -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "starts", "ends", "units"),
    [
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 17:00", 1),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-13 17:00", 3),
        (Unit.DAY, "2027-01-08 08:00", "2027-01-11 17:00", 2),  # over a weekend
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 12:00", 1),
        (Unit.HALF_DAY, "2027-01-11 13:00", "2027-01-11 17:00", 1),
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 17:00", 2),
        (Unit.HALF_DAY, "2027-01-08 13:00", "2027-01-11 12:00", 2),
    ],
)
def test_a_date_runs_from_a_first_opening_to_a_last_closing(unit, starts, ends, units):
    rules = terms(unit=unit, spans=WITH_LUNCH, minimum_units=units, maximum_units=units)
    slot = span(starts, ends)
    assert units_of(rules, slot) == units
    assert reasons(rules, slot) == []
    fewer = terms(unit=unit, spans=WITH_LUNCH, maximum_units=units - 1)
    more = terms(unit=unit, spans=WITH_LUNCH, minimum_units=units + 1)
    assert reasons(fewer, slot) == [
        Refusal(C.TOO_LONG, {"maximum": units - 1, "asked": units, "unit": unit.value})
    ]
    assert reasons(more, slot) == [
        Refusal(C.TOO_SHORT, {"minimum": units + 1, "asked": units, "unit": unit.value})
    ]


@pytest.mark.parametrize(
    ("unit", "starts", "ends"),
    [
        (Unit.DAY, "2027-01-11 08:30", "2027-01-11 17:00"),
        (Unit.DAY, "2027-01-11 07:30", "2027-01-11 17:00"),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 16:30"),
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 17:30"),
        (Unit.DAY, "2027-01-10 08:00", "2027-01-11 17:00"),  # begins on a Sunday
        (Unit.DAY, "2027-01-08 08:00", "2027-01-09 17:00"),  # ends on a Saturday
        (Unit.DAY, "2027-01-11 08:00", "2027-01-11 12:00"),
        (Unit.HALF_DAY, "2027-01-11 08:00", "2027-01-11 12:30"),
        (Unit.HALF_DAY, "2027-01-11 12:30", "2027-01-11 17:00"),
        (Unit.HALF_DAY, "2027-01-11 12:00", "2027-01-11 13:00"),
    ],
)
def test_a_date_that_does_not_start_and_end_with_open_units_is_not_open(unit, starts, ends):
    assert C.NOT_OPEN in codes(terms(unit=unit, spans=WITH_LUNCH), span(starts, ends))


def test_a_slot_that_touches_no_unit_is_not_open_and_nothing_else():
    rules = terms(unit=Unit.DAY, minimum_units=2)
    sunday = span("2027-01-10 08:00", "17:00")
    assert units_of(rules, sunday) == 0
    assert codes(rules, sunday) == {C.NOT_OPEN}


def test_the_grid_of_hours_does_not_count_for_days():
    spans = (WeeklySpan(0, time(8, 10), time(16, 50)),)
    assert codes(terms(unit=Unit.DAY, spans=spans), span("2027-01-11 08:10", "16:50")) == set()


def test_nights_between_stay_taken():
    days = span("2027-01-11 08:00", "2027-01-12 17:00")
    night = span("2027-01-11 22:00", "23:00")
    assert codes(terms(unit=Unit.DAY), days, places=room(1, taken={1: [night]})) == {C.TAKEN}


@pytest.mark.parametrize(
    ("minutes", "hours"), [(1, 1), (60, 1), (61, 2), (90, 2), (120, 2), (540, 9)]
)
def test_hours_are_rounded_up(minutes, hours):
    slot = Slot(MORNING.starts_at, MORNING.starts_at + timedelta(minutes=minutes))
    assert units_of(terms(), slot) == hours


# --- closures, set-up and clean-up ----------------------------------------------------------------


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


def test_closures_that_touch_are_told_as_one_and_others_each():
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
def test_set_up_and_clean_up_need_room_and_lie_in_no_closure(starts, ends, refused):
    rules = terms(setup_minutes=30, cleanup_minutes=15)
    other = span(f"2027-01-11 {starts}", ends)
    assert codes(rules, closures=[other]) == ({C.CLOSURE} if refused else set())
    assert codes(rules, places=room(1, taken={1: [other]})) == ({C.TAKEN} if refused else set())


def test_set_up_and_clean_up_may_lie_outside_opening_hours():
    rules = terms(setup_minutes=240, cleanup_minutes=240)
    assert reasons(rules, span("2027-01-11 08:00", "17:00")) == []


# --- places and people ----------------------------------------------------------------------------


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
def test_one_asks_for_at_least_one_place_and_at_most_all(places, expected):
    assert reasons(asked=ask(MORNING, places), places=room(2)) == expected


def test_taken_says_how_many_are_free_and_where_it_begins_to_lack():
    late = span("2027-01-11 10:30", "13:00")
    later = span("2027-01-11 11:00", "13:00")
    two = room(2, taken={1: [late], 2: [later]})
    assert reasons(asked=ask(MORNING, 2), places=two) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 2, "slot": span("2027-01-11 10:30", "12:00")})
    ]
    assert reasons(asked=ask(MORNING, 1), places=two) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 1, "slot": span("2027-01-11 11:00", "12:00")})
    ]
    one_left = room(2, taken={1: [late]})
    assert reasons(asked=ask(MORNING, 1), places=one_left) == []
    (refusal,) = reasons(asked=ask(MORNING, 2), places=one_left)
    assert refusal.params["free"] == 1


def test_whole_is_refused_when_anything_below_is_taken():
    hall = room(1, 2, {102: [span("2027-01-11 11:00", "13:00")]})
    assert reasons(asked=ask(MORNING, whole=True), places=hall) == [
        Refusal(C.TAKEN, {"free": 0, "asked": 1, "slot": span("2027-01-11 11:00", "12:00")})
    ]
    assert reasons(asked=ask(MORNING), places=hall) == []


@pytest.mark.parametrize(
    ("by_place", "whole", "asks_whole", "expected"),
    [
        (True, True, True, set()),
        (True, True, False, set()),
        (True, False, True, {C.NOT_BOOKABLE_WHOLE}),
        (True, False, False, set()),
        (False, True, True, set()),
        (False, True, False, {C.NOT_BOOKABLE_BY_PLACE}),
    ],
)
def test_one_asks_for_what_is_offered(by_place, whole, asks_whole, expected):
    rules = terms(by_place=by_place, whole=whole)
    assert codes(rules, ask(MORNING, whole=asks_whole)) == expected


def test_a_facility_without_any_place_cannot_be_asked_for():
    assert codes(asked=ask(MORNING, whole=True), places=room(0)) == {C.NOT_BOOKABLE_WHOLE}
    assert codes(asked=ask(MORNING), places=room(0)) == {C.TOO_MANY_PLACES}


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
def test_what_is_not_stated_about_people_is_never_a_no(people, limit, expected):
    assert reasons(terms(people_limit=limit), ask(MORNING, people=people)) == expected


# --- all at once ----------------------------------------------------------------------------------


def test_all_reasons_come_at_once():
    rules = terms(
        status="closed",
        has_deciders=False,
        lead_time_days=90,
        horizon_days=30,
        minimum_units=5,
        people_limit=2,
        by_place=False,
    )
    slot = span("2027-01-11 07:15", "10:15")
    full = room(1, taken={1: [slot]})
    assert codes(rules, ask(slot, people=3), places=full, closures=[slot]) == {
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


def test_who_may_not_see_the_calendar_is_not_told_of_a_clash():
    full = room(1, taken={1: [MORNING]})
    assert codes(places=full) == {C.TAKEN}
    assert codes(places=full, ignore=[C.TAKEN]) == set()


# --- the clock change -----------------------------------------------------------------------------

NIGHTS = tuple(WeeklySpan(weekday, time(22), time(6)) for weekday in range(7))


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        (PARIS, "2027-03-27", 7),
        (PARIS, "2027-10-30", 9),
        (PARIS, "2027-01-11", 8),
        (HELSINKI, "2027-03-27", 7),
        (HELSINKI, "2027-10-30", 9),
    ],
)
def test_a_night_is_as_long_as_it_lasts(zone, night, hours):
    starts_at = at(f"{night} 22:00", zone)
    rules = terms(zone=zone, spans=NIGHTS, minimum_units=hours, maximum_units=hours)
    slot = Slot(starts_at, starts_at + timedelta(hours=hours))
    assert codes(rules, slot, due=deadlines(zone=zone)) == set()
    longer = Slot(starts_at, starts_at + timedelta(hours=hours + 1))
    assert codes(rules, longer, due=deadlines(zone=zone)) == {C.NOT_OPEN, C.TOO_LONG}


def test_the_same_wall_time_is_open_in_both_zones_at_different_instants():
    paris, helsinki = span("2027-01-11 08:00", "09:00"), span("2027-01-11 08:00", "09:00", HELSINKI)
    assert paris.starts_at - helsinki.starts_at == timedelta(hours=1)
    for zone, fitting, other in ((PARIS, paris, helsinki), (HELSINKI, helsinki, paris)):
        rules = terms(zone=zone, spans=WORKING_HOURS, maximum_units=1)
        assert codes(rules, fitting) == set()
        assert codes(rules, other) == ({C.NOT_OPEN} if zone is PARIS else set())
