from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.rules.availability import Room
from booking.rules.free_times import free_slots
from booking.rules.opening import OpeningHours, Unit, WeeklySpan
from booking.rules.refusals import RefusalCode
from booking.rules.slots import OPEN_END, Slot
from booking.rules.terms import (
    FARTHEST_DAYS,
    AutomaticFor,
    BookingMode,
    BookingTerms,
    Reach,
    closed_throughout,
    earliest_day,
    earliest_open_day,
    horizon_at,
    latest_day,
    reach,
    status_allows,
    terms_of_dates,
    what_dates_follow_from,
)
from tests.rules.examples import HELSINKI, NOW, PARIS, at, deadlines, m, span, terms


@pytest.mark.parametrize(
    ("status", "allows"),
    [
        ("closed", False),
        ("planned", False),
        ("planned-in-2019", False),
        ("open", True),
        ("open-unverified", True),
        ("unverified-since-2011", True),
        ("winding-down", True),
        ("invented", True),
        ("closed-on-mondays", True),
    ],
)
def test_all_but_closed_and_planned_facilities_can_be_requested(status, allows):
    assert status_allows(status) is allows


@pytest.mark.parametrize(
    ("lead_time_days", "earliest"),
    [
        (45, "2027-01-08"),
        (14, "2026-12-08"),
        (2, "2026-11-26"),
        (1, "2026-11-25"),
        (0, "2026-11-25"),  # today it would be due already
        (None, "2026-11-25"),
    ],
)
def test_the_lead_time_counts_dates_before_the_first_day(lead_time_days, earliest):
    rules = terms(lead_time_days=lead_time_days)
    assert earliest_day(rules, deadlines(), NOW) == date.fromisoformat(earliest)


@pytest.mark.parametrize(
    ("lead_time_days", "open_on", "earliest"),
    [
        (46, range(5), "2027-01-11"),  # the 9th is a Saturday
        (46, range(7), "2027-01-09"),
        (45, range(5), "2027-01-08"),
        (46, (), "2027-01-09"),
    ],
)
def test_the_first_day_that_is_named_is_open(lead_time_days, open_on, earliest):
    hours = OpeningHours(tuple(WeeklySpan(day, time(8), time(17)) for day in open_on))
    rules = replace(terms(lead_time_days=lead_time_days), hours=hours)
    assert earliest_open_day(rules, deadlines(), NOW) == date.fromisoformat(earliest)


@pytest.mark.parametrize(
    ("season_begins", "earliest"),
    [("2027-01-20", "2027-01-20"), ("2027-03-09", "2027-03-09"), ("2027-03-10", "2027-01-08")],
)
def test_the_first_open_day_is_looked_for_on_60_days(season_begins, earliest):
    begins = date.fromisoformat(season_begins)
    hours = OpeningHours(tuple(WeeklySpan(day, time(8), time(17), begins) for day in range(7)))
    rules = replace(terms(lead_time_days=45), hours=hours)
    assert earliest_open_day(rules, deadlines(), NOW) == date.fromisoformat(earliest)


def test_the_lead_time_counts_from_the_facilitys_own_date():
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # already the 25th in Helsinki
    helsinki = terms(zone=HELSINKI, lead_time_days=45)
    assert earliest_day(terms(lead_time_days=45), deadlines(), late) == date(2027, 1, 8)
    assert earliest_day(helsinki, deadlines(zone=HELSINKI), late) == date(2027, 1, 9)


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        ("2026-11-27 17:59", "2026-11-28"),
        ("2026-11-27 18:00", "2026-12-01"),
    ],
)
def test_a_passed_deadline_moves_the_earliest_day(now, earliest):
    rules = terms(lead_time_days=1)
    assert earliest_day(rules, deadlines(), at(now)) == date.fromisoformat(earliest)


def test_by_agreement_today_can_be_requested():
    rules = terms(mode=BookingMode.BY_AGREEMENT, lead_time_days=45)
    assert earliest_day(rules, deadlines(), NOW) == date(2026, 11, 24)


def test_own_use_may_start_now():
    lifted = frozenset({RefusalCode.TOO_LATE, RefusalCode.DUE_ALREADY, RefusalCode.BEYOND_HORIZON})
    rules = terms(lead_time_days=45, horizon_days=10)
    farthest = NOW + timedelta(days=FARTHEST_DAYS)
    assert reach(rules, deadlines(), NOW, lifted) == Reach(NOW, farthest)


@pytest.mark.parametrize(
    ("days", "latest"), [(0, "2026-11-24"), (400, "2027-12-29"), (10**9, "2036-12-01")]
)
def test_the_horizon_counts_from_today(days, latest):
    assert latest_day(terms(horizon_days=days), NOW) == date.fromisoformat(latest)


def test_a_horizon_that_is_not_stated_is_no_limit_but_for_ten_years():
    assert latest_day(terms(), NOW) is None
    assert horizon_at(terms(), NOW) is None
    assert reach(terms(), deadlines(), NOW).until_at == NOW + timedelta(days=FARTHEST_DAYS)


@pytest.mark.parametrize(
    ("closes", "until"),
    [
        (time(17), "2026-11-27 00:00"),
        (time(0), "2026-11-27 00:00"),
        (time(2), "2026-11-27 02:00"),  # the night that begins on the latest day is still in
    ],
)
@pytest.mark.parametrize("unit", Unit)
def test_the_horizon_ends_with_the_latest_day(unit, closes, until):
    spans = tuple(WeeklySpan(weekday, time(9), closes) for weekday in range(5))
    rules = terms(unit=unit, spans=spans, horizon_days=2)
    assert horizon_at(rules, NOW) == at(until)
    assert reach(rules, deadlines(), NOW).until_at == at(until)


def test_the_horizon_ends_at_midnight_on_a_day_that_is_not_open():
    assert horizon_at(terms(horizon_days=4), NOW) == at("2026-11-29 00:00")


@pytest.mark.parametrize(
    ("stretch", "within"),
    [
        ((0, 10), None),
        ((0, 11), (10, 11)),
        ((10, 20), (10, 20)),
        ((19, 25), (19, 20)),
        ((20, 25), None),
        ((0, 99), (10, 20)),
    ],
)
def test_a_stretch_is_clipped_to_the_reach(stretch, within):
    ten_to_twenty = Reach(m(10, 20).starts_at, m(10, 20).ends_at)
    stretch = m(*stretch)
    assert ten_to_twenty.clip(stretch.starts_at, stretch.ends_at) == (within and m(*within))


def test_the_cluster_counts_its_days_in_its_own_zone():
    evening = at("2026-11-24 17:30", PARIS)  # 18:30 in Helsinki: today is over there
    assert earliest_day(terms(), deadlines(zone=PARIS), evening) == date(2026, 11, 25)
    assert reach(terms(), deadlines(zone=HELSINKI), evening).from_at == at(
        "2026-11-26 00:00", HELSINKI
    )


def test_a_step_lasts_at_least_a_minute():
    with pytest.raises(ValueError, match="step"):
        terms(step_minutes=0)
    assert terms(step_minutes=1).step_minutes == 1


def test_reach_is_in_utc_whatever_zone_now_comes_in():
    within = reach(terms(), deadlines(), NOW.astimezone(HELSINKI))
    assert within.from_at.tzinfo is UTC
    assert within.until_at.tzinfo is UTC
    assert Slot(within.from_at, within.until_at)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ("2026-11-20 00:00", True),
        # The first day to request is Friday 8 January; the next open one is the Monday.
        ("2027-01-08 00:00", True),
        ("2027-01-08 12:00", False),
        ("2027-01-08 17:00", False),
        ("2027-01-09 00:00", False),
    ],
)
def test_a_closure_without_end_closes_throughout_if_nothing_is_open_before_it(closes, expected):
    rules = terms(lead_time_days=45)
    within = reach(rules, deadlines(), NOW)
    without_end = Slot(at(closes), OPEN_END)

    assert closed_throughout(rules, within, [without_end]) is expected
    assert not closed_throughout(rules, within, [Slot(at(closes), at("2028-01-01 00:00"))])


def test_closures_that_join_a_closure_without_end_count_with_it():
    rules = terms(lead_time_days=44)  # Thursday 7 January
    first, later = span("2027-01-07 00:00", "2027-01-09 00:00"), at("2027-01-09 00:00")

    within = reach(rules, deadlines(), NOW)

    assert closed_throughout(rules, within, [first, Slot(later, OPEN_END)])
    assert not closed_throughout(rules, within, [Slot(later, OPEN_END)])


SET_ASIDE = {
    "automatic_for": AutomaticFor.EVERYONE,
    "automatic_maximum_units": 2,
    "automatic_notice_days": 3,
    "elsewhere_url": "https://lab.example",
    "fair_share_percent": 30,
    "most_held_days": 2,
    "most_open_requests": 1,
    "opens_on_holidays": True,
    "pending_holds": True,
    "people_limit": 3,
    "place_word": "bench",
    "status": "winding-down",
    "waiting_list_days": 2,
}
KEPT = {
    "allows_exclusive": False,
    "allows_shared": False,
    "cleanup_minutes": 30,
    "half_day_time": time(13),
    "has_deciders": False,
    "horizon_days": 30,
    "hours": OpeningHours(()),
    "late_asking": True,
    "lead_time_days": 40,
    "maximum_units": 2,
    "minimum_units": 2,
    "mode": BookingMode.BY_AGREEMENT,
    "setup_minutes": 30,
    "status": "closed",
    "step_minutes": 15,
    "unit": Unit.DAY,
    "zone": HELSINKI,
}


@pytest.mark.parametrize("name", SET_ASIDE)
def test_facilities_that_differ_in_what_is_not_about_dates_have_the_same_free_times(name):
    window = span("2027-01-11 00:00", "2027-01-15 00:00")
    one, other = terms(status="open"), terms(**{"status": "open", name: SET_ASIDE[name]})
    free, free_at_other = (
        free_slots(rules, deadlines(), Room((1,), (), {}), (), window, NOW)
        for rules in (one, other)
    )

    assert terms_of_dates(one) == terms_of_dates(other)
    assert what_dates_follow_from(one) == what_dates_follow_from(other)
    assert len(free) == 4
    assert free == free_at_other


@pytest.mark.parametrize("name", KEPT)
def test_facilities_that_differ_in_what_is_about_dates_share_no_terms_of_dates(name):
    one, other = terms(), terms(**{name: KEPT[name]})
    assert terms_of_dates(one) != terms_of_dates(other)
    assert what_dates_follow_from(one) != what_dates_follow_from(other)


def test_each_term_is_either_about_dates_or_set_aside():
    assert SET_ASIDE.keys() | KEPT.keys() == {one.name for one in fields(BookingTerms)}
