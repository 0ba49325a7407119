"""Writing notices and marking them read."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from booking.accounts.account_log import account_change_logged
from booking.accounts.models import AccountLogEntry, Person
from booking.bookings.log import announced
from booking.bookings.models import Booking, BookingRequest, LogEntry
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.side_writes import first_line, write_aside
from booking.db.transactions import writing
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.queries import unread_about
from booking.rules.lifecycle import Audience
from booking.rules.routing import Deciders

_log = logging.getLogger(__name__)


def init_app() -> None:
    """Write notices for each line of a booking's log, and of accounts, from now on."""
    announced.connect(_on_announced)
    account_change_logged.connect(_on_account_change)


def _on_announced(
    _sender: None, lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime
) -> None:
    write_notices(lines, now)


def _on_account_change(_sender: None, entry: AccountLogEntry, now: datetime) -> None:
    db.session.add_all(
        Notice(
            person_id=person_id,
            account_log_id=entry.id,
            side=Audience.MEMBER,
            created_at=now,
            mail_due_at=now,
        )
        for person_id in entry.told_ids
    )
    db.session.flush()


def write_notices(lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime) -> None:
    """Write one notice of each line to everybody concerned, except the person who acted.

    Concerned are all who may decide, and the requester while they work for the organisation
    that asked; for a booking entered on its behalf, everybody who works there. Call it in the
    transaction of the steps, whose rows have their ids. Reads with at most one statement, however
    many lines there are.
    """
    # Whoever acted is not told, so it does not matter where they work.
    at_work = _at_work(
        {
            booking.request.organisation_id
            for entry, booking, _ in lines
            if booking.request.entered or booking.request.requester_id != entry.actor_id
        }
    )
    rows = []
    for entry, booking, deciders in lines:
        sides = dict.fromkeys(deciders.all, Audience.OWNER)
        sides.update(dict.fromkeys(_requesters(booking.request, at_work), Audience.REQUESTER))
        sides.pop(entry.actor_id or 0, None)
        rows += [
            {
                "person_id": person_id,
                "booking_id": booking.id,
                "log_id": entry.id,
                "side": side,
                "after": entry.after,
                "created_at": now,
                "mail_due_at": now,
            }
            for person_id, side in sorted(sides.items())
        ]
    if rows:
        # RETURNING: else a driver may send the rows one by one.
        db.session.execute(sa.insert(Notice).returning(Notice.id), rows).all()


def _at_work(organisation_ids: Collection[int | None]) -> Mapping[int, set[int]]:
    """Return the ids of the people who work for each of these organisations."""
    found: dict[int, set[int]] = defaultdict(set)
    if not any(organisation_ids):
        return found
    for person_id, organisation_id in db.session.execute(
        sa.select(Person.id, Person.organisation_id).where(
            Person.organisation_id.in_(one for one in organisation_ids if one is not None),
            Person.is_active,
        )
    ):
        found[cast("int", organisation_id)].add(person_id)
    return found


def _requesters(request: BookingRequest, at_work: Mapping[int, set[int]]) -> Collection[int]:
    if request.organisation_id is None:
        return ()
    people = at_work.get(request.organisation_id, set())
    return people if request.entered else people & {request.requester_id}


def mark_read(person_id: int, until: datetime | None = None) -> None:
    """Mark all notices of this person as read; with `until` only those written by then."""
    with writing() as now:
        db.session.execute(
            sa.update(Notice)
            .where(
                Notice.person_id == person_id,
                Notice.read_at.is_(None),
                Notice.created_at <= (until or now),
            )
            .values(read_at=now)
        )


def mark_opened(person_id: int, reference: str) -> None:
    """Mark this person's notices about a request as read, after its page was read.

    Call it in the transaction that read the page: what was written since then stays unread. It
    waits for nobody, and a failure is only logged.
    """
    what = "that updates were read"
    try:
        opened = db.session.scalars(sa.select(Notice.id).where(*unread_about(person_id, reference)))
        ids = opened.all()
    except SQLAlchemyError as error:
        _log.warning("%s was not stored: %s", what, first_line(error))
        return
    if ids:
        still_unread = sa.and_(in_ids(Notice.id, ids), Notice.read_at.is_(None))
        write_aside(what, sa.update(Notice).where(still_unread).values(read_at=clock.now()))
