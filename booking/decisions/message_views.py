"""Writing to the requester about a booking."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.decisions.blueprint import blueprint
from booking.decisions.views import render_review, review_for
from booking.errors import Conflict, NotFound
from booking.messages.posting import send_posted
from booking.messages.presenter import posted_form
from booking.rules.lifecycle import Side
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.post("/inbox/<string:reference>/messages")
@decider
def write(reference: str) -> ViewResponse:
    """Send a message to who requested one booking, or a question that stops the clock."""
    review = review_for(reference)
    number = request.form.get("part", 1, type=int)
    if not 1 <= number <= len(review.bookings):
        raise NotFound("booking")
    form = posted_form(Side.OWNER, number)
    try:
        refused = send_posted(the_account(), Side.OWNER, review.bookings[number - 1].id, form)
    except Conflict as conflict:
        text = conflict_text(conflict.code)
        page = render_review(review_for(reference), (number, form), conflict=text)
        return page, HTTPStatus.CONFLICT
    if refused:
        return render_review(review, (number, form)), refused
    flash(gettext("Message sent."), "success")
    anchor = f"messages-{number}"
    return redirect(url_for("decisions.show", reference=review.reference, _anchor=anchor))
