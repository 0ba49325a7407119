"""Writing notices and marking them read."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.extensions import db
from booking.notices.models import Notice
from booking.requests.models import Booking, BookingRequest, LogEntry
from booking.rules.routing import Deciders
from booking.transactions import writing


def tell(entry: LogEntry, booking: Booking, deciders: Deciders, now: datetime) -> None:
    """Write one notice to everybody whom this step concerns, save who took it.

    All who may decide, and the requester while they work for the organisation that asked; for
    what the owner entered on its behalf, everybody who works there. Runs in the transaction of
    the step.
    """
    sides = dict.fromkeys(deciders.all, "owner")
    sides.update(dict.fromkeys(_requesters(booking.request), "requester"))
    sides.pop(entry.actor_id or 0, None)
    for person_id, side in sorted(sides.items()):
        db.session.add(
            Notice(
                person_id=person_id,
                booking_id=booking.id,
                log_id=entry.id,
                side=side,
                after=entry.after,
                created_at=now,
                mail_due_at=now,
            )
        )
    db.session.flush()


def _requesters(request: BookingRequest) -> Sequence[int]:
    if request.organisation_id is None:
        return ()
    at_work = sa.select(Person.id).where(
        Person.organisation_id == request.organisation_id, Person.is_active
    )
    if not request.entered:
        at_work = at_work.where(Person.id == request.requester_id)
    return db.session.scalars(at_work).all()


def mark_read(person_id: int) -> None:
    """Mark all notices of this person as read."""
    with writing() as now:
        db.session.execute(
            sa.update(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None))
            .values(read_at=now)
        )
