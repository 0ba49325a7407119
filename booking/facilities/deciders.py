"""Who decides on a facility: reads approvers and coordinators for `rules.routing`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.factor_models import has_second_factor_of
from booking.accounts.memberships import ever_organisations_of, ids_in
from booking.accounts.models import Person, Role
from booking.accounts.roles import HELD
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.terms_cache import absences, cached
from booking.facilities.tree import TreeNode, node_chains
from booking.rules.absences import Absences
from booking.rules.opening import local_day
from booking.rules.roles import RoleKind
from booking.rules.routing import NO_RIVALS, Candidate, Deciders, deciders, is_answered
from booking.rules.visibility import Viewer, may_decide


@dataclass(frozen=True)
class Reach:
    """On what somebody decides in the place of others: facilities by approvers, clusters."""

    approves: frozenset[int] = frozenset()
    coordinates: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Named:
    """Everybody named: approvers by facility, coordinators by cluster; and who of them is away."""

    approvers: Mapping[int, Sequence[Candidate]]
    coordinators: Mapping[int, Sequence[Candidate]]

    @cached_property
    def stand_ins(self) -> Mapping[int, Reach]:
        """Return by person on what each stand-in decides in the place of others."""
        approves: dict[int, set[int]] = defaultdict(set)
        coordinates: dict[int, set[int]] = defaultdict(set)
        for named, found in ((self.approvers, approves), (self.coordinators, coordinates)):
            for key, level in named.items():
                for one in level:
                    if one.stand_in is not None:
                        found[one.stand_in.person_id].add(key)
        return {
            one: Reach(frozenset(approves[one]), frozenset(coordinates[one]))
            for one in {*approves, *coordinates}
        }


@dataclass(frozen=True)
class NamedRows:
    """Everybody named now; who of them still is, and who is present, depends on the day.

    Whose role is withheld, as they have no second factor, counts as not named.
    """

    rows: Sequence[Any]

    def days_of_ends(self, zone: ZoneInfo) -> set[date]:
        """Return the days, in this zone, that begin without a role that counted the day before.

        It ends by itself, or is withheld from then on.
        """
        ends = {at for one in self.rows for at in (one.ends_at, one.withheld_from)}
        return {local_day(at, zone) for at in ends if at is not None}

    def at(self, now: datetime, away: Absences) -> Named:
        """Return everybody named, with who is present at `now` and who stands in."""
        approvers: dict[int, list[Candidate]] = defaultdict(list)
        coordinators: dict[int, list[Candidate]] = defaultdict(list)
        zones = set() if away.are_none else {one.time_zone for one in self.rows}
        today = {zone: local_day(now, ZoneInfo(zone)) for zone in zones}
        for facility_id, cluster_id, zone, ends_at, withheld, person_id, active, works in self.rows:
            if (ends_at is not None and ends_at <= now) or (
                withheld is not None and withheld <= now
            ):
                continue
            person = _candidate(person_id, active, works)
            if zones:
                person = away.candidate(person, cluster_id, today[zone])
            if facility_id is None:
                coordinators[cluster_id].append(person)
            else:
                approvers[facility_id].append(person)
        return Named(dict(approvers), dict(coordinators))


@lru_cache(maxsize=10_000)
def _candidate(person_id: int, active: bool, organisations: str | None) -> Candidate:
    return Candidate(person_id, active, ids_in(organisations))


_ALL_NAMED = (
    sa.select(
        Role.facility_id,
        Role.cluster_id,
        Cluster.time_zone,
        Role.ends_at,
        sa.case((~has_second_factor_of(Person.id), Cluster.second_factor_from), else_=None).label(
            "withheld_from"
        ),
        Role.person_id,
        Person.is_active,
        ever_organisations_of(Person.id).label("organisations"),
    )
    .join(Person, Person.id == Role.person_id)
    .join(Cluster, Cluster.id == Role.cluster_id)
    .where(Role.kind.in_([RoleKind.APPROVER, RoleKind.COORDINATOR]), HELD)
)


def read_named_rows(
    facility_ids: Collection[int] | None = None, clusters: Collection[int] = ()
) -> NamedRows:
    """Return who is named for these facilities and clusters, None: for all. One statement."""
    query = _ALL_NAMED
    if facility_ids is not None:
        query = query.where(
            sa.or_(
                in_ids(Role.facility_id, facility_ids),
                sa.and_(
                    Role.kind == RoleKind.COORDINATOR,
                    in_ids(Role.cluster_id, clusters),
                ),
            )
        )
    return NamedRows(read_rows(query))


def _named_now(
    facility_ids: Collection[int] | None = None, clusters: Collection[int] = ()
) -> Named:
    return read_named_rows(facility_ids, clusters).at(clock.now(), absences())


def stand_in_reach(person_id: int | None) -> Reach:
    """Return on what this person decides now in the place of others who are away."""
    nothing = Reach()
    if person_id is None:
        return nothing
    return cached("named", _named_now).stand_ins.get(person_id, nothing)


class DecisionTable:
    """Approvers and coordinators around some facilities.

    `chain_of` has each facility with all above it, nearest first, by id. `named` None: as it is
    now, from memory where that is still valid, else two statements.
    """

    def __init__(
        self,
        chain_of: Mapping[int, Sequence[Facility | TreeNode]],
        named: Named | None = None,
    ) -> None:
        self._chain_of = chain_of
        on_the_way = {facility.id for chain in chain_of.values() for facility in chain}
        clusters = {chain[0].cluster_id for chain in chain_of.values()}
        named = named or cached(
            "named", _named_now, while_writing=lambda: _named_now(on_the_way, clusters)
        )
        self._approvers = {
            one: named.approvers[one] for one in on_the_way if one in named.approvers
        }
        self._coordinators = {
            one: named.coordinators[one] for one in clusters if one in named.coordinators
        }

    def knows(self, facility_id: int) -> bool:
        """Return whether there is such a facility, one of those it was made for."""
        return facility_id in self._chain_of

    def deciders(
        self, facility_id: int, requester_id: int | None, rivals: Set[int] = NO_RIVALS
    ) -> Deciders:
        """Return who may decide on a request of this person for this facility.

        `rivals` are the organisations that compete with it. For a booking that exists, call
        `booking.bookings.deciding`, which knows them.
        """
        return deciders(*self._levels(facility_id), requester_id, rivals)

    def is_answered(self, facility_id: int) -> bool:
        """Return whether anybody decides on requests of nobody in particular."""
        return is_answered(*self._levels(facility_id))

    def _levels(self, facility_id: int) -> tuple[list[Sequence[Candidate]], Sequence[Candidate]]:
        """Return the approvers of the facility and of each above it, and the coordinators."""
        chain = self._chain_of[facility_id]
        return (
            [self._approvers.get(facility.id, ()) for facility in chain],
            self._coordinators.get(chain[0].cluster_id, ()),
        )

    @property
    def organisations(self) -> frozenset[int]:
        """Return the organisations that the people named work for, and those who stand in."""
        named = [*self._approvers.values(), *self._coordinators.values()]
        return frozenset(
            organisation_id
            for level in named
            for candidate in _with_stand_ins(level)
            for organisation_id in candidate.organisations
        )

    def named(self, facility_id: int) -> frozenset[int]:
        """Return everybody named for this facility, above it, or as coordinator; and stand-ins.

        For all other requesters the deciders are the same.
        """
        levels, coordinators = self._levels(facility_id)
        return frozenset(
            one.person_id for level in (*levels, coordinators) for one in _with_stand_ins(level)
        )


def _with_stand_ins(level: Iterable[Candidate]) -> Iterator[Candidate]:
    for candidate in level:
        yield candidate
        if candidate.stand_in is not None:
            yield candidate.stand_in


def decision_table(facility_ids: Iterable[int]) -> DecisionTable:
    """Return who decides on these facilities, from memory where that is still valid."""
    return DecisionTable(node_chains(facility_ids))


def answered_facilities(chain_of: Mapping[int, Sequence[Facility | TreeNode]]) -> set[int]:
    """Return the ids of those facilities for which somebody decides at all."""
    table = DecisionTable(chain_of)
    return {facility_id for facility_id in chain_of if table.is_answered(facility_id)}


def facilities_in_reach(viewer: Viewer) -> list[Facility]:
    """Return the facilities on which a person may decide by their roles, by name.

    Also by the roles of those for whom they stand in.
    """
    more = stand_in_reach(viewer.person_id)
    return facilities_under(viewer.approves | more.approves, viewer.coordinates | more.coordinates)


def facilities_under(facility_ids: Iterable[int], cluster_ids: Iterable[int]) -> list[Facility]:
    """Return these facilities, all below them, and all of these clusters, by name."""
    facilities = db.session.scalars(
        sa.select(Facility)
        .where(
            sa.or_(
                Facility.cluster_id.in_(set(cluster_ids)),
                Facility.root_id.in_(
                    sa.select(Facility.root_id).where(Facility.id.in_(set(facility_ids)))
                ),
            )
        )
        .order_by(Facility.name)
    ).all()
    by_id = {facility.id: facility for facility in facilities}
    named, clusters = set(facility_ids), set(cluster_ids)

    def is_under(facility: Facility) -> bool:
        if facility.cluster_id in clusters:
            return True
        node: Facility | None = facility
        while node is not None:
            if node.id in named:
                return True
            node = by_id.get(node.parent_id) if node.parent_id else None
        return False

    return [facility for facility in facilities if is_under(facility)]


def deciders_on(facility_id: int, requester_id: int | None) -> Deciders:
    """Return who may decide on a request of this person for this facility, at this moment."""
    return decision_table([facility_id]).deciders(facility_id, requester_id)


def decides_on(viewer: Viewer, facility_id: int) -> bool:
    """Return whether the viewer decides on this facility, for requests of nobody in particular."""
    table = decision_table([facility_id])
    return table.knows(facility_id) and may_decide(viewer, table.deciders(facility_id, None))
