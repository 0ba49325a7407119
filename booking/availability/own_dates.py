"""What an organisation itself has at a facility: on the same days, and in the way of dates."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from booking.availability.presence import known_presence
from booking.bookings.conditions import on_waiting_list, still_to_come
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.bookings.readers import of_requester
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.date_days import days_of_date
from booking.rules.opening import ONE_DAY
from booking.rules.own_bookings import OwnOccupancy
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer


def requests_on_same_days(
    facility_id: int,
    viewer: Viewer,
    rules: BookingTerms,
    slots: Sequence[Slot],
    now: datetime,
) -> list[str]:
    """Return the references of the viewer's requests here with a date on a day of `slots`.

    They are those of the viewer's organisation that the viewer may read. Dates count that are open
    or confirmed and not over; `rules` are the facility's terms. At most one statement.
    """
    organisation_id = viewer.organisation_id
    if organisation_id is None or not slots:
        return []
    around = Slot(
        min(slot.starts_at for slot in slots) - ONE_DAY,
        max(slot.ends_at for slot in slots) + ONE_DAY,
    )
    known = known_presence(facility_id, organisation_id)
    if known is not None and not known.own_dates and known.window.contains(around):
        return []
    days = {day for slot in slots for day in _days(rules, slot)}
    rows = db.session.execute(
        sa.select(BookingRequest.reference, Occurrence.starts_at, Occurrence.ends_at)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(
            of_requester(viewer),
            Occurrence.facility_id == facility_id,
            Occurrence.ends_at > around.starts_at,
            Occurrence.starts_at < around.ends_at,
            sa.or_(still_to_come(now), on_waiting_list(now)),
        )
        .order_by(Occurrence.starts_at, BookingRequest.reference)
    )
    found = (
        reference
        for reference, starts_at, ends_at in rows
        if not days.isdisjoint(_days(rules, Slot(starts_at, ends_at)))
    )
    return list(dict.fromkeys(found))


def _days(rules: BookingTerms, slot: Slot) -> list[date]:
    days = days_of_date(rules, slot)
    return [days.first + ONE_DAY * number for number in range(days.days_between + 1)]


def own_occupancies(
    viewer: Viewer, place_ids: Collection[int], slots: Sequence[Slot], now: datetime
) -> list[OwnOccupancy]:
    """Return what dates that the viewer may read take or hold of these places around `slots`.

    They are of requests of the viewer's organisation. What is confidential is as if others had it.

    One statement.
    """
    rows = db.session.execute(
        sa.select(
            Occupancy.place_id,
            Occupancy.starts_at,
            Occupancy.ends_at,
            BookingRequest.reference,
            Occupancy.held_until,
        )
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            of_requester(viewer),
            in_ids(Occupancy.place_id, place_ids),
            Occupancy.ends_at > min(slot.starts_at for slot in slots),
            Occupancy.starts_at < max(slot.ends_at for slot in slots),
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
    )
    return [
        OwnOccupancy(place_id, Slot(starts_at, ends_at), reference, held_until is not None)
        for place_id, starts_at, ends_at, reference, held_until in rows
    ]
