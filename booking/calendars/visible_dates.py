"""The dates of bookings that a viewer may know, for the rows of facilities."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.conditions import in_states
from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.bookings.readers import of_requester, readers_by_request
from booking.calendars.drawing.segments import VisibleDate
from booking.extensions import db
from booking.facilities.listed import ListedFacility
from booking.facilities.models import Facility
from booking.rules.lifecycle import DRAWN, FIRM
from booking.rules.slots import Slot
from booking.rules.visibility import Readers, Viewer, may_act_as_requester, sees_booking


def visible_dates(
    chain_of: Mapping[int, Sequence[Facility | ListedFacility]],
    window: Slot,
    viewer: Viewer,
    now: datetime,
) -> dict[int, list[VisibleDate]]:
    """Return by facility the dates that calendars draw and the viewer may know of.

    These are the dates of the viewer's organisation and those on which the viewer may decide.
    `chain_of` has each facility with all above it: a whole booking above takes those below.
    A constant number of statements.
    """
    decides = bool(viewer.approves or viewer.coordinates)
    if not chain_of or not (decides or viewer.organisation_id is not None):
        return {}
    above: dict[int, Sequence[Facility | ListedFacility]] = {}
    below: dict[int, list[int]] = defaultdict(list)
    for facility_id, chain in chain_of.items():
        for distance, facility in enumerate(chain):
            above[facility.id] = chain[distance:]
            below[facility.id].append(facility_id)
    query = (
        sa.select(Occurrence, BookingRequest, Organisation.name)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(
            Occurrence.facility_id.in_(above),
            Occurrence.ends_at > window.starts_at,
            Occurrence.starts_at < window.ends_at,
            in_states(DRAWN, now),
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    if not decides:
        query = query.where(of_requester(viewer))
    rows = db.session.execute(query).all()
    deciders = None
    if decides:
        booking_ids = {occurrence.booking_id for occurrence, _, _ in rows}
        deciders = BookingDeciders(above, now, booking_ids=booking_ids)
    readers = readers_by_request((request.id, request.is_confidential) for _, request, _ in rows)
    seen = [
        (occurrence, request, organisation)
        for occurrence, request, organisation in rows
        if _may_see(viewer, deciders, occurrence, request, readers.get(request.id))
    ]
    taken = _taken([occurrence.id for occurrence, _, _ in seen], now)
    found: dict[int, list[VisibleDate]] = defaultdict(list)
    for occurrence, request, organisation in seen:
        for facility_id in below[occurrence.facility_id]:
            booked_here = occurrence.facility_id == facility_id
            if booked_here or occurrence.whole:
                found[facility_id].append(
                    VisibleDate(
                        occurrence_id=occurrence.id,
                        slot=Slot(occurrence.starts_at, occurrence.ends_at),
                        taken=taken.get(occurrence.id),
                        confirmed=occurrence.state in FIRM,
                        own=may_act_as_requester(
                            viewer, request.organisation_id, readers.get(request.id)
                        ),
                        reference=request.reference,
                        title=request.title,
                        organisation=organisation,
                        places=occurrence.places,
                        whole=occurrence.whole,
                        part_of=None if booked_here else above[occurrence.facility_id][0].name,
                    )
                )
    return dict(found)


def _may_see(
    viewer: Viewer,
    decided: BookingDeciders | None,
    occurrence: Occurrence,
    request: BookingRequest,
    readers: Readers,
) -> bool:
    if decided is None:
        return may_act_as_requester(viewer, request.organisation_id, readers)
    deciders = decided.of(occurrence.booking_id, occurrence.facility_id, request.partner_id)
    return sees_booking(viewer, request.organisation_id, readers, deciders)


def _taken(occurrence_ids: Collection[int], now: datetime) -> dict[int, Slot]:
    """Return by date the slot from its first to its last occupancy, without expired holds."""
    if not occurrence_ids:
        return {}
    rows = db.session.execute(
        sa.select(
            Occupancy.occurrence_id,
            sa.func.min(Occupancy.starts_at),
            sa.func.max(Occupancy.ends_at),
        )
        .where(
            Occupancy.occurrence_id.in_(occurrence_ids),
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .group_by(Occupancy.occurrence_id)
    )
    return {occurrence_id: Slot(starts, ends) for occurrence_id, starts, ends in rows}
