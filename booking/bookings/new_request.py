"""A request as it is sent or entered for one facility, and saving it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.db.transactions import AgainError
from booking.extensions import db
from booking.rules.deadlines import Deadlines, lapses_at
from booking.rules.lifecycle import State
from booking.rules.references import new_reference
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate

RANDOM = secrets.SystemRandom()


@dataclass(frozen=True)
class NewRequest:
    """A request for one facility, its form being valid.

    `slots` are the dates. Each takes the whole facility (`whole`), or `places` own places.
    `idempotency_key` is made with the form, so that sending it twice sends one request. `may_wait`:
    dates that others have taken go to the waiting list, where there is one. `readers` are the keys
    of the memberships of those colleagues who may read it beside its requester; None: all may.
    """

    facility_id: int
    slots: tuple[Slot, ...]
    whole: bool
    places: int
    details: RequestDetails
    idempotency_key: str
    may_wait: bool = False
    readers: frozenset[str] | None = None

    def requested_dates(self) -> list[RequestedDate]:
        """Return each date as the rules want it."""
        people = self.details.people
        return [RequestedDate(slot, self.places, self.whole, people) for slot in self.slots]


def find_already_sent(requester_id: int, idempotency_key: str) -> str | None:
    """Return the reference of the request that this person sent with this key, or None."""
    return db.session.scalar(already_sent(requester_id, idempotency_key))


def already_sent(
    requester_id: int | sa.ColumnElement[int] | InstrumentedAttribute[int],
    idempotency_key: str | sa.BindParameter[str],
) -> sa.Select[str]:
    """Return the query of `find_already_sent`; `requester_id` may be a column of a query around."""
    return sa.select(BookingRequest.reference).where(
        BookingRequest.requester_id == requester_id,
        BookingRequest.idempotency_key == idempotency_key,
    )


def add_request(
    new_request: NewRequest,
    requester_id: int,
    organisation_id: int | None,
    now: datetime,
    *,
    entered: bool = False,
) -> BookingRequest:
    """Return the row of a request under a new reference; `save_booking` saves it."""
    request = BookingRequest(
        reference=new_reference(RANDOM),
        organisation_id=organisation_id,
        requester_id=requester_id,
        entered=entered,
        details=new_request.details,
        sent_at=now,
        idempotency_key=new_request.idempotency_key,
    )
    db.session.add(request)
    return request


def save_booking(
    request: BookingRequest,
    new_request: NewRequest,
    now: datetime,
    *,
    own_places: int,
    deadlines: Deadlines,
    state: State,
    due: datetime | None,
    waiting: Mapping[int, datetime] | None = None,
) -> Booking:
    """Save a request with its booking and dates, which take no place yet; returns the booking.

    `own_places` are those of the facility. `due` (UTC) None: nobody has to answer. `waiting` says
    which of the slots, by index, go to the waiting list instead, and until when (UTC).

    Raises:
        AgainError: the reference of the request is taken, which is rare.
    """
    booking = Booking(request=request, facility_id=new_request.facility_id, due_at=due)
    until = waiting or {}
    booking.occurrences = [
        Occurrence(
            facility_id=new_request.facility_id,
            uid=secrets.token_hex(16),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            whole=new_request.whole,
            places=own_places if new_request.whole else new_request.places,
            state=State.WAITING if index in until else state,
            lapses_at=until.get(index) or _lapses_at(slot, due, deadlines),
            began_waiting=index in until,
            changed_at=now,
        )
        for index, slot in sorted(enumerate(new_request.slots), key=itemgetter(1))
    ]
    db.session.add(booking)
    try:
        db.session.flush()
    except IntegrityError as error:
        if "reference" in str(error.orig):
            raise AgainError from error
        raise
    return booking


def _lapses_at(slot: Slot, due: datetime | None, deadlines: Deadlines) -> datetime | None:
    return lapses_at(due, slot.starts_at, deadlines) if due else None
