"""Giving a person a copy of their data."""

from booking.accounts.service import locked
from booking.audit.recording import record
from booking.db.transactions import writing
from booking.errors import NotFound
from booking.privacy.copy import CopiedRows, copy_of
from booking.rules.audit_events import Event


def take_copy(person_id: int) -> list[CopiedRows]:
    """Return what is stored about a person, and log that they took a copy.

    Raises:
        NotFound: there is no such active person.
    """
    with writing() as now:
        person = locked(person_id)
        if person is None or not person.is_active:
            raise NotFound("person")
        record(Event.DATA_COPIED, now=now, actor=person_id, person=person_id)
        return copy_of(person_id)
