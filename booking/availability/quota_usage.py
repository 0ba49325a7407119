"""How much of each quota an organisation has: the dates that count, as the rules want them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.availability.presence import known_presence
from booking.bookings.conditions import in_states
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.readers import of_requester
from booking.clusters.models import Cluster
from booking.db.in_ids import ids_value, in_given_ids, in_ids
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.effective_terms import EffectiveTerms
from booking.facilities.models import Facility
from booking.facilities.quota_models import Quota
from booking.facilities.tree import trees_around, trees_of
from booking.rules.lifecycle import COUNT_FOR_QUOTA
from booking.rules.opening import local_day
from booking.rules.quotas import (
    Measure,
    Period,
    QuotaBalance,
    QuotaRule,
    QuotaUsage,
    Share,
    first_day,
    hull_of_periods,
    quota_balances,
    unfair_shares,
)
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer

_INSTANT = timedelta(microseconds=1)
#: A year, and the hours by which zones differ.
_LONGEST_PERIOD = timedelta(days=368)
#: No date lies further ahead.
_FURTHEST = timedelta(days=20 * 366)


def quota_rules(facility_id: int) -> list[tuple[int, QuotaRule]]:
    """Return the quotas of a facility and all above it, each with the id of the one that sets it.

    One statement, another one while writing.
    """
    chain = [facility_id, *trees_around([facility_id]).above(facility_id)]
    query = _rules_query(db.session.get_bind().dialect.name)
    rows = read_rows(query, {"ids": ids_value(chain)})
    return [
        (setting_id, QuotaRule(row.name, Period(row.period), Measure(row.measure), row.most))
        for setting_id in chain
        for row in rows
        if row.facility_id == setting_id
    ]


# Cached: to put it together takes as long as to run it.
@cache
def _rules_query(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Quota.facility_id, Quota.period, Quota.measure, Quota.most, Facility.name)
        .join(Facility, Facility.id == Quota.facility_id)
        .where(in_given_ids(Quota.facility_id, "ids", dialect))
        .order_by(Quota.id)
    )


def quota_usages(
    facility_id: int,
    organisation_id: int | None,
    slots: Sequence[Slot],
    zone: ZoneInfo,
    now: datetime,
    *,
    without: Collection[int] = (),
) -> list[QuotaUsage]:
    """Return each quota that counts for these dates, with the organisation's dates in it.

    Requested dates count until they lapse, confirmed ones for good. Own use (None) has no quota.
    Dates in `without` (occurrence ids) do not count. At most four statements, however many dates.
    """
    if organisation_id is None or not slots:
        return []
    known = known_presence(facility_id, organisation_id)
    if known is not None and not known.quotas:
        return []
    rules = quota_rules(facility_id)
    if not rules:
        return []
    hull = hull_of_periods({rule.period for _, rule in rules}, slots, zone)
    in_tree = Facility.root_id == _root_of(facility_id)
    dates = _dates_of(organisation_id, in_tree, hull, now, without=without)
    trees = trees_of([facility_id])
    family = {setting_id: trees.with_below([setting_id]) for setting_id, _ in rules}
    return [
        QuotaUsage(rule, [slot for at, slot in dates if at in family[setting_id]])
        for setting_id, rule in rules
    ]


@dataclass(frozen=True)
class QuotaUse:
    """What an organisation has used and has left of the quotas of one facility, by period."""

    facility: str
    slug: str
    cluster: str
    balances: Sequence[QuotaBalance]


def quotas_in_use(viewer: Viewer, now: datetime) -> list[QuotaUse]:
    """Return the quotas of which the organisation of the viewer uses some, now or later.

    By cluster and facility. All of its dates count, as they do when one is requested; but periods
    in which the viewer reads none of them are left out. At most four statements.
    """
    if viewer.organisation_id is None:
        return []
    of_facilities = _quotas_of_facilities()
    if not of_facilities:
        return []
    every, read = (
        _dates_of(viewer.organisation_id, where, _around(now), now, without=())
        for where in (sa.true(), of_requester(viewer))
    )
    return [
        QuotaUse(one.facility.name, one.facility.slug, one.cluster.short_name, balances)
        for one in of_facilities
        if (balances := one.balances(every, read, now))
    ]


def newly_exceeded(organisation_id: int, other_id: int, now: datetime) -> int:
    """Return how many quotas two organisations exceed together, and neither does by itself.

    Counted for each period from the present one on. At most four statements.
    """
    of_facilities = _quotas_of_facilities()
    if not of_facilities:
        return 0
    one, other = (
        _dates_of(key, sa.true(), _around(now), now, without=())
        for key in (organisation_id, other_id)
    )
    together = [*one, *other]

    def exceeded(dates: Sequence[tuple[int, Slot]]) -> set[tuple[int, QuotaRule, date]]:
        return {
            (each.facility.id, balance.rule, balance.first)
            for each in of_facilities
            for balance in each.balances(dates, dates, now)
            if balance.is_over
        }

    return len(exceeded(together) - exceeded(one) - exceeded(other))


@dataclass(frozen=True)
class _OfFacility:
    """The quotas that one facility sets, which count in it and all `below` it."""

    facility: Facility
    cluster: Cluster
    rules: Sequence[QuotaRule]
    below: Collection[int]

    def balances(
        self,
        counted: Sequence[tuple[int, Slot]],
        around: Sequence[tuple[int, Slot]],
        now: datetime,
    ) -> list[QuotaBalance]:
        """Return what is used and left in the periods of the dates `around`, the past left out."""
        zone = ZoneInfo(self.cluster.time_zone)
        used = [slot for at, slot in counted if at in self.below]
        days = {
            local_day(instant, zone)
            for at, slot in around
            if at in self.below
            for instant in (slot.starts_at, slot.ends_at - _INSTANT)
        }
        today = local_day(now, zone)
        usages = [QuotaUsage(rule, used) for rule in self.rules]
        return [
            one
            for one in quota_balances(usages, days, zone)
            if one.first >= first_day(today, one.rule.period)
        ]


def _quotas_of_facilities() -> list[_OfFacility]:
    """Return all quotas, by cluster and facility. At most two statements."""
    rows = db.session.execute(
        sa.select(Quota, Facility, Cluster)
        .join(Facility, Facility.id == Quota.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Cluster.short_name, Facility.name, Facility.id, Quota.id)
    ).all()
    trees = trees_of({row.Facility.id for row in rows})
    return [
        _OfFacility(
            facility,
            cluster,
            [
                QuotaRule(facility.name, Period(quota.period), Measure(quota.measure), quota.most)
                for quota, _, _ in group
            ],
            trees.with_below([facility.id]),
        )
        for (facility, cluster), group in groupby(rows, key=lambda row: (row.Facility, row.Cluster))
    ]


def _around(now: datetime) -> Slot:
    return Slot(now - _LONGEST_PERIOD, now + _FURTHEST)


def shares(
    facility_id: int,
    effective: EffectiveTerms,
    organisation_id: int | None,
    slots: Sequence[Slot],
    now: datetime,
    *,
    without: Collection[int] = (),
) -> list[Share]:
    """Return the months in which these dates give the organisation more than its fair share.

    Counted are its own dates on this facility, but for those in `without`. At most one statement.
    """
    fair, rules = effective.rules.fair_share_percent, effective.rules
    if fair is None or organisation_id is None or not slots:
        return []
    window = hull_of_periods([Period.MONTH], slots, rules.zone)
    here = Facility.id == facility_id
    own = [slot for _, slot in _dates_of(organisation_id, here, window, now, without=without)]
    return unfair_shares(fair, own, slots, rules.hours, rules.zone)


def _dates_of(
    organisation_id: int,
    where: sa.ColumnElement[bool],
    window: Slot,
    now: datetime,
    *,
    without: Collection[int],
) -> list[tuple[int, Slot]]:
    query = (
        sa.select(Occurrence.facility_id, Occurrence.starts_at, Occurrence.ends_at)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(
            BookingRequest.organisation_id == organisation_id,
            where,
            Occurrence.ends_at > window.starts_at,
            Occurrence.starts_at < window.ends_at,
            in_states(COUNT_FOR_QUOTA, now),
        )
        .order_by(Occurrence.starts_at)
    )
    if without:
        query = query.where(sa.not_(in_ids(Occurrence.id, without)))
    return [(at, Slot(starts, ends)) for at, starts, ends in db.session.execute(query)]


def _root_of(facility_id: int) -> sa.ScalarSelect[int | None]:
    return sa.select(Facility.root_id).where(Facility.id == facility_id).scalar_subquery()
