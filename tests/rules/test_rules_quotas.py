"""Quotas and fair shares: periods, amounts, and what exceeds them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from booking.rules.opening import OpeningHours, WeeklySpan
from booking.rules.quotas import (
    Measure,
    Period,
    QuotaRule,
    QuotaUsage,
    amounts_of,
    first_day,
    hull_of_periods,
    next_first_day,
    period_slot,
    quota_balances,
    unfair_shares,
    why_over,
)
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HELSINKI = ZoneInfo("Europe/Helsinki")


def local(start: str, end: str, zone: ZoneInfo = COPENHAGEN) -> Slot:
    starts, ends = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    return Slot(starts.astimezone(UTC), ends.astimezone(UTC))


@pytest.mark.parametrize(
    ("day", "period", "first", "next_first"),
    [
        ("2027-01-02", Period.WEEK, "2026-12-28", "2027-01-04"),
        ("2026-12-28", Period.WEEK, "2026-12-28", "2027-01-04"),
        ("2026-12-27", Period.WEEK, "2026-12-21", "2026-12-28"),
        ("2028-02-29", Period.MONTH, "2028-02-01", "2028-03-01"),
        ("2027-12-31", Period.MONTH, "2027-12-01", "2028-01-01"),
        ("2027-02-14", Period.QUARTER, "2027-01-01", "2027-04-01"),
        ("2027-04-01", Period.QUARTER, "2027-04-01", "2027-07-01"),
        ("2027-09-30", Period.QUARTER, "2027-07-01", "2027-10-01"),
        ("2027-12-31", Period.QUARTER, "2027-10-01", "2028-01-01"),
        ("2028-12-31", Period.YEAR, "2028-01-01", "2029-01-01"),
    ],
)
def test_a_period_follows_the_calendar(day, period, first, next_first):
    found = first_day(date.fromisoformat(day), period)

    assert found.isoformat() == first
    assert next_first_day(found, period).isoformat() == next_first


@pytest.mark.parametrize(("month", "hours"), [(3, 743), (10, 745), (1, 744)])
def test_a_month_with_a_clock_change_is_an_hour_shorter_or_longer(month, hours):
    slot = period_slot(date(2027, month, 1), Period.MONTH, COPENHAGEN)

    assert slot.duration.total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("slot", "period", "expected"),
    [
        # The week from 28 December holds the first days of January, the years do not.
        (("2026-12-31T20:00", "2027-01-01T04:00"), Period.WEEK, [("2026-12-28", 480, 2)]),
        (
            ("2026-12-31T20:00", "2027-01-01T04:00"),
            Period.YEAR,
            [("2026-01-01", 240, 1), ("2027-01-01", 240, 1)],
        ),
        (
            ("2027-01-03T22:00", "2027-01-04T03:00"),
            Period.WEEK,
            [("2026-12-28", 120, 1), ("2027-01-04", 180, 1)],
        ),
        (("2027-03-31T10:00", "2027-04-01T00:00"), Period.QUARTER, [("2027-01-01", 840, 1)]),
        # The night in which the clock goes forward has 23 hours, the other one 25.
        (("2027-03-28T00:00", "2027-03-29T00:00"), Period.MONTH, [("2027-03-01", 1380, 1)]),
        (("2027-10-31T00:00", "2027-11-01T00:00"), Period.MONTH, [("2027-10-01", 1500, 1)]),
        # A long date counts in all it passes through.
        (
            ("2027-01-31T12:00", "2027-03-01T12:00"),
            Period.MONTH,
            [("2027-01-01", 720, 1), ("2027-02-01", 28 * 1440, 28), ("2027-03-01", 720, 1)],
        ),
    ],
)
def test_a_date_counts_in_each_period_by_its_own_part(slot, period, expected):
    parts = amounts_of(local(*slot), period, COPENHAGEN)

    assert [(p.first.isoformat(), p.minutes, len(p.days)) for p in parts] == expected


def test_a_period_begins_at_midnight_of_the_facility():
    slot = local("2027-01-31T23:30", "2027-02-01T00:30")

    assert [p.minutes for p in amounts_of(slot, Period.MONTH, COPENHAGEN)] == [30, 30]
    assert [p.minutes for p in amounts_of(slot, Period.MONTH, HELSINKI)] == [60]


def standing(most, measure=Measure.HOURS, period=Period.MONTH, used=()):
    return QuotaUsage(QuotaRule("Hall", period, measure, most), [local(*one) for one in used])


@pytest.mark.parametrize(
    ("quota", "asked", "expected"),
    [
        # (quota, dates, (date_index, used, asked) of each refusal)
        (standing(8), [("2027-01-11T09:00", "2027-01-11T17:00")], []),
        (standing(8), [("2027-01-11T09:00", "2027-01-11T17:30")], [(0, 0, 9)]),
        (
            standing(8, used=[("2027-01-05T09:00", "2027-01-05T12:00")]),
            [("2027-01-11T09:00", "2027-01-11T14:30")],
            [(0, 3, 6)],
        ),
        # What was used in another month does not count.
        (
            standing(8, used=[("2026-12-05T09:00", "2026-12-05T17:00")]),
            [("2027-01-11T09:00", "2027-01-11T17:00")],
            [],
        ),
        # The first date that goes over is named, and each period by itself.
        (
            standing(4),
            [
                ("2027-01-11T09:00", "2027-01-11T12:00"),
                ("2027-01-12T09:00", "2027-01-12T12:00"),
                ("2027-02-12T09:00", "2027-02-12T12:00"),
                ("2027-02-13T09:00", "2027-02-13T12:00"),
            ],
            [(1, 0, 6), (3, 0, 6)],
        ),
        # A day counts once, whatever happens on it.
        (
            standing(1, Measure.DAYS, used=[("2027-01-11T09:00", "2027-01-11T10:00")]),
            [("2027-01-11T15:00", "2027-01-11T17:00")],
            [],
        ),
        (
            standing(1, Measure.DAYS, used=[("2027-01-11T09:00", "2027-01-11T10:00")]),
            [("2027-01-12T15:00", "2027-01-12T17:00")],
            [(0, 1, 1)],
        ),
        # Midnight belongs to the day that ends.
        (standing(1, Measure.DAYS), [("2027-01-11T09:00", "2027-01-12T00:00")], []),
        (standing(1, Measure.DAYS), [("2027-01-11T09:00", "2027-01-12T00:30")], [(0, 0, 2)]),
        # Nothing at all.
        (standing(0), [("2027-01-11T09:00", "2027-01-11T10:00")], [(0, 0, 1)]),
        # One who is over already, because the quota came later, may not have more.
        (
            standing(2, used=[("2027-01-05T09:00", "2027-01-05T17:00")]),
            [("2027-01-11T09:00", "2027-01-11T10:00")],
            [(0, 8, 1)],
        ),
    ],
)
def test_a_quota_refuses_the_date_that_exceeds_it(quota, asked, expected):
    refusals = why_over([quota], [local(*one) for one in asked], COPENHAGEN)

    assert {r.code for r in refusals} <= {RefusalCode.OVER_QUOTA}
    assert [(r.date_index, r.params["used"], r.params["asked"]) for r in refusals] == expected


def test_a_refusal_names_all_its_numbers():
    (refusal,) = why_over(
        [standing(40, period=Period.QUARTER, used=[("2027-02-01T00:00", "2027-02-02T15:30")])],
        [local("2027-03-11T09:00", "2027-03-11T10:45")],
        COPENHAGEN,
    )

    assert dict(refusal.params) == {
        "most": 40,
        "used": 40,
        "used_minutes": 39 * 60 + 30,
        "asked": 2,
        "asked_minutes": 105,
        "period": "quarter",
        "first": date(2027, 1, 1),
        "measure": "hours",
        "facility": "Hall",
    }


def test_quotas_of_all_facilities_above_count_and_hours_never_mix_with_days():
    quotas = [standing(1), standing(5, Measure.DAYS), standing(1, period=Period.WEEK)]

    refusals = why_over(quotas, [local("2027-01-11T09:00", "2027-01-11T11:00")], COPENHAGEN)

    assert [(r.params["period"], r.params["measure"]) for r in refusals] == [
        ("month", "hours"),
        ("week", "hours"),
    ]


def test_the_balance_is_returned_for_each_period():
    quota = standing(8, used=[("2027-01-31T22:00", "2027-02-01T10:00")])

    found = quota_balances(
        [quota], [date(2027, 1, 9), date(2027, 2, 9), date(2027, 1, 10)], COPENHAGEN
    )

    assert [(use.first.month, use.used, use.left) for use in found] == [(1, 120, 360), (2, 600, 0)]


def test_the_hull_covers_every_period_that_the_dates_touch():
    slots = [
        local("2027-03-20T09:00", "2027-03-20T10:00"),
        local("2027-01-02T09:00", "2027-01-02T10:00"),
    ]

    hull = hull_of_periods([Period.WEEK, Period.MONTH], slots, COPENHAGEN)

    assert hull == local("2026-12-28T00:00", "2027-04-01T00:00")


WORKDAYS = OpeningHours(tuple(WeeklySpan(day, time(8), time(18)) for day in range(5)))


@pytest.mark.parametrize(
    ("fair", "used", "asked", "expected"),
    [
        # February 2027 has 20 working days of ten hours.
        (10, [], [("2027-02-01T08:00", "2027-02-02T18:00")], []),
        (9, [], [("2027-02-01T08:00", "2027-02-02T18:00")], [10]),
        (
            10,
            [("2027-02-01T08:00", "2027-02-02T18:00")],
            [("2027-02-03T08:00", "2027-02-03T18:00")],
            [15],
        ),
        # Nights and weekends are no open hours; being there twice at once counts once.
        (
            10,
            [("2027-02-05T08:00", "2027-02-05T18:00")],
            [("2027-02-05T08:00", "2027-02-08T18:00")],
            [],
        ),
        # What the organisation has in other months tells nothing of this one.
        (
            10,
            [("2027-03-01T08:00", "2027-03-31T18:00")],
            [("2027-02-01T08:00", "2027-02-02T18:00")],
            [],
        ),
    ],
)
def test_a_fair_share_counts_the_open_hours_of_a_month(fair, used, asked, expected):
    found = unfair_shares(
        fair, [local(*one) for one in used], [local(*one) for one in asked], WORKDAYS, COPENHAGEN
    )

    assert [share.percent for share in found] == expected


def test_a_month_in_which_nothing_is_open_has_no_share():
    slots = [local("2027-02-01T08:00", "2027-02-02T18:00")]

    assert unfair_shares(1, [], slots, OpeningHours(()), COPENHAGEN) == []
