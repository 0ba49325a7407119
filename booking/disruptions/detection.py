"""Finding the future dates that closures or opening hours disrupt, for whole trees at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from booking.availability.checks import MARGIN, WAIVED_FOR_OWNERS, is_still_open, window_around
from booking.bookings.conditions import still_to_come
from booking.bookings.disruption_models import Affected
from booking.bookings.models import Occurrence
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.closures import ClosedTime, closure_slots
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.facilities.tree import Trees, trees_of
from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.lifecycle import State
from booking.rules.reasons import why_not
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_NO_ROOM = Room((), (), {})  # whether places are taken does not matter here


class Cause(StrEnum):
    """What disrupts a date."""

    CLOSURE = "closure"
    HOURS = "hours"


@dataclass(frozen=True, order=True)
class Disruption:
    """One cause that disrupts a date; `closure_id` is None for hours."""

    cause: Cause
    closure_id: int | None = None


@dataclass(frozen=True)
class DisruptedDate:
    """A future date with everything that disrupts it, closures first."""

    occurrence_id: int
    booking_id: int
    facility_id: int
    state: State
    slot: Slot
    disruptions: tuple[Disruption, ...]


DisruptedDates = Mapping[int, DisruptedDate]


@dataclass(frozen=True)
class ChangeWindow:
    """The time that a change concerns; `ends_at` None has no end."""

    starts_at: datetime
    ends_at: datetime | None


def disrupted_dates(
    facility_ids: Iterable[int], now: datetime, *, within: ChangeWindow | None = None
) -> DisruptedDates:
    """Return the disrupted future dates of these facilities and all below, by occurrence id.

    Whole bookings above are checked as well, as a closure of any part refuses them. Dates that
    an approver kept are included. `within` limits the check to dates around that time. The number
    of statements is constant.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    trees = trees_of(wanted)
    dates = dates_to_come(trees, wanted, now, within)
    if not dates:
        return {}
    finder = _DisruptionFinder(trees, dates, now)
    found = {}
    for date in dates:
        if disruptions := finder.disruptions(date):
            found[date.id] = DisruptedDate(
                occurrence_id=date.id,
                booking_id=date.booking_id,
                facility_id=date.facility_id,
                state=date.state,
                slot=Slot(date.starts_at, date.ends_at),
                disruptions=tuple(disruptions),
            )
    return found


def dates_to_come(
    trees: Trees, facility_ids: set[int], now: datetime, within: ChangeWindow | None = None
) -> Sequence[Any]:
    """Return the rows of all future dates of these and all below, and of whole bookings above."""
    around = []
    if within is not None:
        around.append(Occurrence.ends_at > within.starts_at - MARGIN)
        if within.ends_at is not None:
            around.append(Occurrence.starts_at < within.ends_at + MARGIN)
    above = {one for facility_id in facility_ids for one in trees.above(facility_id)}
    return db.session.execute(
        sa.select(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.whole,
            Occurrence.places,
            Occurrence.state,
        )
        .where(
            sa.or_(
                in_ids(Occurrence.facility_id, trees.with_below(facility_ids)),
                sa.and_(Occurrence.whole, in_ids(Occurrence.facility_id, above)),
            ),
            still_to_come(now),
            *around,
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    ).all()


def is_unresolved() -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` is affected and not resolved yet."""
    return sa.exists().where(
        Affected.occurrence_id == Occurrence.id, Affected.resolved_at.is_(None)
    )


class _DisruptionFinder:
    """The terms and closures around some dates, to find what disrupts each."""

    def __init__(self, trees: Trees, dates: Sequence[Any], now: datetime) -> None:
        self._trees, self._now = trees, now
        here = {date.facility_id for date in dates}
        self._rules = {key: one.rules for key, one in effective_terms(here).items()}
        self._deadlines = _deadlines(here, now)
        window = window_around([Slot(date.starts_at, date.ends_at) for date in dates], now)
        self._closed = closure_slots(trees.parent_of, window)

    def disruptions(self, date: Any) -> list[Disruption]:
        """Return everything that disrupts one date, closures first."""
        rules = self._rules[date.facility_id]
        slot = Slot(date.starts_at, date.ends_at)
        closed = self._closures_around(date, rules, slot)
        refused = why_not(
            rules,
            self._deadlines[date.facility_id],
            _NO_ROOM,
            [stretch for _, stretch in closed],
            RequestedDate(slot, date.places, date.whole, None),
            self._now,
            ignore=WAIVED_FOR_OWNERS | {RefusalCode.BOOKED_ELSEWHERE, RefusalCode.CLOSED_STATUS},
        )
        codes = {refusal.code for refusal in refused}
        found = []
        if RefusalCode.CLOSURE in codes:
            ids = dict.fromkeys(row.closure_id for row, _ in closed)
            found += [Disruption(Cause.CLOSURE, closure_id) for closure_id in ids]
        if RefusalCode.NOT_OPEN in codes and not is_still_open(rules, slot):
            found.append(Disruption(Cause.HOURS))
        return found

    def _closures_around(
        self, date: Any, rules: BookingTerms, slot: Slot
    ) -> list[tuple[ClosedTime, Slot]]:
        """Return the closures that overlap the date with set-up and clean-up and are not over."""
        nodes = [date.facility_id, *self._trees.above(date.facility_id)]
        if date.whole:
            nodes += self._trees.below(date.facility_id)
        taken = slot.widened(rules.setup_minutes, rules.cleanup_minutes)
        found = [
            (row, stretch)
            for node_id in nodes
            for row, stretch in self._closed.get(node_id, ())
            if stretch.overlaps(taken) and stretch.ends_at > self._now
        ]
        return sorted(found, key=lambda one: (one[1].starts_at, one[0].id))


def _deadlines(facility_ids: Iterable[int], now: datetime) -> dict[int, Deadlines]:
    rows = db.session.execute(
        sa.select(Facility.id, Cluster)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(in_ids(Facility.id, facility_ids))
    ).all()
    of_cluster = {cluster.id: deadlines_of(cluster, now) for _, cluster in rows}
    return {facility_id: of_cluster[cluster.id] for facility_id, cluster in rows}
