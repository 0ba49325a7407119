"""What a filled form would send."""

import hashlib

from booking.availability.requestable import RequestableFacility
from booking.bookings.details import RequestDetails
from booking.bookings.new_request import NewRequest
from booking.requests.forms import WHOLE, RequestForm
from booking.rules.slots import Slot


def new_request_of(
    requestable: RequestableFacility, form: RequestForm, slots: list[Slot]
) -> NewRequest:
    """Return what this form would send for these dates.

    What is not filled in, or not asked on this form, is empty.
    """
    whole = form.extent.data == WHOLE if "extent" in form else requestable.only_whole
    places = form.places.data if "places" in form and not whole else None
    return NewRequest(
        facility_id=requestable.facility_id,
        slots=tuple(slots),
        whole=whole,
        places=1 if places is None else places,
        details=RequestDetails(**form.details()),
        idempotency_key=idempotency_key_of(form),
    )


def idempotency_key_of(form: RequestForm, *beside: tuple[str, str | None]) -> str:
    """Return what makes two sendings one: the same form with the same content.

    Somebody who goes back, changes something and sends again means another request. `beside`
    are the names and values of what is typed beside this form.
    """
    content = "\0".join(f"{name}={value}" for name, value in [*form.typed(), *beside])
    return hashlib.sha256(content.encode()).hexdigest()
