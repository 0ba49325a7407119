"""Writing to the owner about a booking."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.messages.posting import send_posted
from booking.messages.presenter import posted_form
from booking.requests.blueprint import blueprint
from booking.requests.queries import get_request
from booking.requests.views import render_request
from booking.rules.lifecycle import Side
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.post("/requests/<string:reference>/messages")
@signed_in
def write(reference: str) -> ViewResponse:
    """Send a message to who decides on one booking of a request."""
    account = the_account()
    page = get_request(account.viewer, reference, clock.now())
    number = request.form.get("part", 1, type=int)
    if not 1 <= number <= len(page.bookings):
        raise NotFound("booking")
    form = posted_form(Side.REQUESTER, number)
    try:
        refused = send_posted(account, Side.REQUESTER, page.bookings[number - 1].id, form)
    except Conflict as conflict:
        text = conflict_text(conflict.code)
        now_page = get_request(account.viewer, reference, clock.now())
        return render_request(now_page, conflict=text, posted=(number, form)), HTTPStatus.CONFLICT
    if refused:
        return render_request(page, posted=(number, form)), refused
    flash(gettext("Message sent."), "success")
    anchor = f"messages-{number}"
    return redirect(url_for("requests.show", reference=page.reference, _anchor=anchor))
