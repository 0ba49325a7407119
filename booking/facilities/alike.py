"""Which facilities could stand in for another: those nearby and those of other clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.likeness import capability_words, shared_capabilities
from booking.facilities.models import Facility, facility_focus_area
from booking.rules.visibility import Viewer

#: So many of each kind are looked at, and so many of those, the most alike, are returned.
LOOKED_AT = 60
RETURNED = 8
_SAME_KIND = 2


@dataclass(frozen=True)
class Alike:
    """A facility that could stand in for another, and what they have in common.

    `shared` are those of its capabilities that both have; `areas` counts shared focus areas.
    """

    id: int
    slug: str
    name: str
    city: str | None
    cluster: Cluster
    shared: Sequence[str]
    areas: int
    is_near: bool
    likeness: int

    @property
    def does_the_same(self) -> bool:
        """Tell whether more than the kind is the same."""
        return bool(self.shared or self.areas)


def alike(facility_id: int, viewer: Viewer) -> list[Alike]:
    """Return facilities that are like this one, neither closed nor planned, the most alike first.

    Nearby: of the same cluster, of the same kind or for similar things. Elsewhere: of other
    clusters, with focus areas in common. Those whose calendar is not for the viewer are left
    out, for nothing can be said of when they are free. Three statements.
    """
    facility = db.session.get_one(Facility, facility_id)
    found = _found(facility, viewer, is_near=True) + _found(facility, viewer, is_near=False)
    return sorted(found, key=lambda one: (-one.likeness, one.name))


def _found(facility: Facility, viewer: Viewer, *, is_near: bool) -> list[Alike]:
    areas = (
        sa.select(facility_focus_area.c.facility_id, sa.func.count().label("areas"))
        .where(
            facility_focus_area.c.focus_area_id.in_(
                sa.select(facility_focus_area.c.focus_area_id).where(
                    facility_focus_area.c.facility_id == facility.id
                )
            )
        )
        .group_by(facility_focus_area.c.facility_id)
        .subquery()
    )
    count = sa.func.coalesce(areas.c.areas, 0)
    same_cluster = Facility.cluster_id == facility.cluster_id
    same_kind = sa.case((Facility.kind == facility.kind, 1), else_=0)
    rows = db.session.execute(
        sa.select(Facility, Cluster, count)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .outerjoin(areas, areas.c.facility_id == Facility.id)
        .where(
            Facility.id != facility.id,
            Facility.status != "closed",
            Facility.status.not_like("planned%"),
            same_cluster if is_near else sa.and_(sa.not_(same_cluster), count > 0),
        )
        .order_by(count.desc(), same_kind.desc(), Facility.name)
        .limit(LOOKED_AT)
    ).all()
    ranked = [
        _alike(facility, other, cluster, shared_areas, is_near=is_near)
        for other, cluster, shared_areas in rows
        if sees_calendar(other, viewer)
    ]
    ranked.sort(key=lambda one: (-one.likeness, one.name))
    return [one for one in ranked if one.likeness][:RETURNED]


def _alike(
    facility: Facility, other: Facility, cluster: Cluster, areas: int, *, is_near: bool
) -> Alike:
    shared = shared_capabilities(facility.capabilities, other.capabilities)
    kind = _SAME_KIND if other.kind == facility.kind and is_near else 0
    words = capability_words(facility.capabilities) & capability_words(other.capabilities)
    return Alike(
        id=other.id,
        slug=other.slug,
        name=other.name,
        city=other.city,
        cluster=cluster,
        shared=shared,
        areas=areas,
        is_near=is_near,
        likeness=2 * len(shared) + len(words) + areas + kind,
    )
