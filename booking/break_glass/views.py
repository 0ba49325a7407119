"""The pages on which an admin opens one booking with a reason, and reads it for an hour."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_babel import gettext

from booking.break_glass.forms import OpenForm
from booking.break_glass.queries import opened_request
from booking.break_glass.service import open_request
from booking.db import clock
from booking.errors import Invalid, NotFound
from booking.web.access import admin, the_account
from booking.web.responses import ViewResponse
from booking.wording.audit import step_word
from booking.wording.zones import shown_zone

blueprint = Blueprint("break_glass", __name__)
#: In the session, so that it ends with the sign-in: the entry of the log, by reference.
_OPENED = "opened"


@blueprint.get("/admin/bookings")
@admin
def choose() -> str:
    """Ask which booking is to be read, and why."""
    return render_template("break_glass/choose.html", form=OpenForm(formdata=None))


@blueprint.post("/admin/bookings")
@admin
def open_one() -> ViewResponse:
    """Open one booking to the admin."""
    form = OpenForm()
    if form.validate():
        try:
            reference, position = open_request(
                the_account(), form.reference.data or "", (form.why.data or "").strip()
            )
        except Invalid:
            form.reference.errors = [gettext("There is no booking with this reference.")]
        else:
            session[_OPENED] = {**session.get(_OPENED, {}), reference: position}
            return redirect(url_for("break_glass.show", reference=reference), 303)
    page = render_template("break_glass/choose.html", form=form)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/admin/bookings/<string:reference>")
@admin
def show(reference: str) -> ViewResponse:
    """Show a booking that was opened in this sign-in, as long as that lasts."""
    position = session.get(_OPENED, {}).get(reference)
    try:
        found = opened_request(the_account(), reference, position, clock.now())
    except NotFound:
        if position is None:
            raise
        flash(gettext("The hour is over. To read on, say why again."), "info")
        return redirect(url_for("break_glass.choose"), 303)
    return render_template(
        "break_glass/show.html", found=found, zone=shown_zone(), step_word=step_word
    )
