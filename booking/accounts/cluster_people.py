"""Who belongs to a cluster: its coordinators can name these people, and learn of no others."""

from collections.abc import Sequence

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.operator_service import locked_person
from booking.accounts.roles import HELD, IS_COORDINATOR
from booking.errors import Invalid
from booking.extensions import db


def locked_person_of(email: str, cluster_id: int) -> Person:
    """Return the person of a cluster with this address, locked. Call it inside `writing`.

    Raises:
        Invalid: `email` is `unknown`: no account, a closed one, or one of another cluster.
    """
    person = locked_person(email)
    if not person.is_active or not belongs_to(person, cluster_id):
        raise Invalid("email", "unknown")
    return person


def belongs_to(person: Person, cluster_id: int) -> bool:
    """Return whether a person belongs to a cluster.

    They do who have a role in it, or work for an organisation that has it as its home cluster.
    """
    named = sa.select(Role.person_id).where(Role.cluster_id == cluster_id, HELD)
    at_home = (
        sa.select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.home_cluster_id == cluster_id, CURRENT)
    )
    found = sa.union(named, at_home).subquery()
    return bool(
        db.session.scalar(
            sa.select(sa.func.count()).select_from(found).where(found.c.person_id == person.id)
        )
    )


def coordinator_ids(cluster_id: int) -> Sequence[int]:
    """Return the ids of the active people who coordinate a cluster now. One statement."""
    return db.session.scalars(
        sa.select(Person.id)
        .join(Role, Role.person_id == Person.id)
        .where(Role.cluster_id == cluster_id, Person.is_active, IS_COORDINATOR)
        .order_by(Person.id)
    ).all()
