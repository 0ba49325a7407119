"""Locking what bookings stand on, and reading them again for a service to act on."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from booking.bookings.models import Booking, Occurrence
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.transactions import AgainError, writing, writing_by_rules
from booking.errors import NotFound
from booking.extensions import db

_BOOKING = Booking.__table__


def facility_id_of(booking_id: int) -> int:
    """Return the facility of a booking, whose root is to be locked.

    Raises:
        NotFound: there is no such booking.
    """
    facility_id = db.session.scalar(sa.select(Booking.facility_id).where(Booking.id == booking_id))
    if facility_id is None:
        raise NotFound("booking")
    return facility_id


@contextmanager
def writing_on(
    *booking_ids: int, facility_ids: Collection[int] = (), by_rules: bool = True
) -> Iterator[datetime]:
    """Run the block as `writing_by_rules` does, for steps in the life of these bookings' dates.

    A step may touch all dates of a request, at other facilities too: what is in the place of
    another one. So the trees of all its bookings are locked, and of `facility_ids`. `by_rules`
    False: as `writing` does.

    Raises:
        NotFound: one of the bookings or facilities does not exist.
        AgainError: the request got a booking elsewhere meanwhile.
    """
    wanted = _facilities_around(booking_ids)
    with (writing_by_rules if by_rules else writing)(*wanted, *facility_ids) as now:
        if not _facilities_around(booking_ids) <= wanted:
            raise AgainError
        yield now


def _facilities_around(booking_ids: Collection[int]) -> set[int]:
    """Return the facilities of all bookings of the requests to which these bookings belong."""
    query = _around(db.session.get_bind().dialect.name)
    rows = db.session.execute(query, {"ids": ids_value(booking_ids)}).all()
    if {row.id for row in rows} != set(booking_ids):
        raise NotFound("booking")
    return {row.facility_id for row in rows}


@cache  # each step in the life of a date asks twice
def _around(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    one, other = _BOOKING.alias(), _BOOKING.alias()
    return (
        sa.select(one.c.id, other.c.facility_id)
        .join_from(one, other, other.c.request_id == one.c.request_id)
        .where(in_given_ids(one.c.id, "ids", dialect))
    )


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
    """Return a booking with its request and all dates of that, read now, or None. Two statements.

    So `booking.request.bookings` has the other bookings of the request too.
    """
    its_request = sa.select(Booking.request_id).where(Booking.id == booking_id).scalar_subquery()
    found = db.session.scalars(
        sa.select(Booking)
        .where(Booking.request_id == its_request)
        .order_by(Booking.id)
        .options(joinedload(Booking.request), selectinload(Booking.occurrences))
        .execution_options(populate_existing=True)
    ).all()
    if found:
        set_committed_value(found[0].request, "bookings", list(found))
    return next((one for one in found if one.id == booking_id), None)


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
