"""Reading accounts: what a person may do, and the roles they have."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.accounts.models import Approver, Coordinator, Person, facility_table
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.visibility import Account, Viewer


def account_of(person_id: int) -> Account | None:
    """Return the account of an active person with all their roles, or None.

    Three statements, whatever the number of roles.
    """
    person = db.session.scalar(
        sa.select(Person)
        .options(joinedload(Person.organisation))
        .where(Person.id == person_id, Person.is_active)
    )
    if person is None:
        return None
    organisation = person.organisation
    coordinates = db.session.scalars(
        sa.select(Coordinator.cluster_id).where(Coordinator.person_id == person_id)
    ).all()
    approves = db.session.execute(
        sa.select(Approver.facility_id, facility_table.c.cluster_id)
        .join(facility_table, facility_table.c.id == Approver.facility_id)
        .where(Approver.person_id == person_id)
    ).all()
    return Account(
        person_id=person.id,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        organisation_id=person.organisation_id,
        organisation_name=organisation.name if organisation else None,
        viewer=Viewer(
            person_id=person.id,
            organisation_id=person.organisation_id,
            home_cluster_id=organisation.home_cluster_id if organisation else None,
            coordinates=frozenset(coordinates),
            approves=frozenset(facility_id for facility_id, _ in approves),
            approver_clusters=frozenset(cluster_id for _, cluster_id in approves),
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
