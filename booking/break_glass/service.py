"""Opening one request to an admin who gave a reason; its people and the cluster are told."""

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingRequest
from booking.bookings.records import reload_booking, writing_on
from booking.db.transactions import retried
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.lifecycle import Event, Side
from booking.rules.references import parse_reference
from booking.rules.visibility import Account


@retried
def open_request(account: Account, reference: str, why: str) -> tuple[str, int]:
    """Open a request to an admin; returns its reference, and the position of the entry in the log.

    Each of its bookings gets a line in its own log, so that both sides are told and read why.

    Raises:
        Invalid: `reference` is `unknown`.
        NotFound: the person is no admin any more.
    """
    stored = parse_reference(reference)
    ids = db.session.scalars(
        sa.select(Booking.id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(BookingRequest.reference == stored)
        .order_by(Booking.id)
    ).all()
    if not ids:
        raise Invalid("reference", "unknown")
    positions: list[int] = []
    with writing_on(*ids, by_rules=False) as now:
        if not account_now(account).viewer.is_admin:
            raise NotFound("request")
        bookings = [one for one in reload_booking(ids[0]).request.bookings if one.occurrences]
        deciders = deciders_of(bookings, now)
        for booking in bookings:
            state = booking.occurrences[0].state
            write_log(
                booking,
                booking.occurrences,
                now,
                before=state,
                after=state,
                deciders=deciders[booking.id],
                actor_id=account.person_id,
                side=Side.NOBODY,
                reason=why,
                event=Event.OPENED,
            )
            record(
                AuditEvent.BOOKING_OPENED,
                now=now,
                actor=account.person_id,
                facility=booking.facility_id,
                # As in `record_steps`: most there do not know of a confidential one.
                organisation=None
                if booking.request.is_confidential
                else booking.request.organisation_id,
                reference=booking.request.reference,
                why=why,
                then=positions.append,
            )
        found = bookings[0].request.reference
    return found, positions[0]
