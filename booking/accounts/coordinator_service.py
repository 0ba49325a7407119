"""Naming and removing the coordinators of a cluster, as an administrator."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from booking.accounts.models import Person, Role
from booking.accounts.operator_service import locked_person
from booking.accounts.people_service import check_still_admin
from booking.accounts.role_service import Giving, RoleOf, give_role, take_role
from booking.clusters.models import Cluster
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.roles import RoleKind
from booking.rules.visibility import Account


@dataclass(frozen=True)
class NewCoordinator:
    """Whom an administrator names, by e-mail address, why, and to which last day.

    `acknowledged`: the administrator knows for which organisation the person works.
    """

    email: str
    reason: str
    last_day: date | None = None
    acknowledged: bool = False


@retried
def name_coordinator(account: Account, slug: str, new: NewCoordinator) -> str:
    """Make somebody coordinator of a cluster; returns their name. It signs them out.

    The person and the other coordinators are told.

    Raises:
        NotFound: there is no such cluster.
        Forbidden: the person who acts is no administrator any more.
        Invalid: `email` is `unknown`: no account that can sign in; the `role` is there `already`;
            `last_day` is wrong, see `give_role`.
        WorksForOrganisation: the person does, and the administrator has not `acknowledged` it.
    """
    with writing() as now:
        check_still_admin(account)
        cluster_id = _cluster(slug)
        person = locked_person(new.email)
        if not person.is_active:
            raise Invalid("email", "unknown")
        giving = Giving(now, account.person_id, new.reason, new.last_day, new.acknowledged)
        give_role(person, RoleOf(RoleKind.COORDINATOR, cluster_id), giving)
        return person.name


@retried
def remove_coordinator(account: Account, slug: str, key: str, reason: str) -> str:
    """Take the role of coordinator with this key away; returns who had it, by name.

    Raises:
        NotFound: there is no such role in this cluster.
        Forbidden: the person who acts is no administrator any more.
        Invalid: `role` is `missing`: it has ended meanwhile.
        Conflict: `last_coordinator`.
    """
    with writing() as now:
        check_still_admin(account)
        cluster_id = _cluster(slug)
        person = locked_person(_email_of(cluster_id, key))
        wanted = RoleOf(RoleKind.COORDINATOR, cluster_id)
        take_role(person, wanted, now, actor_id=account.person_id, reason=reason, key=key)
        return person.name


def _email_of(cluster_id: int, key: str) -> str:
    """Return the address of who has or had the role of coordinator with this key."""
    email = db.session.scalar(
        sa.select(Person.email)
        .join(Role, Role.person_id == Person.id)
        .where(Role.key == key, Role.cluster_id == cluster_id, Role.kind == RoleKind.COORDINATOR)
    )
    if email is None:
        raise NotFound("role")
    return email


def _cluster(slug: str) -> int:
    found = db.session.scalar(sa.select(Cluster.id).where(Cluster.slug == slug))
    if found is None:
        raise NotFound("cluster")
    return found
