"""The details of single dates: those of their request, but for what is otherwise for a date."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import occurrence_slot
from booking.bookings.replacements import dates_of_request, standing_before
from booking.rules.edits import OF_THE_REQUEST, Edit, Plan, edits_of
from booking.rules.lifecycle import ENDED, FIRM, OPEN, State
from booking.rules.slots import Slot

_ANY_TIME = Slot(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC))


def details_of(date: Occurrence) -> RequestDetails:
    """Return what the requester said about a date."""
    return with_own(date.booking.request.details, date.own_details)


def with_own(shared: RequestDetails, own: Mapping[str, Any] | None) -> RequestDetails:
    """Return the details of a request with those that a date has otherwise."""
    return replace(shared, **own) if own else shared


def plan_of(details: RequestDetails, slot: Slot, whole: bool, places: int) -> Plan:
    """Return a date with its details, as the rules compare it."""
    return Plan(slot=slot, whole=whole, places=places, **asdict(details))


def plan_of_date(date: Occurrence) -> Plan:
    """Return a saved date with its details, as the rules compare it."""
    return plan_of(details_of(date), occurrence_slot(date), date.whole, date.places)


def details_in(plan: Plan) -> RequestDetails:
    """Return the details of a date from what the rules compare."""
    names = [field.name for field in fields(RequestDetails)]
    return RequestDetails(**{name: getattr(plan, name) for name in names})


def own_edits(shared: RequestDetails, own: Mapping[str, Any] | None) -> tuple[Edit, ...]:
    """Return in what the details of a date differ from those of its request."""
    if not own:
        return ()
    plans = (plan_of(one, _ANY_TIME, False, 1) for one in (shared, with_own(shared, own)))
    return tuple(edits_of(*plans))


def changed_part(old: RequestDetails, new: RequestDetails) -> dict[str, Any]:
    """Return by name what is otherwise in `new`; of hazards all or nothing."""
    before = asdict(old)
    found = {name: value for name, value in asdict(new).items() if value != before[name]}
    if found.keys() & {"hazards", "hazards_note"}:
        found |= {"hazards": new.hazards, "hazards_note": new.hazards_note}
    return found


def request_part(details: RequestDetails) -> dict[str, Any]:
    """Return by name what is the same for all dates of a request."""
    return {name: getattr(details, name) for name in OF_THE_REQUEST}


def own_part(details: RequestDetails, shared: RequestDetails) -> dict[str, Any] | None:
    """Return by name what is otherwise in `details` than in `shared`, None if nothing is.

    Title and billing reference are the request's alone (`OF_THE_REQUEST`).
    """
    others = asdict(shared)
    found = {
        name: value
        for name, value in asdict(details).items()
        if name not in OF_THE_REQUEST and value != others[name]
    }
    return found or None


def save_details(
    booking: Booking, of_dates: Mapping[int, RequestDetails], shared: RequestDetails
) -> None:
    """Save the details that a request has from now on, and those of some of its dates, by id.

    All other dates keep what holds for them, but for those that wait for free time: nobody has
    decided on them.
    """
    every = dates_of_request(booking)
    kept = {date.id: details_of(date) for date in every}
    booking.request.details = shared
    for date in every:
        if date.state in ENDED and date.state is not State.NO_SHOW:
            continue
        if date.state is State.WAITING and date.id not in of_dates and not date.own_details:
            continue
        own = own_part(of_dates.get(date.id, kept[date.id]), shared)
        if own != date.own_details:
            date.own_details = own


def share_details(booking: Booking) -> None:
    """Let a request have the details that all its dates have that stand."""
    every = dates_of_request(booking)
    if not any(date.own_details for date in every):
        return
    waiting = standing_before(booking, every)
    standing = [
        details_of(date) for date in every if date.state in OPEN | FIRM and date.id not in waiting
    ]
    if standing and all(one == standing[0] for one in standing):
        shared = replace(standing[0], **request_part(booking.request.details))
        if shared != booking.request.details:
            save_details(booking, {}, shared)
