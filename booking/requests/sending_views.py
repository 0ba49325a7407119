"""What a filled form would send."""

import hashlib

from booking.requests.asking import Asked
from booking.requests.forms import WHOLE, YES, AskForm
from booking.requests.service import Sending
from booking.rules.slots import Slot


def sending_of(asked: Asked, form: AskForm, slots: list[Slot]) -> Sending:
    """Return what this form would send for these dates; what is not filled in is empty."""
    whole = form.extent.data == WHOLE if "extent" in form else asked.only_whole
    places = form.places.data if "places" in form and not whole else None
    hazards = form.hazards.data == YES
    return Sending(
        facility_id=asked.facility_id,
        slots=tuple(slots),
        whole=whole,
        places=1 if places is None else places,
        title=form.title.data or "",
        purpose=form.purpose.data or "",
        activity=form.activity.data or "",
        people=form.people.data,
        hazards=hazards,
        hazards_note=(form.hazards_note.data or "") if hazards else "",
        send_token=send_token_of(form),
    )


def send_token_of(form: AskForm) -> str:
    """Return what makes two sendings one: the same form with the same content.

    Somebody who goes back, changes something and sends again means another request.
    """
    content = "\0".join(f"{name}={value}" for name, value in form.typed())
    return hashlib.sha256(content.encode()).hexdigest()
