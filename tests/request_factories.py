"""Factories of requests with their bookings, dates, occupancy and log; see `tests.factories`."""

import dataclasses
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Membership, Person
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occupancy, Occurrence
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.extensions import db
from booking.facilities.models import Facility, Place
from booking.rules.lifecycle import OPEN, Holds, State
from booking.rules.references import new_reference
from booking.rules.slots import Slot


def kept(row: Any) -> Any:
    """Commit the row and return it with its columns loaded; earlier rows stay loaded too."""
    session = db.session()
    session.add(row)
    session.expire_on_commit = False
    session.commit()
    session.expire_on_commit = True
    session.refresh(row)
    return row


def first_organisation_of(person_id: int) -> int | None:
    """The organisation for which a person has worked longest."""
    query = sa.select(Membership.organisation_id).where(
        Membership.person_id == person_id, Membership.until.is_(None)
    )
    return db.session.scalar(query.order_by(Membership.id).limit(1))


def slot_on(day: date, start: str = "09:00", end: str = "12:00", zone: Any = UTC) -> Slot:
    """A slot on one day between two wall-clock times of `zone`."""
    starts = datetime.combine(day, time.fromisoformat(start), zone)
    ends = datetime.combine(day, time.fromisoformat(end), zone)
    return Slot(starts.astimezone(UTC), ends.astimezone(UTC))


def sending_for(facility: Facility, *slots: Slot, **fields: Any) -> NewRequest:
    """What a filled form would send for these dates: one place, for two people."""
    values: dict[str, Any] = {
        "facility_id": facility.id,
        "slots": slots,
        "whole": False,
        "places": 1,
        "details": _taken_details(fields, people=2),
        "idempotency_key": secrets.token_hex(16),
    }
    return NewRequest(**{**values, **fields})


def _taken_details(fields: dict[str, Any], **defaults: Any) -> RequestDetails:
    """The details of a request; those named in `fields` are taken out of them."""
    values = {
        "title": "Sensor trial",
        "purpose": "Compare two sensors.",
        "activity": "experiment",
        **defaults,
    }
    named = {field.name for field in dataclasses.fields(RequestDetails)} & fields.keys()
    return RequestDetails(**{**values, **{name: fields.pop(name) for name in named}})


def make_request(
    requester: Person,
    facility: Facility,
    slots: Sequence[Slot],
    *,
    state: State = State.REQUESTED,
    places: int = 1,
    whole: bool = False,
    holds: bool | None = None,
    due_at: datetime | None = None,
    lapses_at: datetime | None = None,
    **fields: Any,
) -> BookingRequest:
    """A request with one booking of `facility` and a date for each slot, all in `state`.

    Places are taken when the dates are confirmed, or held when `holds` is true.
    """
    now = clock.now()
    values: dict[str, Any] = {
        "reference": new_reference(secrets.SystemRandom()),
        "organisation_id": first_organisation_of(requester.id),
        "requester_id": requester.id,
        "details": _taken_details(fields),
        "sent_at": now,
        "idempotency_key": secrets.token_hex(16),
    }
    request = BookingRequest(**{**values, **fields})
    db.session.add(request)
    db.session.flush()
    booking = add_booking(
        request,
        facility,
        slots,
        state=state,
        places=places,
        whole=whole,
        holds=holds,
        due_at=due_at,
        lapses_at=lapses_at,
    )
    db.session.refresh(booking)
    return kept(request)


def add_booking(
    request: BookingRequest,
    facility: Facility,
    slots: Sequence[Slot],
    *,
    state: State = State.REQUESTED,
    places: int = 1,
    whole: bool = False,
    holds: bool | None = None,
    due_at: datetime | None = None,
    lapses_at: datetime | None = None,
) -> Booking:
    """One more booking in a request, with its dates, its places and its log."""
    now = request.sent_at
    first = min(slot.starts_at for slot in slots)
    booking = Booking(
        request_id=request.id,
        facility_id=facility.id,
        due_at=due_at or min(first, now + timedelta(days=14)),
    )
    db.session.add(booking)
    db.session.flush()
    dates = [
        Occurrence(
            booking_id=booking.id,
            facility_id=facility.id,
            uid=secrets.token_hex(16),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            whole=whole,
            places=places,
            state=state,
            lapses_at=(lapses_at or slot.starts_at) if state in OPEN else None,
            changed_at=now,
        )
        for slot in slots
    ]
    db.session.add_all(dates)
    db.session.flush()
    keeps = state.rules.holds is Holds.PLACES
    takes = keeps if holds is None else holds
    if takes:
        for occurrence in dates:
            _take_places(occurrence, hold=not keeps)
    _log(booking, dates, now, None, State.REQUESTED, request.requester_id, "requester")
    if state is not State.REQUESTED:
        by_requester = state is State.WITHDRAWN
        _log(
            booking,
            dates,
            now,
            State.REQUESTED,
            state,
            request.requester_id if by_requester else None,
            "requester" if by_requester else "nobody" if state is State.LAPSED else "owner",
        )
    return kept(booking)


def _take_places(occurrence: Occurrence, *, hold: bool) -> None:
    taken = sa.select(Occupancy.place_id).where(
        Occupancy.starts_at < occurrence.ends_at, Occupancy.ends_at > occurrence.starts_at
    )
    wanted = sa.select(Place.id).order_by(Place.id)
    if occurrence.whole:
        wanted = wanted.where(Place.facility_id.in_(_with_all_below(occurrence.facility_id)))
    else:
        wanted = wanted.where(
            Place.facility_id == occurrence.facility_id, Place.id.not_in(taken)
        ).limit(occurrence.places)
    db.session.add_all(
        Occupancy(
            place_id=place_id,
            occurrence_id=occurrence.id,
            starts_at=occurrence.starts_at,
            ends_at=occurrence.ends_at,
            held_until=occurrence.lapses_at if hold else None,
        )
        for place_id in db.session.scalars(wanted).all()
    )
    db.session.flush()


def _with_all_below(facility_id: int) -> list[int]:
    found = [facility_id]
    for parent_id in found:
        found.extend(
            db.session.scalars(sa.select(Facility.id).where(Facility.parent_id == parent_id))
        )
    return found


def _log(
    booking: Booking,
    dates: Sequence[Occurrence],
    at: datetime,
    before: State | None,
    after: State,
    actor_id: int | None,
    side: str,
) -> None:
    db.session.add(
        LogEntry(
            booking_id=booking.id,
            at=at,
            actor_id=actor_id,
            side=side,
            before=before,
            after=after,
            occurrence_ids=[occurrence.id for occurrence in dates],
        )
    )
    db.session.flush()
