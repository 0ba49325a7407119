"""Reminding who decides of an overdue answer."""

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.requests.blueprint import blueprint
from booking.requests.queries import get_request
from booking.requests.service import remind as remind_deciders
from booking.requests.views import conflict_page
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.post("/requests/<string:reference>/remind")
@signed_in
def remind(reference: str) -> ViewResponse:
    """Remind who decides on one booking of a request."""
    account = the_account()
    page = get_request(account.viewer, reference, clock.now())
    number = request.form.get("part", 1, type=int)
    if not 1 <= number <= len(page.bookings):
        raise NotFound("booking")
    try:
        remind_deciders(account, page.bookings[number - 1].id)
    except Conflict as conflict:
        now_page = get_request(account.viewer, reference, clock.now())
        return conflict_page(now_page, conflict_text(conflict.code))
    flash(gettext("Reminder sent."), "success")
    return redirect(url_for("requests.show", reference=page.reference))
