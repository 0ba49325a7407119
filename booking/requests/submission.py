"""Turning a filled form into a new request, with the key that prevents sending it twice."""

import hashlib

from booking.availability.requestable import RequestableFacility
from booking.bookings.details import RequestDetails
from booking.bookings.new_request import NewRequest
from booking.requests.forms import WHOLE, YES, RequestForm
from booking.rules.slots import Slot


def new_request_of(
    requestable: RequestableFacility, form: RequestForm, slots: list[Slot]
) -> NewRequest:
    """Return the request that this form would send for these dates.

    What is not filled in, or is no field of this form, is empty.
    """
    whole, places = extent_of(requestable, form)
    return NewRequest(
        facility_id=requestable.facility_id,
        slots=tuple(slots),
        whole=whole,
        places=places,
        details=RequestDetails(**form.details()),
        idempotency_key=idempotency_key_of(form),
        readers=frozenset(form.readers.data or ()) if is_confidential(form) else None,
    )


def is_confidential(form: RequestForm) -> bool:
    """Return whether only people who are named may read the request."""
    return "confidential" in form and YES in (form.confidential.data or ())


def extent_of(requestable: RequestableFacility, form: RequestForm) -> tuple[bool, int]:
    """Return whether the form wants the whole facility, and else how many places, at least 1."""
    whole = form.extent.data == WHOLE if "extent" in form else requestable.only_whole
    places = form.places.data if "places" in form and not whole else None
    return whole, 1 if places is None else places


def idempotency_key_of(form: RequestForm, *extra_fields: tuple[str, str | None]) -> str:
    """Return a key that is the same whenever the same form is posted with the same content.

    Somebody who goes back, changes something and sends again means another request. `extra_fields`
    are pairs (name, value) of other forms on the page.
    """
    content = "\0".join(f"{name}={value}" for name, value in [*form.typed(), *extra_fields])
    return hashlib.sha256(content.encode()).hexdigest()
