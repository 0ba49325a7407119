"""Reading accounts: what a person may do, and the roles they have."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from booking.accounts.memberships import MEMBERSHIPS, active_of, ids_in, organisations_in
from booking.accounts.models import Approver, Coordinator, Person, facility_table
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
#: What `account_from` needs beside the person.
ACCOUNT_COLUMNS = (
    MEMBERSHIPS.label("memberships"),
    _COORDINATES.label("coordinates"),
    _APPROVES.label("approves"),
)


def account_of(person_id: int, *, organisation_id: int | None = None) -> Account | None:
    """Return the account of an active person with all their roles, or None. One statement.

    `organisation_id` says for which organisation they act: if they do not work for it, for none.
    None: the one for which they sign in.
    """
    row = db.session.execute(
        sa.select(Person, *ACCOUNT_COLUMNS).where(Person.id == person_id, Person.is_active)
    ).first()
    return None if row is None else account_from(row.Person, row, organisation_id)


def account_from(
    person: Person, row: sa.Row[*tuple[Any, ...]], organisation_id: int | None
) -> Account:
    """Return the account of a person, made of a row with `ACCOUNT_COLUMNS`.

    `organisation_id` is meant as in `account_of`.
    """
    approves = [pair.split(":") for pair in (row.approves or "").split(",") if pair]
    organisations = organisations_in(row.memberships)
    active = active_of(organisations, organisation_id)
    return Account(
        person_id=person.id,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        organisations=tuple(sorted(organisations, key=lambda one: one.name.casefold())),
        active=active,
        viewer=Viewer(
            person_id=person.id,
            organisation_id=active.organisation_id if active else None,
            home_cluster_id=active.home_cluster_id if active else None,
            coordinates=ids_in(row.coordinates),
            approves=frozenset(int(facility_id) for facility_id, _ in approves),
            approver_clusters=frozenset(int(cluster_id) for _, cluster_id in approves),
            is_admin=person.is_admin,
        ),
    )


def account_now(account: Account) -> Account:
    """Return the account as it is now; services read it again once they hold their lock.

    It acts for the same organisation, or for none if the person does not work there any more.

    Raises:
        NotFound: the account is no longer active.
    """
    current = account_of(account.person_id, organisation_id=account.organisation_id)
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
