"""Marking a condition of a booking as done."""

from http import HTTPStatus

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from booking.conditions.posting import take_posted
from booking.conditions.presenter import posted_form
from booking.conditions.queries import conditions_of
from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.requests.blueprint import blueprint
from booking.requests.queries import get_request
from booking.requests.views import conflict_page, render_request
from booking.rules.lifecycle import Side
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse
from booking.wording.refusals import conflict_text


@blueprint.post("/requests/<string:reference>/conditions")
@signed_in
def mark_condition(reference: str) -> ViewResponse:
    """Mark one condition of a booking as done; who decides checks it then."""
    account = the_account()
    page = get_request(account.viewer, reference, clock.now())
    number = request.form.get("part", 1, type=int)
    if not 1 <= number <= len(page.bookings):
        raise NotFound("booking")
    booking = page.bookings[number - 1]
    known = frozenset(one.id for one in conditions_of([booking.id]).get(booking.id, ()))
    form = posted_form(Side.REQUESTER, number, request.form.get("condition", ""))
    try:
        taken = take_posted(account, form, known)
    except Conflict as conflict:
        now_page = get_request(account.viewer, reference, clock.now())
        words = form.words.data or ""
        return conflict_page(now_page, conflict_text(conflict.code), written=words)
    if taken is None:
        page_text = render_request(page, posted=(number, form))
        return page_text, HTTPStatus.UNPROCESSABLE_ENTITY
    text = gettext("Marked as done. %(cluster)s will check it.", cluster=booking.cluster_name)
    flash(text, "success")
    anchor = f"conditions-{number}"
    return redirect(url_for("requests.show", reference=page.reference, _anchor=anchor))
