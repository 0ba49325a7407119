"""Erasing what is personal in the log; the chain holds, and an entry says that it was done."""

from datetime import datetime

import sqlalchemy as sa

from booking.audit.models import AuditEntry
from booking.audit.recording import record
from booking.extensions import db
from booking.rules.audit_events import Event


def erase_person(person_id: int, now: datetime, *, actor: int | None, why: str = "") -> None:
    """Erase what entries about a person say, and from where the person acted.

    That they happened stays, with the person's id. Part of the caller's `writing` transaction;
    `why` is kept, so it names nobody.
    """

    def erase(position: int) -> None:
        about = sa.and_(AuditEntry.person_id == person_id, AuditEntry.position < position)
        _erase(about, position, content=True)
        _erase(AuditEntry.actor_id == person_id, position)

    record(Event.PERSON_ERASED, now=now, actor=actor, person=person_id, why=why, then=erase)


def erase_addresses(until: datetime, now: datetime) -> bool:
    """Erase from where people acted before an instant; returns whether there was any to erase.

    Part of the caller's `writing` transaction.
    """
    older = sa.and_(AuditEntry.at < until, AuditEntry.address.is_not(None))
    if db.session.scalar(sa.select(AuditEntry.position).where(older).limit(1)) is None:
        return False
    record(
        Event.ADDRESSES_ERASED, now=now, actor=None, then=lambda position: _erase(older, position)
    )
    return True


def _erase(which: sa.ColumnElement[bool], position: int, *, content: bool = False) -> None:
    gone = {"address": None, "address_salt": None, "erased_by": position}
    there: sa.ColumnElement[bool] = AuditEntry.address.is_not(None)
    if content:
        gone |= {"content": None, "content_salt": None}
        there = sa.or_(there, AuditEntry.content.is_not(None))
    db.session.execute(
        sa.update(AuditEntry).where(which, there).values(gone),
        execution_options={"synchronize_session": False},
    )
