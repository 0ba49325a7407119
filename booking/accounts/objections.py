"""Joining an organisation that nobody manages: its members are told first, and may object."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.memberships import CURRENT, working_for
from booking.accounts.models import AccountRequest, Membership, Organisation, Person
from booking.audit.recording import record
from booking.clusters.deadlines import deadlines_of
from booking.db.transactions import retried, writing
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.deadlines import end_of_objections
from booking.rules.visibility import Account

log = logging.getLogger(__name__)


def who_may_object(organisation_id: int) -> Collection[int]:
    """Return the ids of the active people who work for an organisation."""
    return [one for _, one in db.session.execute(working_for([organisation_id]))]


def announce(
    request: AccountRequest,
    organisation: Organisation,
    members: Collection[int],
    coordinator_id: int,
    now: datetime,
) -> None:
    """Tell an organisation's members that somebody is to join, until when they may object.

    Part of the caller's transaction. An earlier objection was answered by it.
    """
    if organisation.home_cluster is None:
        raise NotFound("cluster")
    deadlines = deadlines_of(organisation.home_cluster, now)
    request.joins_id = organisation.id
    request.announced_by_id = coordinator_id
    request.objections_until = end_of_objections(now, deadlines)
    request.objection = ""
    request.objected_by_id = request.objected_at = None
    log_account_change(
        AccountEvent.JOIN_ANNOUNCED,
        db.session.get_one(Person, coordinator_id),
        now,
        actor_id=coordinator_id,
        organisation_id=organisation.id,
        told_ids=[one for one in members if one != coordinator_id],
    )
    log.info("joining organisation %s announced by person %s", organisation.id, coordinator_id)


@dataclass(frozen=True)
class Announced:
    """Somebody who is to join an organisation that nobody manages, as its members see them.

    `objection` has the words of a member who is against it, by `objected_by`; else both are empty.
    """

    key: str
    name: str
    email: str
    message: str
    approved_by: str
    objections_until: datetime
    objection: str
    objected_by: str


def announced_to(organisation_id: int) -> list[Announced]:
    """Return who is to join an organisation, the first one first."""
    coordinator, objector = sa.orm.aliased(Person), sa.orm.aliased(Person)
    rows = db.session.execute(
        sa.select(AccountRequest, coordinator.name, objector.name)
        .join(coordinator, coordinator.id == AccountRequest.announced_by_id)
        .outerjoin(objector, objector.id == AccountRequest.objected_by_id)
        .where(
            AccountRequest.joins_id == organisation_id,
            AccountRequest.organisation_id.is_(None),
            AccountRequest.answer.is_(None),
        )
        .order_by(AccountRequest.objections_until, AccountRequest.id)
    )
    return [
        Announced(
            key=one.key,
            name=one.name,
            email=one.email,
            message=one.message,
            approved_by=approved_by,
            objections_until=one.objections_until,
            objection=one.objection,
            objected_by=objected_by or "",
        )
        for one, approved_by, objected_by in rows
        if one.objections_until is not None
    ]


def is_announced(organisation_id: int | None, key: str) -> bool:
    """Return whether this is the key of somebody who is to join this organisation."""
    if organisation_id is None:
        return False
    return any(one.key == key for one in announced_to(organisation_id))


@retried
def object_to(account: Account, key: str, words: str) -> None:
    """Object to somebody's joining the organisation for which a member acts.

    They do not join then; the coordinator reads the objection and talks to both.

    Raises:
        Conflict: `already_decided`, when they joined, were declined, or somebody objected before.
        NotFound: nobody of this key is to join it, or the person does not work there any more.
    """
    if account.organisation_id is None:
        raise NotFound("organisation")
    with writing() as now:
        works_here = sa.select(Membership.id).where(
            Membership.person_id == account.person_id,
            Membership.organisation_id == account.organisation_id,
            CURRENT,
        )
        request = db.session.scalar(
            sa.select(AccountRequest)
            .where(
                AccountRequest.key == key,
                AccountRequest.joins_id == account.organisation_id,
                AccountRequest.organisation_id.is_(None),
            )
            .with_for_update()
        )
        if request is None or db.session.scalar(works_here) is None:
            raise NotFound("account request")
        if request.answer is not None or request.objected_at is not None:
            raise Conflict("already_decided")
        request.objection = words
        request.objected_by_id = account.person_id
        request.objected_at = now
        record(
            Event.JOIN_OBJECTED,
            now=now,
            actor=account.person_id,
            organisation=account.organisation_id,
        )
        log.info("objection to joining organisation %s", account.organisation_id)
