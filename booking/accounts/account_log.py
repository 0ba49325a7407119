"""The log of accounts: who got or lost which right, written in the transaction of the change."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from blinker import Signal

from booking.accounts.models import AccountLogEntry, Person
from booking.extensions import db

#: Sent with `entry` and `now`, inside the transaction that writes the entry. Listeners write the
#: notices to the people in `told_ids`; an error in one of them undoes the change.
account_change_logged = Signal()


class AccountEvent(StrEnum):
    """What a line of the log records."""

    JOINED = "joined"
    """The person has an account now, in this organisation."""
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
    facility_id: int | None = None,
    cluster_id: int | None = None,
) -> None:
    """Append one line, and tell the colleagues of somebody who joined, or who stands in.

    `actor_id` None is the operator. Call it inside `writing`; the person must have an id.
    """
    told = _colleagues(person) if event is AccountEvent.JOINED else []
    if event is AccountEvent.STAND_IN_NAMED:
        told = [person.id]
    entry = AccountLogEntry(
        at=now,
        actor_id=actor_id,
        event=event,
        person_id=person.id,
        organisation_id=person.organisation_id,
        facility_id=facility_id,
        cluster_id=cluster_id,
        told_ids=told,
    )
    db.session.add(entry)
    db.session.flush()
    account_change_logged.send(None, entry=entry, now=now)


def _colleagues(person: Person) -> list[int]:
    if person.organisation_id is None:
        return []
    return list(
        db.session.scalars(
            sa.select(Person.id)
            .where(
                Person.organisation_id == person.organisation_id,
                Person.id != person.id,
                Person.is_active,
            )
            .order_by(Person.id)
        )
    )
