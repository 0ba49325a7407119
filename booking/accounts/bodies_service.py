"""Clusters and organisations, as the operator enters them."""

import re
from zoneinfo import available_timezones

import sqlalchemy as sa

from booking.accounts.account_request_service import ORGANISATION_KINDS
from booking.accounts.models import Organisation
from booking.clusters.models import Cluster
from booking.db.transactions import writing
from booking.errors import Invalid
from booking.extensions import db

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def add_cluster(
    slug: str,
    name: str,
    short_name: str,
    city: str,
    country: str,
    time_zone: str,
    region: str | None = None,
    answer_days: int = 10,
) -> None:
    """Add a cluster. `answer_days` are working days within which it means to answer.

    Raises:
        Invalid: `slug` has other signs than a-z, 0-9, - (`format`) or is `taken`; `region` is
            no ISO 3166-2 code of the country; `time_zone` is `unknown`.
    """
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", "format")
    if region is not None and not (REGION.fullmatch(region) and region.startswith(country)):
        raise Invalid("region", "format")
    if time_zone not in available_timezones():
        raise Invalid("time_zone", "unknown")
    with writing():
        if db.session.scalar(sa.select(Cluster.id).where(Cluster.slug == slug)):
            raise Invalid("slug", "taken")
        db.session.add(
            Cluster(
                slug=slug,
                name=name,
                short_name=short_name,
                city=city,
                country=country,
                region=region,
                time_zone=time_zone,
                answer_days=answer_days,
            )
        )


def add_organisation(name: str, kind: str, country: str, home_cluster_slug: str | None) -> None:
    """Add an organisation, at home in a cluster or in none.

    Raises:
        Invalid: `name` is `taken`; `kind` or `home_cluster` is `unknown`.
    """
    if kind not in ORGANISATION_KINDS:
        raise Invalid("kind", "unknown")
    with writing():
        same_name = sa.func.lower(Organisation.name) == name.lower()
        if db.session.scalar(sa.select(Organisation.id).where(same_name)):
            raise Invalid("name", "taken")
        home_cluster_id = None
        if home_cluster_slug is not None:
            home_cluster_id = db.session.scalar(
                sa.select(Cluster.id).where(Cluster.slug == home_cluster_slug)
            )
            if home_cluster_id is None:
                raise Invalid("home_cluster", "unknown")
        db.session.add(
            Organisation(name=name, kind=kind, country=country, home_cluster_id=home_cluster_id)
        )


def all_clusters() -> list[Cluster]:
    """Return all clusters by slug."""
    return list(db.session.scalars(sa.select(Cluster).order_by(Cluster.slug)))


def all_organisations() -> list[tuple[Organisation, str | None]]:
    """Return all organisations by name, each with the slug of its home cluster."""
    rows = db.session.execute(
        sa.select(Organisation, Cluster.slug)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .order_by(Organisation.name)
    )
    return [(organisation, slug) for organisation, slug in rows]
