from datetime import UTC, date, datetime, timedelta

import pytest

from booking.rules.opening import Unit
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode
from tests.rules.examples import (
    MORNING,
    NOW,
    at,
    codes,
    reasons,
    span,
    terms,
)

C = RefusalCode


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
        (
            "2027-01-07",
            [Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 8), "days": 45, "asked": 44})],
        ),
        ("2027-01-08", []),
    ],
)
def test_a_date_inside_the_lead_time_is_too_late(day, expected):
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


def test_too_late_and_due_already_are_one_refusal_whose_day_respects_both():
    friday = at("2027-01-08 18:00")
    assert reasons(terms(lead_time_days=4), now=friday) == [
        Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 12), "days": 4, "asked": 3})
    ]
    assert reasons(terms(lead_time_days=4), now=friday, ignore=[C.TOO_LATE]) == [
        Refusal(C.DUE_ALREADY, {"earliest": date(2027, 1, 12)})
    ]
    assert reasons(terms(lead_time_days=4), now=friday, ignore=[C.DUE_ALREADY]) == [
        Refusal(C.TOO_LATE, {"earliest": date(2027, 1, 12), "days": 4, "asked": 3})
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


def test_no_day_of_a_date_may_be_beyond_the_horizon():
    days = span("2027-01-11 08:00", "2027-01-13 17:00")
    rules = terms(unit=Unit.DAY, horizon_days=49)
    assert reasons(rules, days) == [
        Refusal(C.BEYOND_HORIZON, {"latest": date(2027, 1, 12), "days": 49, "asked": 50})
    ]


def test_own_use_has_neither_lead_time_nor_horizon():
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
def test_absurd_dates_are_refused_whatever_is_ignored(unit, years, code):
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
def test_dates_must_be_between_a_year_ago_and_ten_years_ahead(starts_in, expected):
    slot = Slot(NOW + starts_in, NOW + starts_in + timedelta(hours=1))
    lifted = [C.BEYOND_HORIZON, C.IN_THE_PAST]
    assert reasons(terms(spans=None), slot, ignore=lifted) == expected


def test_an_absurdly_far_date_still_names_the_stated_horizon():
    slot = Slot(NOW + timedelta(days=4000), NOW + timedelta(days=4001))
    assert reasons(terms(horizon_days=10), slot) == [
        Refusal(C.BEYOND_HORIZON, {"latest": date(2026, 12, 4), "days": 10, "asked": 4001})
    ]


@pytest.mark.parametrize("mode", [BookingMode.HERE, BookingMode.BY_AGREEMENT])
@pytest.mark.parametrize("unit", Unit)
def test_no_date_lasts_longer_than_400_days_whatever_the_terms(mode, unit):
    rules = terms(mode=mode, unit=unit, spans=None)
    starts_at, lifted = at("2027-01-12 00:00"), [C.BEYOND_HORIZON]
    longest = Slot(starts_at, starts_at + timedelta(days=400))
    assert codes(rules, longest, ignore=lifted) == set()

    longer = Slot(starts_at, starts_at + timedelta(days=401))
    params = {"maximum": 400, "asked": 401, "unit": Unit.DAY}
    assert reasons(rules, longer, ignore=lifted) == [Refusal(C.TOO_LONG, params)]


def test_an_endless_date_is_refused():
    forever = Slot(MORNING.starts_at, datetime(9999, 12, 31, tzinfo=UTC))
    assert codes(terms(unit=Unit.DAY), forever) == {C.BEYOND_HORIZON}
