"""Drafts of new facilities: nothing but their row and their files knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.errors import Forbidden, NotFound
from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.drafts import knows_draft
from booking.facilities.facts import present_values
from booking.facilities.models import Facility
from booking.facilities.tree import all_trees
from booking.manage.facts.queries import draft_note
from booking.manage.queries import DraftNote
from booking.rules.facts import FACTS, STATUS
from booking.rules.new_facilities import PARENT, PLACES
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class NewFacility:
    """A facility that is not published: its facts, what it will be part of, its places.

    `parent` is a slug, "" for none. `revision` rises each time it is saved. `coordinates`: the
    viewer coordinates its cluster; else they are keeper of what it will be part of.
    """

    id: int
    slug: str
    cluster_slug: str
    cluster_name: str
    country: str
    time_zone: str
    values: Mapping[str, Any]
    parent: str
    places: int
    status: str
    revision: str
    note: DraftNote
    coordinates: bool


@dataclass(frozen=True)
class ClusterToFill:
    """The cluster to which a facility is added."""

    slug: str
    short_name: str


@dataclass(frozen=True)
class NewLine:
    """A new facility as a list names it."""

    slug: str
    name: str


def new_row(viewer: Viewer, slug: str, *, locked: bool = False) -> FacilityDraft:
    """Return the row of a new facility.

    Raises:
        NotFound: there is none, or the viewer may not know of it.
    """
    query = (
        sa.select(FacilityDraft)
        .where(FacilityDraft.slug == slug)
        .execution_options(populate_existing=True)
    )
    if locked:
        query = query.with_for_update()
    row = None if "\0" in slug else db.session.scalar(query)
    if row is None or not knows_draft(viewer, row):
        raise NotFound("facility")
    return row


def coordinated_row(viewer: Viewer, slug: str, *, locked: bool = False) -> FacilityDraft:
    """Return the row of a new facility of a cluster that the viewer coordinates.

    Raises:
        NotFound: there is none, or the viewer may not know of it.
        Forbidden: the viewer keeps what it will be part of, but does not coordinate.
    """
    row = new_row(viewer, slug, locked=locked)
    if row.cluster_id not in viewer.coordinates:
        raise Forbidden("facility")
    return row


def new_facility(viewer: Viewer, slug: str) -> NewFacility:
    """Return a new facility that the viewer knows of.

    Raises:
        NotFound: there is none, or the viewer may not know of it.
    """
    row = new_row(viewer, slug)
    cluster = db.session.get_one(Cluster, row.cluster_id)
    coordinates = row.cluster_id in viewer.coordinates
    return NewFacility(
        id=row.id,
        coordinates=coordinates,
        slug=slug,
        cluster_slug=cluster.slug,
        cluster_name=cluster.short_name,
        country=cluster.country,
        time_zone=cluster.time_zone,
        values=values_of(row.content),
        parent=row.content.get(PARENT) or "",
        places=row.content.get(PLACES, 1),
        status=row.content.get(STATUS, "open"),
        revision=str(row.revision),
        note=draft_note(row, viewer, knows_people=coordinates),
    )


def values_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return all facts of a draft, those that it does not state included."""
    present = present_values(content)
    return {fact.name: present.get(fact.name, fact.nothing) for fact in FACTS}


def new_facilities(viewer: Viewer) -> dict[int, list[NewLine]]:
    """Return the new facilities that the viewer knows of, by cluster."""
    found: dict[int, list[NewLine]] = {}
    ids = viewer.coordinates | viewer.keeper_clusters
    if not ids:
        return found
    for row in db.session.scalars(
        sa.select(FacilityDraft)
        .where(in_ids(FacilityDraft.cluster_id, ids), FacilityDraft.slug.is_not(None))
        .order_by(FacilityDraft.id)
    ):
        if knows_draft(viewer, row):
            name = row.content.get("name") or ""
            found.setdefault(row.cluster_id, []).append(NewLine(row.slug or "", name))
    return found


def coordinated_cluster(viewer: Viewer, slug: str) -> Cluster:
    """Return a cluster that the viewer coordinates.

    Raises:
        NotFound: there is none, or others coordinate it.
    """
    cluster = None
    if "\0" not in slug:
        cluster = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if cluster is None or cluster.id not in viewer.coordinates:
        raise NotFound("cluster")
    return cluster


def cluster_to_fill(viewer: Viewer, slug: str) -> ClusterToFill:
    """Return the same for a page.

    Raises:
        NotFound: there is none, or others coordinate it.
    """
    cluster = coordinated_cluster(viewer, slug)
    return ClusterToFill(cluster.slug, cluster.short_name)


def parents_in(cluster_slug: str) -> list[tuple[str, str]]:
    """Return slug and name of the facilities of a cluster, each below what it is part of.

    Names are indented by how deep they are.
    """
    rows = db.session.execute(
        sa.select(Facility.id, Facility.slug, Facility.name)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(Cluster.slug == cluster_slug)
        .order_by(Facility.name)
    ).all()
    trees = all_trees()
    names = {row.id: row.name for row in rows}

    def way(facility_id: int) -> list[str]:
        above = [names.get(one, "") for one in trees.above(facility_id)]
        return [*reversed(above), names[facility_id]]

    ways = sorted((way(row.id), row.slug) for row in rows)
    return [(slug, " › ".join(names)) for names, slug in ways]
