"""Closures of what a person decides on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.accounts.models import Person
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.closure_models import Closure
from booking.facilities.deciders import DecisionTable, facilities_in_reach
from booking.facilities.models import Facility
from booking.facilities.queries import get_facility
from booking.facilities.tree import Trees, chains
from booking.manage.closures.service import closed_of
from booking.manage.closures.targets import Target, closed_by
from booking.rules.closure_times import ClosedTime
from booking.rules.visibility import Viewer, may_decide

#: How many past closures are listed, the latest first.
PAST_SHOWN = 50


class ClosurePhase(StrEnum):
    """Whether a closure is past, in force or in the future."""

    NOW = "now"  # one of its stretches is in force
    COMING = "coming"
    PAST = "past"


@dataclass(frozen=True)
class ClosureLine:
    """One closure; `facility` None: the whole cluster. `may_change`: all of it is the viewer's own.

    `closed` has all its stretches in order, `coming` those that are not over.
    """

    id: int
    target: Target
    cluster: str
    cluster_slug: str
    facility: str | None
    facility_slug: str | None
    zone: ZoneInfo
    closed: tuple[ClosedTime, ...]
    coming: tuple[ClosedTime, ...]
    phase: ClosurePhase
    reason: str
    reason_is_public: bool
    next_word_on: date | None
    made_by: str | None
    made_at: datetime | None
    may_change: bool


@dataclass(frozen=True)
class Closable:
    """What a person may close: facilities (with their depth in the tree) and whole clusters."""

    clusters: Sequence[Cluster]
    facilities: Sequence[Facility]


@dataclass(frozen=True)
class ClosedPlace:
    """What is to be closed; `parts` are the names of all facilities below it, or in the cluster."""

    target: Target
    name: str
    slug: str
    is_cluster: bool
    cluster: str
    zone: ZoneInfo
    parts: tuple[str, ...]


def place_named(facility_slug: str, cluster_slug: str) -> ClosedPlace:
    """Return the facility with this slug, else the cluster; rights are not checked.

    Raises:
        NotFound: there is none.
    """
    if "\0" in facility_slug + cluster_slug:  # PostgreSQL refuses to look for it
        raise NotFound("facility")
    if facility_slug:
        facility = get_facility(facility_slug)
        target, cluster = Target(facility.cluster_id, facility.id), facility.cluster
        name, slug = facility.name, facility.slug
    else:
        found = db.session.scalar(sa.select(Cluster).where(Cluster.slug == cluster_slug))
        if found is None:
            raise NotFound("cluster")
        target, cluster, name, slug = Target(found.id, None), found, found.short_name, found.slug
    parts = db.session.scalars(
        sa.select(Facility.name)
        .where(in_ids(Facility.id, closed_by(target) - {target.facility_id or 0}))
        .order_by(Facility.name)
    )
    return ClosedPlace(
        target=target,
        name=name,
        slug=slug,
        is_cluster=target.facility_id is None,
        cluster=cluster.short_name,
        zone=ZoneInfo(cluster.time_zone),
        parts=tuple(parts),
    )


class DecisionScope:
    """The facilities of all clusters in which a person decides on something.

    `mine` are the ids of those on which the person decides. A constant number of statements.
    """

    def __init__(self, viewer: Viewer) -> None:
        reached = facilities_in_reach(viewer)
        table = DecisionTable(chains(one.id for one in reached))
        self.mine = {f.id for f in reached if may_decide(viewer, table.deciders(f.id, None))}
        clusters = {one.cluster_id for one in reached if one.id in self.mine}
        self.facilities = {
            one.id: one
            for one in db.session.scalars(
                sa.select(Facility)
                .where(Facility.cluster_id.in_(clusters | set(viewer.coordinates)))
                .order_by(Facility.name)
            )
        }
        self.cluster_ids = clusters | set(viewer.coordinates)
        self.trees = Trees({one.id: one.parent_id for one in self.facilities.values()})

    def closed_by(self, target: Target) -> set[int]:
        """Return the ids of the facilities that a closure of this would close."""
        if target.facility_id is None:
            return {
                one.id for one in self.facilities.values() if one.cluster_id == target.cluster_id
            }
        if target.facility_id not in self.facilities:
            return set()
        return self.trees.with_below([target.facility_id])

    def concerns(self, target: Target) -> bool:
        """Return whether a closure of this would close something that the person decides on."""
        return not self.mine.isdisjoint(self.closed_by(target))

    def may_close(self, target: Target) -> bool:
        """Return whether the person decides on everything that a closure of this would close."""
        closed = self.closed_by(target)
        return bool(closed) and closed <= self.mine


def closable(viewer: Viewer) -> Closable:
    """Return what this person may close, by name."""
    scope = DecisionScope(viewer)
    clusters = db.session.scalars(
        sa.select(Cluster).where(Cluster.id.in_(scope.cluster_ids)).order_by(Cluster.short_name)
    )
    return Closable(
        clusters=[one for one in clusters if scope.may_close(Target(one.id, None))],
        facilities=[
            one
            for one in scope.facilities.values()
            if scope.may_close(Target(one.cluster_id, one.id))
        ],
    )


def list_closures(viewer: Viewer, now: datetime) -> dict[ClosurePhase, list[ClosureLine]]:
    """Return the closures of what this person decides on: now, coming soonest first, and past.

    Also those that reach beyond it. A constant number of statements.
    """
    scope = DecisionScope(viewer)
    lines = _lines(scope, Closure.cluster_id.in_(scope.cluster_ids), now)
    found: dict[ClosurePhase, list[ClosureLine]] = {phase: [] for phase in ClosurePhase}
    for line in lines:
        found[line.phase].append(line)
    found[ClosurePhase.COMING].sort(key=lambda line: line.coming[0].starts_at)
    found[ClosurePhase.PAST].sort(key=lambda line: line.closed[-1].starts_at, reverse=True)
    del found[ClosurePhase.PAST][PAST_SHOWN:]
    return found


def get_closure(viewer: Viewer, closure_id: int, now: datetime) -> ClosureLine:
    """Return one closure of what this person decides on.

    Raises:
        NotFound: there is none, or it closes nothing that the person decides on.
    """
    lines = _lines(DecisionScope(viewer), Closure.id == closure_id, now)
    if not lines:
        raise NotFound("closure")
    return lines[0]


def closures_on(viewer: Viewer, facility_ids: Iterable[int], now: datetime) -> list[ClosureLine]:
    """Return the current and future closures of a facility; ids of itself and those above."""
    scope = DecisionScope(viewer)
    wanted = set(facility_ids)
    clusters = {scope.facilities[one].cluster_id for one in wanted & scope.facilities.keys()}
    here = sa.or_(
        Closure.facility_id.in_(wanted),
        sa.and_(Closure.facility_id.is_(None), Closure.cluster_id.in_(clusters)),
    )
    lines = [line for line in _lines(scope, here, now) if line.phase is not ClosurePhase.PAST]
    return sorted(lines, key=lambda line: line.coming[0].starts_at)


def next_closures(viewer: Viewer, now: datetime) -> dict[int, ClosureLine]:
    """Return by id of a facility on which the viewer decides its current or next closure.

    A constant number of statements.
    """
    scope = DecisionScope(viewer)
    lines = _lines(scope, Closure.cluster_id.in_(scope.cluster_ids), now)
    coming = [line for line in lines if line.phase is not ClosurePhase.PAST]
    found: dict[int, ClosureLine] = {}
    for line in sorted(coming, key=lambda line: line.coming[0].starts_at):
        for facility_id in scope.closed_by(line.target) & scope.mine:
            found.setdefault(facility_id, line)
    return found


def _lines(
    scope: DecisionScope, condition: sa.ColumnElement[bool], now: datetime
) -> list[ClosureLine]:
    rows = db.session.execute(
        sa.select(Closure, Cluster, Person.name)
        .join(Cluster, Cluster.id == Closure.cluster_id)
        .outerjoin(Person, Person.id == Closure.made_by_id)
        .where(condition)
        .options(selectinload(Closure.slots))
        .order_by(Closure.id)
    ).all()
    return [
        _line(scope, closure, cluster, made_by, now)
        for closure, cluster, made_by in rows
        if closure.slots and scope.concerns(Target(closure.cluster_id, closure.facility_id))
    ]


def _line(
    scope: DecisionScope, closure: Closure, cluster: Cluster, made_by: str | None, now: datetime
) -> ClosureLine:
    target = Target(closure.cluster_id, closure.facility_id)
    facility = scope.facilities[closure.facility_id] if closure.facility_id else None
    closed = tuple(closed_of(closure))
    coming = tuple(one for one in closed if one.ends_at is None or one.ends_at > now)
    phase = ClosurePhase.PAST
    if coming:
        phase = ClosurePhase.NOW if coming[0].starts_at <= now else ClosurePhase.COMING
    return ClosureLine(
        id=closure.id,
        target=target,
        cluster=cluster.short_name,
        cluster_slug=cluster.slug,
        facility=facility.name if facility else None,
        facility_slug=facility.slug if facility else None,
        zone=ZoneInfo(cluster.time_zone),
        closed=closed,
        coming=coming,
        phase=phase,
        reason=closure.reason or "",
        reason_is_public=closure.reason_is_public,
        next_word_on=closure.next_word_on,
        made_by=made_by,
        made_at=closure.made_at,
        may_change=scope.may_close(target),
    )
