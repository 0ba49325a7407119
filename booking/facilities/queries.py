"""Reading facilities: one of them, its place in the tree, and the values to filter by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.listed import (
    ListedCluster,
    ListedFacility,
    listed_clusters,
    listed_facilities,
)
from booking.facilities.models import Facility, Place
from booking.facilities.terms_cache import cached
from booking.facilities.tree import all_trees


@dataclass(frozen=True)
class FilterValues:
    """The values to filter by: clusters, and kinds and focus areas that have facilities.

    Clusters are sorted by name, kinds by their codes, and `areas`, the slugs of focus areas, by
    how many facilities they have (`area_counts`).
    """

    clusters: Sequence[ListedCluster]
    kinds: Sequence[str]
    areas: Sequence[str]
    area_counts: Mapping[str, int]
    facility_count: int


def filter_values() -> FilterValues:
    """Return the values to filter by. No statement where nothing has changed."""
    return cached("filter_values", _filter_values)


def _filter_values() -> FilterValues:
    facilities = listed_facilities().values()
    counts = Counter(slug for facility in facilities for slug in facility.areas)
    return FilterValues(
        clusters=tuple(listed_clusters().values()),
        kinds=sorted({facility.kind for facility in facilities}),
        areas=sorted(counts, key=lambda slug: (-counts[slug], slug)),
        area_counts=counts,
        facility_count=len(facilities),
    )


def get_facility(slug: str) -> Facility:
    """Return the facility with this slug, its cluster and its focus areas.

    Raises:
        NotFound: there is none.
    """
    facility = db.session.scalar(
        sa.select(Facility)
        .where(Facility.slug == slug)
        .options(joinedload(Facility.cluster), selectinload(Facility.focus_areas))
    )
    if facility is None:
        raise NotFound("facility")
    return facility


@dataclass(frozen=True)
class TreePosition:
    """The facilities above one, nearest first, and those right below it, by name."""

    above: Sequence[ListedFacility]
    below: Sequence[ListedFacility]


def tree_position(facility_id: int) -> TreePosition:
    """Return the facilities above and directly below this one."""
    listed, trees = listed_facilities(), all_trees()
    parts = set(trees.below(facility_id))
    return TreePosition(
        [listed[one] for one in trees.above(facility_id)],
        [one for one in listed.values() if one.parent_id == facility_id] if parts else [],
    )


# Built once: that takes as long as to run it.
_OWN_PLACES = sa.select(sa.func.count()).where(Place.facility_id == sa.bindparam("facility_id"))


def own_places(facility_id: int) -> int:
    """Return the number of places of the facility itself."""
    return db.session.scalar(_OWN_PLACES, {"facility_id": facility_id}) or 0
