"""The facilities on which a person decides, and the terms that hold there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.deciders import (
    DecisionTable,
    decision_table,
    facilities_in_reach,
    facilities_under,
)
from booking.facilities.effective_terms import EffectiveTerms, Origin, effective_terms
from booking.facilities.models import Facility, KindDefault, Place
from booking.facilities.queries import get_facility
from booking.facilities.tree import chains
from booking.rules.terms import TERMS
from booking.rules.visibility import Viewer, is_keeper, may_decide


@dataclass(frozen=True)
class DraftNote:
    """A draft: the names of what it changes, when and by whom it was saved last.

    `person` is None where the reader does not know them.
    """

    names: Sequence[str]
    saved_at: datetime
    person: str | None
    is_own: bool


@dataclass(frozen=True)
class DraftKey:
    """A facility that is not published, in place of the id of one that is."""

    slug: str


@dataclass(frozen=True)
class Drafted:
    """The draft from which a facility is drawn that is not published.

    `revision` is the version that its forms carry.
    """

    id: int
    slug: str
    revision: str
    note: DraftNote


@dataclass(frozen=True)
class ManagedFacility:
    """A facility that the viewer manages. `chain` is itself and all above it, nearest first.

    `decides`: the viewer decides on it; else they are keeper, who change `KEPT_PARTS` of it.
    `draft`: it is not published, and its row is of no use beyond what was read of it.
    """

    facility: Facility
    cluster: Cluster
    chain: Sequence[Facility]
    effective: EffectiveTerms
    own_places: int
    has_parts: bool
    coordinates: bool
    decides: bool
    draft: Drafted | None = None

    @property
    def key(self) -> int | DraftKey:
        """Return what services know it by."""
        return DraftKey(self.draft.slug) if self.draft else self.facility.id

    def from_where(self, name: str) -> str | None:
        """Return the name of the facility above that states this term; None: none above does."""
        if self.effective.origins[name] is not Origin.ABOVE:
            return None
        stating = (one for one in self.chain[1:] if getattr(one, name) is not None)
        return next(one.name for one in stating)


@dataclass(frozen=True)
class InheritedTerm:
    """What a term takes from above: the stored value, and the name of the facility that states it.

    `facility` None: a demo value; with `value` None too, nobody states anything.
    """

    value: Any
    facility: str | None


def inherited_terms(managed: ManagedFacility) -> dict[str, InheritedTerm]:
    """Return by name what would be stored for each term if the facility stated none itself."""
    default = db.session.get(KindDefault, managed.facility.kind)
    found = {}
    for term in TERMS:
        above = managed.chain[1:] if term.inherited else ()
        nearest = next((one for one in above if getattr(one, term.name) is not None), None)
        stating = nearest or (default if term.inherited else None)
        value = getattr(stating, term.name, None)
        found[term.name] = InheritedTerm(value, nearest.name if nearest else None)
    return found


@dataclass(frozen=True)
class ListedFacility:
    """One facility of the list; `depth` counts the listed facilities above it.

    `decides`: the viewer decides on it; else they are its keeper. `approvers` are the names of
    those who decide, for those who do; none: the coordinators do.
    """

    facility: Facility
    depth: int
    own_places: int
    decides: bool
    approvers: Sequence[str]


@dataclass(frozen=True)
class ClusterFacilities:
    """The facilities of one cluster that a person manages, each after the one it is part of."""

    cluster: Cluster
    facilities: Sequence[ListedFacility]


def managed_facility(viewer: Viewer, slug: str) -> ManagedFacility:
    """Return a facility on which the viewer decides.

    Raises:
        NotFound: there is none, or others decide on it.
    """
    found = kept_facility(viewer, slug)
    if not found.decides:
        raise NotFound("facility")
    return found


def kept_facility(viewer: Viewer, slug: str) -> ManagedFacility:
    """Return a facility on which the viewer decides, or of which they are keeper.

    Raises:
        NotFound: there is none, or it is for others to manage.
    """
    if "\0" in slug:  # PostgreSQL refuses to look for it
        raise NotFound("facility")
    facility = get_facility(slug)
    chain_of = chains([facility.id])
    decides = may_decide(viewer, DecisionTable(chain_of).deciders(facility.id, None))
    if not decides and not is_keeper(viewer, [one.id for one in chain_of[facility.id]]):
        raise NotFound("facility")
    places = sa.select(sa.func.count()).where(Place.facility_id == facility.id)
    below = sa.select(Facility.id).where(Facility.parent_id == facility.id).limit(1)
    return ManagedFacility(
        facility=facility,
        cluster=facility.cluster,
        chain=chain_of[facility.id],
        effective=effective_terms([facility.id])[facility.id],
        own_places=db.session.scalar(places) or 0,
        has_parts=db.session.scalar(below) is not None,
        coordinates=facility.cluster_id in viewer.coordinates,
        decides=decides,
    )


def my_facilities(viewer: Viewer) -> list[ClusterFacilities]:
    """Return the facilities that the viewer manages, by cluster, in the order of their trees.

    These are the ones on which they decide, and the ones of which they are keeper. Clusters that
    they coordinate are there without facilities, too.

    A constant number of statements.
    """
    reached = facilities_in_reach(viewer)
    table = decision_table(facility.id for facility in reached)
    decided = {f.id for f in reached if may_decide(viewer, table.deciders(f.id, None))}
    kept = facilities_under(viewer.keeps, ()) if viewer.keeps else []
    mine = [f for f in reached if f.id in decided] + [f for f in kept if f.id not in decided]
    counts = sa.select(Place.facility_id, sa.func.count()).group_by(Place.facility_id)
    own_places = dict(
        db.session.execute(counts.where(Place.facility_id.in_({f.id for f in mine}))).all()
    )
    approvers = {one: table.deciders(one, None).approvers for one in decided}
    deciding = {one for level in approvers.values() for one in level}
    names = dict(
        db.session.execute(
            sa.select(Person.id, Person.name).where(in_ids(Person.id, deciding))
        ).all()
    )
    wanted = {facility.cluster_id for facility in mine} | viewer.coordinates
    clusters = db.session.scalars(
        sa.select(Cluster).where(Cluster.id.in_(wanted)).order_by(Cluster.short_name)
    ).all()
    return [
        ClusterFacilities(
            cluster,
            [
                ListedFacility(
                    facility,
                    depth,
                    own_places.get(facility.id, 0),
                    facility.id in decided,
                    sorted(names[one] for one in approvers.get(facility.id, ())),
                )
                for facility, depth in _as_tree([f for f in mine if f.cluster_id == cluster.id])
            ],
        )
        for cluster in clusters
    ]


def _as_tree(facilities: Sequence[Facility]) -> Iterator[tuple[Facility, int]]:
    """Yield the facilities, each after the nearest of them above it, with its depth."""
    ids = {facility.id for facility in facilities}

    def walk(parent_id: int | None, depth: int) -> Iterator[tuple[Facility, int]]:
        for facility in facilities:
            above = facility.parent_id if facility.parent_id in ids else None
            if above == parent_id:
                yield facility, depth
                yield from walk(facility.id, depth + 1)

    return walk(None, 0)
