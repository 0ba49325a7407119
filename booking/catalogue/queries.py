"""Where facts of clusters and facilities come from, for the sources page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.catalogue import reading
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.models import Facility


@dataclass(frozen=True)
class About:
    """The note of the catalogue's compilers, and what they have not verified."""

    note: str
    not_verified: tuple[str, ...]


@lru_cache(maxsize=1)
def about() -> About:
    """Return the note of the shipped catalogue."""
    catalogue = reading.read_catalogue()
    return About(catalogue.note, catalogue.not_verified)


@dataclass(frozen=True)
class Sources:
    """Clusters and facilities with their sources, and the first and last day facts were read."""

    clusters: Sequence[Cluster]
    facilities: Sequence[Facility]
    read_from: date | None
    read_to: date | None


def fact_sources() -> Sources:
    """Return the sources of all clusters and facilities, sorted by cluster and name."""
    facilities = db.session.scalars(
        sa.select(Facility)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .order_by(Cluster.short_name, Facility.name)
        .options(joinedload(Facility.cluster))
    ).all()
    days = [one.facts_read_on for one in facilities if one.facts_read_on]
    return Sources(
        clusters=db.session.scalars(sa.select(Cluster).order_by(Cluster.short_name)).all(),
        facilities=facilities,
        read_from=min(days, default=None),
        read_to=max(days, default=None),
    )


def cluster_slugs() -> Sequence[str]:
    """Return the slugs of all clusters, sorted."""
    return db.session.scalars(sa.select(Cluster.slug).order_by(Cluster.slug)).all()


def facility_slugs() -> Sequence[str]:
    """Return the slugs of all facilities, sorted."""
    return db.session.scalars(sa.select(Facility.slug).order_by(Facility.slug)).all()
