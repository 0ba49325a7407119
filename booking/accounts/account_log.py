"""The log of accounts: who got or lost which right, or reported a mistake, and who was told.

It is written in the transaction of the change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from blinker import Signal

from booking.accounts.memberships import working_for
from booking.accounts.models import AccountLogEntry, Person
from booking.audit.recording import record
from booking.extensions import db
from booking.rules.audit_events import Event

#: Sent with `entry` and `now`, inside the transaction that writes the entry. Listeners write the
#: notices to the people in `told_ids`; an error in one of them undoes the change.
account_change_logged = Signal()


class AccountEvent(StrEnum):
    """What a line of the log records."""

    JOINED = "joined"
    """The person has an account, or works for this organisation from now on."""
    LEFT = "left"
    """The person does not work for this organisation any more."""
    MANAGER_NAMED = "manager_named"
    MANAGER_REMOVED = "manager_removed"
    JOIN_REQUEST_PASSED_ON = "join_request_passed_on"
    """The person, a coordinator, passed a request to join on to the organisation's managers."""
    JOIN_ANNOUNCED = "join_announced"
    """The person, a coordinator, lets somebody join unless a member objects."""
    APPROVER_NAMED = "approver_named"
    APPROVER_REMOVED = "approver_removed"
    COORDINATOR_NAMED = "coordinator_named"
    COORDINATOR_REMOVED = "coordinator_removed"
    MERGED = "merged"
    """The person, an administrator, merged a duplicate into this organisation."""
    DEACTIVATED = "deactivated"
    """The person's account was deactivated, and a colleague looks after their open requests."""
    KEEPER_NAMED = "keeper_named"
    KEEPER_REMOVED = "keeper_removed"
    AUDITOR_NAMED = "auditor_named"
    AUDITOR_REMOVED = "auditor_removed"
    STAND_IN_NAMED = "stand_in_named"
    """The person decides for the actor while that one is away."""
    MISTAKE_REPORTED = "mistake_reported"
    """The person reported a mistake on the page of a facility."""
    MISTAKE_CORRECTED = "mistake_corrected"
    MISTAKE_KEPT = "mistake_kept"
    """The actor looked at what the person reported, and left the page as it is."""


def log_account_change(
    event: AccountEvent,
    person: Person,
    now: datetime,
    *,
    actor_id: int | None,
    organisation_id: int | None = None,
    facility_id: int | None = None,
    cluster_id: int | None = None,
    told_ids: Sequence[int] = (),
    after: Mapping[str, object] | None = None,
    why: str = "",
) -> None:
    """Append one line, and tell the people in `told_ids`.

    `after` and `why` go into the log of who changed what only.

    Who joined is made known to everybody else in the organisation; a stand-in is told as well.
    `actor_id` None is the operator. Call it inside `writing`; the person must have an id.
    """
    told = list(told_ids)
    if event is AccountEvent.JOINED and organisation_id is not None:
        told = colleagues(organisation_id, person.id)
    if event is AccountEvent.STAND_IN_NAMED:
        told = [person.id]
    entry = AccountLogEntry(
        at=now,
        actor_id=actor_id,
        event=event,
        person_id=person.id,
        organisation_id=organisation_id,
        facility_id=facility_id,
        cluster_id=cluster_id,
        told_ids=told,
    )
    db.session.add(entry)
    db.session.flush()
    if event is AccountEvent.DEACTIVATED:  # a line for each organisation, and one event
        account_change_logged.send(None, entry=entry, now=now)
        return
    # Who passed a request on is the actor, and the request is nobody's account yet.
    about_person = event not in (
        AccountEvent.JOIN_REQUEST_PASSED_ON,
        AccountEvent.JOIN_ANNOUNCED,
        AccountEvent.MERGED,
        *_OF_PAGES,
    )
    record(
        _recorded_as(event, person, actor_id, organisation_id),
        now=now,
        actor=actor_id,
        person=person.id if about_person else None,
        organisation=organisation_id,
        facility=facility_id,
        cluster=cluster_id,
        after=after,
        why=why,
    )
    account_change_logged.send(None, entry=entry, now=now)


def _recorded_as(
    event: AccountEvent, person: Person, actor_id: int | None, organisation_id: int | None
) -> Event:
    """Return what it is called in the log of who changed what."""
    if event is AccountEvent.JOINED and organisation_id is None:
        return Event.ACCOUNT_MADE
    if event is AccountEvent.LEFT and actor_id != person.id:
        return Event.MEMBER_REMOVED
    return _EVENTS[event]


_OF_PAGES = frozenset(
    {AccountEvent.MISTAKE_REPORTED, AccountEvent.MISTAKE_CORRECTED, AccountEvent.MISTAKE_KEPT}
)
_EVENTS = {
    AccountEvent.JOINED: Event.MEMBER_JOINED,
    AccountEvent.LEFT: Event.MEMBER_LEFT,
    AccountEvent.MANAGER_NAMED: Event.MANAGER_NAMED,
    AccountEvent.MANAGER_REMOVED: Event.MANAGER_REMOVED,
    AccountEvent.JOIN_REQUEST_PASSED_ON: Event.ACCOUNT_REQUEST_PASSED_ON,
    AccountEvent.JOIN_ANNOUNCED: Event.JOIN_ANNOUNCED,
    AccountEvent.MERGED: Event.DUPLICATE_TAKEN_IN,
    AccountEvent.APPROVER_NAMED: Event.APPROVER_NAMED,
    AccountEvent.APPROVER_REMOVED: Event.APPROVER_REMOVED,
    AccountEvent.COORDINATOR_NAMED: Event.COORDINATOR_NAMED,
    AccountEvent.COORDINATOR_REMOVED: Event.COORDINATOR_REMOVED,
    AccountEvent.KEEPER_NAMED: Event.KEEPER_NAMED,
    AccountEvent.KEEPER_REMOVED: Event.KEEPER_REMOVED,
    AccountEvent.AUDITOR_NAMED: Event.AUDITOR_NAMED,
    AccountEvent.AUDITOR_REMOVED: Event.AUDITOR_REMOVED,
    AccountEvent.STAND_IN_NAMED: Event.STAND_IN_NAMED,
    AccountEvent.MISTAKE_REPORTED: Event.MISTAKE_REPORTED,
    AccountEvent.MISTAKE_CORRECTED: Event.MISTAKE_SETTLED,
    AccountEvent.MISTAKE_KEPT: Event.MISTAKE_SETTLED,
}


def colleagues(organisation_id: int, person_id: int) -> list[int]:
    """Return the ids of everybody else who works for an organisation."""
    people = db.session.execute(working_for([organisation_id]))
    return [one for _, one in people if one != person_id]
