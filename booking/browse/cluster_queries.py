"""Reading clusters: all of them, and one with its tree of facilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.models import Facility


def facility_counts() -> dict[str, int]:
    """Return how many facilities each cluster has, by its slug. One statement."""
    rows = db.session.execute(
        sa.select(Cluster.slug, sa.func.count(Facility.id))
        .outerjoin(Facility, Facility.cluster_id == Cluster.id)
        .group_by(Cluster.slug)
    )
    return dict(rows.all())


def all_clusters() -> Sequence[Cluster]:
    """Return all clusters with their focus areas, by name."""
    return db.session.scalars(
        sa.select(Cluster).order_by(Cluster.short_name).options(selectinload(Cluster.focus_areas))
    ).all()


@dataclass(frozen=True)
class TreeNode:
    """A facility in its tree, `depth` 0 at the top."""

    facility: Facility
    depth: int


@dataclass(frozen=True)
class ShownCluster:
    """One cluster and its facilities, parents before what is part of them."""

    cluster: Cluster
    nodes: Sequence[TreeNode]
    kinds: Mapping[str, int]


def cluster_of(slug: str) -> ShownCluster:
    """Return the cluster of this slug. Four statements.

    Raises:
        NotFound: there is none.
    """
    cluster = db.session.scalar(
        sa.select(Cluster).where(Cluster.slug == slug).options(selectinload(Cluster.focus_areas))
    )
    if cluster is None:
        raise NotFound("cluster")
    facilities = db.session.scalars(
        sa.select(Facility)
        .where(Facility.cluster_id == cluster.id)
        .order_by(Facility.name)
        .options(selectinload(Facility.focus_areas))
    ).all()
    kinds: dict[str, int] = {}
    for facility in facilities:
        kinds[facility.kind] = kinds.get(facility.kind, 0) + 1
    return ShownCluster(cluster, _tree(facilities), kinds)


def _tree(facilities: Sequence[Facility]) -> list[TreeNode]:
    below: dict[int | None, list[Facility]] = {}
    for facility in facilities:
        below.setdefault(facility.parent_id, []).append(facility)
    nodes: list[TreeNode] = []
    waiting = [TreeNode(facility, 0) for facility in reversed(below.get(None, []))]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        children = below.get(node.facility.id, [])
        waiting += [TreeNode(child, node.depth + 1) for child in reversed(children)]
    return nodes
