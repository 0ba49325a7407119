"""Reading bookings and dates again under the lock, for a service to act on."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.bookings.models import Booking, Occurrence
from booking.errors import NotFound
from booking.extensions import db


def facility_id_of(booking_id: int) -> int:
    """Return the facility of a booking, whose root is to be locked.

    Raises:
        NotFound: there is no such booking.
    """
    facility_id = db.session.scalar(sa.select(Booking.facility_id).where(Booking.id == booking_id))
    if facility_id is None:
        raise NotFound("booking")
    return facility_id


def reload_booking(booking_id: int) -> Booking:
    """Return a booking with its request and dates, read again; call it once the root is locked.

    Raises:
        NotFound: there is no such booking.
    """
    booking = find_booking(booking_id)
    if booking is None:
        raise NotFound("booking")
    return booking


def find_booking(booking_id: int) -> Booking | None:
    """Return a booking with its request and dates, all read now, or None. Two statements."""
    return db.session.scalar(
        sa.select(Booking)
        .where(Booking.id == booking_id)
        .options(joinedload(Booking.request), selectinload(Booking.occurrences))
        .execution_options(populate_existing=True)
    )


def chosen_dates(booking: Booking, occurrence_ids: Collection[int]) -> list[Occurrence]:
    """Return the chosen dates of a booking, in order.

    Raises:
        NotFound: none was chosen, or one is not of this booking.
    """
    wanted = set(occurrence_ids)
    found = [occurrence for occurrence in booking.occurrences if occurrence.id in wanted]
    if not wanted or len(found) != len(wanted):
        raise NotFound("date")
    return found
