"""The log of accounts: who got or lost which right, written in the transaction of the change."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from blinker import Signal

from booking.accounts.memberships import working_for
from booking.accounts.models import AccountLogEntry, Person
from booking.extensions import db

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
    APPROVER_NAMED = "approver_named"
    APPROVER_REMOVED = "approver_removed"
    COORDINATOR_NAMED = "coordinator_named"
    COORDINATOR_REMOVED = "coordinator_removed"
    STAND_IN_NAMED = "stand_in_named"
    """The person decides for the actor while that one is away."""


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
) -> None:
    """Append one line, and tell the people in `told_ids`.

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
    account_change_logged.send(None, entry=entry, now=now)


def colleagues(organisation_id: int, person_id: int) -> list[int]:
    """Return the ids of everybody else who works for an organisation."""
    people = db.session.execute(working_for([organisation_id]))
    return [one for _, one in people if one != person_id]
