"""A second factor as a duty: who needs one, and who of them has none.

A cluster may ask for one from an instant on (`Cluster.second_factor_from`), and the site may ask
administrators for one. What then is withheld stands in the conditions of `accounts.roles` for
roles, and in `ACTS_AS_ADMIN` for administrators; nothing else turns second factors into rights.
One counts that is set up here: what a sign-in provider asks for does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import has_second_factor_of
from booking.accounts.models import Person, Role
from booking.accounts.roles import HELD
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.rules.opening import local_day
from booking.rules.roles import RoleKind
from booking.rules.second_factors import REMINDED_BEFORE, RoleHolder, is_reminder_due

#: The execution option of an engine by which its site asks administrators for a second factor.
ADMINS_NEED_ONE = "admins_need_second_factor"
#: How long the mails about it are tried: they stay true for longer than other news.
MAIL_FRESH_FOR = REMINDED_BEFORE


def admins_need_one() -> bool:
    """Return whether administrators need a second factor on this site."""
    return bool(db.session.get_bind().get_execution_options().get(ADMINS_NEED_ONE))


_admins_need_one = sa.bindparam(
    "admins_need_one", callable_=admins_need_one, type_=sa.Boolean(), unique=True
)
_lacks_one = ~has_second_factor_of(Person.id)
#: That a `Person` of the query is an administrator whose role is in force.
ACTS_AS_ADMIN = sa.and_(Person.is_admin, ~sa.and_(_admins_need_one, _lacks_one))
#: That a `Person` has none, although a role of theirs needs one, now or from a day that is set.
NEEDS_SECOND_FACTOR = sa.and_(
    sa.or_(
        sa.exists()
        .where(
            Role.person_id == Person.id,
            HELD,
            Role.cluster_id == Cluster.id,
            Cluster.second_factor_from.is_not(None),
        )
        .correlate(Person),
        sa.and_(Person.is_admin, _admins_need_one),
    ),
    _lacks_one,
)


@dataclass(frozen=True)
class Duty:
    """A cluster, by its short name, that asks its people for a second factor from `since` on."""

    cluster: str
    since: datetime
    zone: ZoneInfo

    @property
    def day(self) -> date:
        """Return the first day, in the time of the cluster."""
        return local_day(self.since, self.zone)

    def holds(self, now: datetime) -> bool:
        """Return whether it has begun."""
        return self.since <= now


def duties_of(person_id: int) -> list[Duty]:
    """Return the clusters that ask this person for a second factor, the first one first.

    Whether they have one does not matter. One statement.
    """
    rows = db.session.execute(
        sa.select(Cluster.short_name, Cluster.second_factor_from, Cluster.time_zone)
        .where(
            Cluster.second_factor_from.is_not(None),
            Cluster.id.in_(sa.select(Role.cluster_id).where(Role.person_id == person_id, HELD)),
        )
        .order_by(Cluster.second_factor_from, Cluster.short_name)
    )
    return [Duty(name, since, ZoneInfo(zone)) for name, since, zone in rows if since is not None]


def acts_as_admin(person_id: int) -> bool:
    """Return whether a person is an active administrator whose role is in force."""
    return bool(
        db.session.scalar(
            sa.select(Person.id).where(Person.id == person_id, Person.is_active, ACTS_AS_ADMIN)
        )
    )


@dataclass(frozen=True)
class HolderLine(RoleHolder):
    """Somebody with roles in a cluster, as its coordinators read of them."""

    name: str
    email: str
    kinds: tuple[RoleKind, ...]


def role_holders(cluster_id: int) -> list[HolderLine]:
    """Return everybody who holds a role in a cluster, by name. One statement."""
    rows = db.session.execute(
        sa.select(
            Person.id,
            Person.is_active,
            has_second_factor_of(Person.id),
            Person.name,
            Person.email,
            sa.func.aggregate_strings(Role.kind, ","),
        )
        .join(Role, Role.person_id == Person.id)
        .where(Role.cluster_id == cluster_id, HELD)
        .group_by(Person.id)
        .order_by(Person.name, Person.email)
    )
    return [
        HolderLine(
            person_id=person_id,
            is_active=is_active,
            has_second_factor=bool(has_one),
            name=name,
            email=email,
            kinds=tuple(kind for kind in RoleKind if kind in set(kinds.split(","))),
        )
        for person_id, is_active, has_one, name, email, kinds in rows
    ]


def tell_of_duty(
    cluster_id: int, now: datetime, kind: AccountMailKind = AccountMailKind.SECOND_FACTOR_NEEDED
) -> None:
    """Queue a mail to everybody who needs a second factor in a cluster and has none.

    Part of the caller's transaction.
    """
    for one in role_holders(cluster_id):
        if one.is_late:
            queue_account_mail(
                kind, one.email, now, person_id=one.person_id, fresh_for=MAIL_FRESH_FOR
            )


def tell_new_holder(person: Person, cluster_id: int, now: datetime) -> None:
    """Queue a mail to somebody who gets a role where one needs a second factor, and has none.

    Part of the caller's transaction.
    """
    asks = sa.exists().where(Cluster.id == cluster_id, Cluster.second_factor_from.is_not(None))
    if db.session.scalar(sa.select(asks & ~has_second_factor_of(sa.literal(person.id)))):
        queue_account_mail(
            AccountMailKind.SECOND_FACTOR_NEEDED,
            person.email,
            now,
            person_id=person.id,
            fresh_for=MAIL_FRESH_FOR,
        )


def remind_of_duties() -> int:
    """Remind people, once, shortly before a cluster asks them for a second factor that they lack.

    Returns of how many clusters. The worker calls it.
    """
    return sum(_remind(cluster_id) for cluster_id in _due(clock.now()))


def _due(now: datetime) -> Sequence[int]:
    return [
        cluster_id
        for cluster_id, since in db.session.execute(
            sa.select(Cluster.id, Cluster.second_factor_from).where(
                Cluster.second_factor_from > now, Cluster.second_factor_reminded_at.is_(None)
            )
        )
        if since is not None and is_reminder_due(since, now)
    ]


@retried
def _remind(cluster_id: int) -> bool:
    with writing() as now:
        cluster = db.session.get_one(
            Cluster, cluster_id, with_for_update={"key_share": True}, populate_existing=True
        )
        since = cluster.second_factor_from
        done = cluster.second_factor_reminded_at is not None
        if since is None or done or not is_reminder_due(since, now):
            return False
        tell_of_duty(cluster_id, now, AccountMailKind.SECOND_FACTOR_REMINDER)
        cluster.second_factor_reminded_at = now
        return True
