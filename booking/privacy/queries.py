"""Reading who is responsible, the clusters, and whom to erase."""

from collections.abc import Sequence

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db


def email_of(key: str) -> str:
    """Return the address of the person with this key, "" if there is none."""
    return db.session.scalar(sa.select(Person.email).where(Person.key == key)) or ""


def controllers() -> Sequence[Cluster]:
    """Return all clusters by name: each is responsible for what it decides on."""
    return db.session.scalars(sa.select(Cluster).order_by(Cluster.short_name)).all()


def controller(slug: str) -> Cluster:
    """Return the cluster of this slug.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if found is None:
        raise NotFound("cluster")
    return found
