"""Pages that ask for other dates of a booking: what they all need to draw the fields."""

from typing import Any

from flask import render_template

from booking.availability.requestable import RequestableFacility
from booking.db import clock
from booking.requests.alternatives_page import extent_fields, fields_of
from booking.requests.form_builder import filled_form, number_labels, places_label
from booking.requests.forms import WHOLE, RequestForm
from booking.rules.slots import Slot
from booking.web.responses import ViewResponse


def form_of_date(
    requestable: RequestableFacility, slot: Slot, *, whole: bool, places: int
) -> RequestForm:
    """Return the form for other dates in the place of this one, filled in with it."""
    extent = WHOLE if whole else str(places)
    pairs = [*extent_fields(extent), *fields_of(slot, requestable.rules)]
    form = filled_form(requestable, pairs)
    form.keep_dates_only()
    return form


def date_fields_page(
    template: str,
    requestable: RequestableFacility,
    form: RequestForm,
    *,
    status: int,
    new_date: bool = False,
    **shown: Any,
) -> ViewResponse:
    """Return a page with the fields of the form; `new_date`: one was added, and gets the focus."""
    number_labels(form)
    page = render_template(
        template,
        requestable=requestable,
        form=form,
        unit=requestable.rules.unit,
        over_night=requestable.opens_over_night,
        first_day=clock.now().astimezone(requestable.zone).date().isoformat(),
        last_day=None,
        focused=len(form.dates.entries) - 1 if new_date else None,
        places_label=places_label(requestable),
        **shown,
    )
    return page, status
