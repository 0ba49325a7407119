"""Reading accounts: what a person may do, and the roles they have."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Approver, Coordinator, Organisation, Person, facility_table
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.visibility import Account, Viewer

# The roles of a `Person` of the query as texts, "1,2" and "5:1,6:1": one row, whatever there is.
_COORDINATES = (
    sa.select(sa.func.aggregate_strings(sa.cast(Coordinator.cluster_id, sa.String), ","))
    .where(Coordinator.person_id == Person.id)
    .scalar_subquery()
)
_APPROVES = (
    sa.select(
        sa.func.aggregate_strings(
            sa.cast(Approver.facility_id, sa.String)
            + ":"
            + sa.cast(facility_table.c.cluster_id, sa.String),
            ",",
        )
    )
    .join(facility_table, facility_table.c.id == Approver.facility_id)
    .where(Approver.person_id == Person.id)
    .scalar_subquery()
)
#: What `account_from` needs beside the person, of a query that joins `Organisation`.
ACCOUNT_COLUMNS = (
    Organisation.name.label("organisation_name"),
    Organisation.home_cluster_id,
    _COORDINATES.label("coordinates"),
    _APPROVES.label("approves"),
)


def account_of(person_id: int) -> Account | None:
    """Return the account of an active person with all their roles, or None. One statement."""
    row = db.session.execute(
        sa.select(Person, *ACCOUNT_COLUMNS)
        .outerjoin(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.id == person_id, Person.is_active)
    ).first()
    return None if row is None else account_from(row.Person, row)


def account_from(person: Person, row: sa.Row[*tuple[Any, ...]]) -> Account:
    """Return the account of a person, made of a row with `ACCOUNT_COLUMNS`."""
    approves = [pair.split(":") for pair in (row.approves or "").split(",") if pair]
    return Account(
        person_id=person.id,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        organisation_id=person.organisation_id,
        organisation_name=row.organisation_name,
        viewer=Viewer(
            person_id=person.id,
            organisation_id=person.organisation_id,
            home_cluster_id=row.home_cluster_id,
            coordinates=frozenset(int(one) for one in (row.coordinates or "").split(",") if one),
            approves=frozenset(int(facility_id) for facility_id, _ in approves),
            approver_clusters=frozenset(int(cluster_id) for _, cluster_id in approves),
            is_admin=person.is_admin,
        ),
    )


def account_now(account: Account) -> Account:
    """Return the account as it is now; services read it again once they hold their lock.

    Raises:
        NotFound: the account is no longer active.
    """
    current = account_of(account.person_id)
    if current is None:
        raise NotFound("account")
    return current


@dataclass(frozen=True)
class NamedPage:
    """Slug and name of a cluster or facility, for a link."""

    slug: str
    name: str


@dataclass(frozen=True)
class Roles:
    """The clusters a person coordinates and the facilities on which they decide."""

    coordinates: tuple[NamedPage, ...]
    approves: tuple[NamedPage, ...]


def roles_of(person_id: int) -> Roles:
    """Return the roles of a person, clusters and facilities sorted by name."""
    clusters = db.session.execute(
        sa.select(Cluster.slug, Cluster.name)
        .join(Coordinator, Coordinator.cluster_id == Cluster.id)
        .where(Coordinator.person_id == person_id)
        .order_by(Cluster.name)
    )
    facilities = db.session.execute(
        sa.select(facility_table.c.slug, facility_table.c.name)
        .join(Approver, Approver.facility_id == facility_table.c.id)
        .where(Approver.person_id == person_id)
        .order_by(facility_table.c.name)
    )
    return Roles(
        coordinates=tuple(NamedPage(*row) for row in clusters),
        approves=tuple(NamedPage(*row) for row in facilities),
    )
