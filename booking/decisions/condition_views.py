"""Checking or waiving a condition of a booking."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.conditions.posting import take_posted
from booking.conditions.presenter import posted_form
from booking.conditions.queries import conditions_of
from booking.decisions.blueprint import blueprint
from booking.decisions.views import render_review, review_for
from booking.errors import Conflict, NotFound
from booking.rules.lifecycle import Side
from booking.web.access import decider, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.post("/inbox/<string:reference>/conditions")
@decider
def check_condition(reference: str) -> ViewResponse:
    """Check or waive one condition; the last one before the final yes confirms the dates."""
    review = review_for(reference)
    number = request.form.get("part", 1, type=int)
    if not 1 <= number <= len(review.bookings):
        raise NotFound("booking")
    booking_id = review.bookings[number - 1].id
    known = frozenset(one.id for one in conditions_of([booking_id]).get(booking_id, ()))
    form = posted_form(Side.OWNER, number, request.form.get("condition", ""))
    try:
        confirmed = take_posted(the_account(), form, known)
    except Conflict as conflict:
        text = conflict_text(conflict.code)
        page = render_review(review_for(reference), (number, form), conflict=text)
        return page, HTTPStatus.CONFLICT
    if confirmed is None:
        return render_review(review, (number, form)), HTTPStatus.UNPROCESSABLE_ENTITY
    if confirmed:
        flash(gettext("All conditions are settled. The booking is confirmed."), "success")
    else:
        flash(gettext("Saved."), "success")
    anchor = f"conditions-{number}"
    return redirect(url_for("decisions.show", reference=review.reference, _anchor=anchor))
