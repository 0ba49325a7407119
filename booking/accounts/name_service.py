"""Changing one's name: it stands everywhere from then on, as logs name people by their number."""

from booking.accounts.service import locked
from booking.audit.recording import record
from booking.db.transactions import writing
from booking.errors import NotFound
from booking.rules.audit_events import Event


def change_name(person_id: int, name: str) -> None:
    """Give a person another name. The log has that it changed, and neither name.

    Raises:
        NotFound: there is no such active person.
    """
    with writing() as now:
        person = locked(person_id)
        if person is None or not person.is_active:
            raise NotFound("person")
        if person.name != name:
            person.name = name
            record(Event.NAME_CHANGED, now=now, actor=person_id, person=person_id)
