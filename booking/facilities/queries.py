"""Reading facilities: one of them, its place in the tree, and the values to filter by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.clusters.models import Cluster, FocusArea
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.models import Facility, Place, facility_focus_area

# Limits for the phrases suggested while somebody types.
_PHRASES_READ = 300
_PHRASES_SHOWN = 200
_LONGEST_PHRASE = 60


@dataclass(frozen=True)
class Vocabulary:
    """The values to filter by: clusters, kinds and focus areas that have facilities.

    `area_counts` has the number of facilities of each focus area, by its slug.
    """

    clusters: Sequence[Cluster]
    kinds: Sequence[str]
    focus_areas: Sequence[FocusArea]
    area_counts: Mapping[str, int]
    facility_count: int


def vocabulary() -> Vocabulary:
    """Return the values to filter by. Four statements."""
    clusters = db.session.scalars(sa.select(Cluster).order_by(Cluster.short_name)).all()
    kinds = db.session.execute(
        sa.select(Facility.kind, sa.func.count()).group_by(Facility.kind).order_by(Facility.kind)
    ).all()
    count = sa.func.count().label("facilities")
    areas = db.session.execute(
        sa.select(FocusArea, count)
        .join(facility_focus_area, facility_focus_area.c.focus_area_id == FocusArea.id)
        .group_by(FocusArea.id)
        .order_by(count.desc(), FocusArea.slug)
    ).all()
    return Vocabulary(
        clusters=clusters,
        kinds=[kind for kind, _ in kinds],
        focus_areas=[area for area, _ in areas],
        area_counts={area.slug: number for area, number in areas},
        facility_count=sum(number for _, number in kinds),
    )


def capability_phrases() -> list[str]:
    """Return capabilities as the catalogue words them, sorted; a bounded number. One statement."""
    rows = db.session.scalars(
        sa.select(Facility.capabilities).order_by(Facility.id).limit(_PHRASES_READ)
    )
    phrases = dict.fromkeys(phrase for capabilities in rows for phrase in capabilities)
    short = [phrase for phrase in phrases if len(phrase) <= _LONGEST_PHRASE]
    return sorted(short[:_PHRASES_SHOWN], key=str.casefold)


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
    """The facilities above one, nearest first, and those right below it."""

    above: Sequence[Facility]
    below: Sequence[Facility]


def tree_position(facility: Facility) -> TreePosition:
    """Return the facilities above and directly below this one. One statement."""
    nodes = db.session.scalars(
        sa.select(Facility).where(Facility.root_id == facility.root_id).order_by(Facility.name)
    ).all()
    by_id = {node.id: node for node in nodes}
    above = []
    parent_id = facility.parent_id
    while parent_id is not None:
        above.append(by_id[parent_id])
        parent_id = by_id[parent_id].parent_id
    return TreePosition(above, [node for node in nodes if node.parent_id == facility.id])


def own_places(facility: Facility) -> int:
    """Return the number of places of the facility itself."""
    query = sa.select(sa.func.count()).where(Place.facility_id == facility.id)
    return db.session.scalar(query) or 0
