"""Reading what the state of this installation follows from."""

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.roles import IS_COORDINATOR
from booking.clusters.models import Cluster
from booking.config import Settings
from booking.data_check.service import last_checks
from booking.db import clock
from booking.db.readiness import why_not_ready
from booking.extensions import db
from booking.facilities.models import Facility
from booking.notices.mail_queue import mail_numbers
from booking.notices.pausing import mail_pause
from booking.notices.worker_seen import worker_seen_at
from booking.rules.attention import Installation, Opened
from booking.rules.visibility import MembershipRole


def installation(settings: Settings, opened: Opened | None) -> Installation:
    """Return the facts; of a database that cannot be used no more than why. Some ten statements.

    `opened`: the request with which an administrator opened the page; None on the command line.
    """
    now = clock.now()
    if fault := why_not_ready():
        return Installation(
            now=now,
            database_fault=fault,
            production=settings.production,
            base_url=settings.base_url,
            proxy_hops=settings.proxy_hops,
            opened=opened,
        )
    pause = mail_pause(settings) if settings.smtp_host else None
    mails = mail_numbers()
    return Installation(
        now=now,
        worker_seen_at=worker_seen_at(),
        has_mail_server=bool(settings.smtp_host),
        mail_paused=pause is not None,
        paused_since=pause.since if pause else None,
        restored=pause.restored if pause else False,
        mail_waiting=mails.due,
        mail_waiting_since=mails.due_since,
        mail_failed=mails.failed,
        facilities=_count(sa.select(sa.func.count()).select_from(Facility)),
        without_coordinator=_without_coordinator(),
        without_manager=_count(
            sa.select(sa.func.count()).select_from(Organisation).where(NOBODY_MANAGES)
        ),
        admins=_count(sa.select(sa.func.count()).where(Person.is_admin, Person.is_active)),
        production=settings.production,
        base_url=settings.base_url,
        proxy_hops=settings.proxy_hops,
        opened=opened,
        checks=last_checks(),
    )


def _count(query: sa.Select[int]) -> int:
    return db.session.scalar(query) or 0


def _without_coordinator() -> list[str]:
    """Return the clusters that no active person coordinates, by short name."""
    coordinated = (
        sa.select(Role.cluster_id)
        .join(Person, Person.id == Role.person_id)
        .where(Role.cluster_id == Cluster.id, Person.is_active, IS_COORDINATOR)
        .exists()
    )
    return list(
        db.session.scalars(
            sa.select(Cluster.short_name).where(~coordinated).order_by(Cluster.short_name)
        )
    )


def _working(*conditions: sa.ColumnElement[bool]) -> sa.Exists:
    return (
        sa.select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == Organisation.id, CURRENT, Person.is_active, *conditions
        )
        .exists()
    )


#: That people work for an `Organisation` of the query and none of them manages it.
NOBODY_MANAGES = sa.and_(_working(), ~_working(Membership.role == MembershipRole.MANAGER))
