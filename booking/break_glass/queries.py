"""What an admin reads of a request that was opened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.audit.models import AuditEntry
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, LogEntry
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.messages.queries import ThreadMessage, threads_of
from booking.rules.audit_chain import content_of
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.break_glass import closes_at, is_open
from booking.rules.lifecycle import Event, State
from booking.rules.slots import Slot
from booking.rules.visibility import Account


@dataclass(frozen=True)
class OpenedStep:
    """One line of the log of a booking; `step` is its new state, else what else happened."""

    at: datetime
    step: str
    actor: str | None
    reason: str


@dataclass(frozen=True)
class OpenedBooking:
    """One booking of the request; dates with their states, in order."""

    facility: str
    cluster: str
    zone: ZoneInfo
    dates: Sequence[tuple[Slot, State]]
    messages: Sequence[ThreadMessage]
    log: Sequence[OpenedStep]


@dataclass(frozen=True)
class OpenedRequest:
    """A request as an admin reads it; `why` is the reason that they gave."""

    reference: str
    details: RequestDetails
    requester: str
    organisation: str | None
    why: str
    closes_at: datetime
    bookings: Sequence[OpenedBooking]


def opened_request(
    account: Account, reference: str, position: int | None, now: datetime
) -> OpenedRequest:
    """Return a request that the entry at this position of the log has opened to the person.

    Raises:
        NotFound: it was not opened to them, or too long ago.
    """
    entry = db.session.get(AuditEntry, position) if position is not None else None
    if (
        entry is None
        or entry.event != AuditEvent.BOOKING_OPENED
        or (entry.actor_id, entry.reference) != (account.person_id, reference)
        or not is_open(entry.at, now)
    ):
        raise NotFound("request")
    request = db.session.scalars(
        sa.select(BookingRequest)
        .where(BookingRequest.reference == reference)
        .options(
            joinedload(BookingRequest.organisation),
            joinedload(BookingRequest.requester),
            selectinload(BookingRequest.bookings).options(
                joinedload(Booking.facility).joinedload(Facility.cluster),
                selectinload(Booking.occurrences),
                selectinload(Booking.log).joinedload(LogEntry.actor),
            ),
        )
    ).one()
    threads = threads_of([one.id for one in request.bookings])
    return OpenedRequest(
        reference=request.reference,
        details=request.details,
        requester=request.requester.name,
        organisation=request.organisation.name if request.organisation else None,
        why=content_of(entry.content).why,
        closes_at=closes_at(entry.at),
        bookings=[_booking(one, threads.get(one.id, ())) for one in request.bookings],
    )


def _booking(booking: Booking, messages: Sequence[ThreadMessage]) -> OpenedBooking:
    return OpenedBooking(
        facility=booking.facility.name,
        cluster=booking.facility.cluster.short_name,
        zone=ZoneInfo(booking.facility.cluster.time_zone),
        dates=[(Slot(one.starts_at, one.ends_at), State(one.state)) for one in booking.occurrences],
        messages=messages,
        log=[
            OpenedStep(
                line.at,
                line.after if line.event == Event.STEP else line.event,
                line.actor.name if line.actor else None,
                line.reason,
            )
            for line in booking.log
        ],
    )
