"""Who decides on a facility: reads approvers and coordinators for `rules.routing`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import sqlalchemy as sa

from booking.accounts.models import Approver, Coordinator, Person
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.terms_cache import cached
from booking.facilities.tree import TreeNode, node_chains
from booking.rules.routing import NO_RIVALS, Candidate, Deciders, deciders
from booking.rules.visibility import Viewer, may_decide


@dataclass(frozen=True)
class _Named:
    """Everybody named: approvers by facility, coordinators by cluster."""

    approvers: Mapping[int, Sequence[Candidate]]
    coordinators: Mapping[int, Sequence[Candidate]]


def _read_named(
    facility_ids: Collection[int] | None = None, clusters: Collection[int] = ()
) -> _Named:
    """Return who is named for these facilities and clusters, None: for all. One statement."""
    nothing = sa.cast(sa.null(), sa.Integer)
    approver = sa.select(Approver.person_id, Approver.facility_id, nothing.label("cluster_id"))
    coordinator = sa.select(Coordinator.person_id, nothing, Coordinator.cluster_id)
    if facility_ids is not None:
        approver = approver.where(in_ids(Approver.facility_id, facility_ids))
        coordinator = coordinator.where(in_ids(Coordinator.cluster_id, clusters))
    named = approver.union_all(coordinator).subquery()
    approvers: dict[int, list[Candidate]] = defaultdict(list)
    coordinators: dict[int, list[Candidate]] = defaultdict(list)
    for facility_id, cluster_id, *person in db.session.execute(
        sa.select(
            named.c.facility_id,
            named.c.cluster_id,
            Person.id,
            Person.is_active,
            Person.organisation_id,
        ).join(Person, Person.id == named.c.person_id)
    ):
        level = coordinators[cluster_id] if facility_id is None else approvers[facility_id]
        level.append(Candidate(*person))
    return _Named(dict(approvers), dict(coordinators))


class DecisionTable:
    """Approvers and coordinators around some facilities.

    `chain_of` has each facility with all above it, nearest first, by id. From memory where that is
    still valid, else one statement.
    """

    def __init__(self, chain_of: Mapping[int, Sequence[Facility | TreeNode]]) -> None:
        self._chain_of = chain_of
        on_the_way = {facility.id for chain in chain_of.values() for facility in chain}
        clusters = {chain[0].cluster_id for chain in chain_of.values()}
        named = cached(
            "named", _read_named, while_writing=lambda: _read_named(on_the_way, clusters)
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
        chain = self._chain_of[facility_id]
        return deciders(
            [self._approvers.get(facility.id, []) for facility in chain],
            self._coordinators.get(chain[0].cluster_id, []),
            requester_id,
            rivals,
        )

    @property
    def organisations(self) -> frozenset[int]:
        """Return the organisations that the people named work for."""
        named = [*self._approvers.values(), *self._coordinators.values()]
        return frozenset(
            candidate.organisation_id
            for level in named
            for candidate in level
            if candidate.organisation_id is not None
        )

    def named(self, facility_id: int) -> frozenset[int]:
        """Return everybody named for this facility, above it, or as coordinator.

        For all other requesters the deciders are the same.
        """
        chain = self._chain_of[facility_id]
        levels = [self._approvers.get(facility.id, []) for facility in chain]
        levels.append(self._coordinators.get(chain[0].cluster_id, []))
        return frozenset(candidate.person_id for level in levels for candidate in level)


def decision_table(facility_ids: Iterable[int]) -> DecisionTable:
    """Return who decides on these facilities, from memory where that is still valid."""
    return DecisionTable(node_chains(facility_ids))


def answered_facilities(chain_of: Mapping[int, Sequence[Facility | TreeNode]]) -> set[int]:
    """Return the ids of those facilities for which somebody decides at all."""
    table = DecisionTable(chain_of)
    return {facility_id for facility_id in chain_of if table.deciders(facility_id, None).all}


def facilities_decided_by(approves: Iterable[int], coordinates: Iterable[int]) -> list[Facility]:
    """Return the facilities on which a person with these roles may decide, by name.

    These are the facilities that name them, all below those, and all of their clusters.
    """
    facilities = db.session.scalars(
        sa.select(Facility)
        .where(
            sa.or_(
                Facility.cluster_id.in_(set(coordinates)),
                Facility.root_id.in_(
                    sa.select(Facility.root_id).where(Facility.id.in_(set(approves)))
                ),
            )
        )
        .order_by(Facility.name)
    ).all()
    by_id = {facility.id: facility for facility in facilities}
    named, clusters = set(approves), set(coordinates)

    def is_decided(facility: Facility) -> bool:
        if facility.cluster_id in clusters:
            return True
        node: Facility | None = facility
        while node is not None:
            if node.id in named:
                return True
            node = by_id.get(node.parent_id) if node.parent_id else None
        return False

    return [facility for facility in facilities if is_decided(facility)]


def deciders_on(facility_id: int, requester_id: int | None) -> Deciders:
    """Return who may decide on a request of this person for this facility, at this moment."""
    return decision_table([facility_id]).deciders(facility_id, requester_id)


def decides_on(viewer: Viewer, facility_id: int) -> bool:
    """Return whether the viewer decides on this facility, for requests of nobody in particular."""
    table = decision_table([facility_id])
    return table.knows(facility_id) and may_decide(viewer, table.deciders(facility_id, None))
