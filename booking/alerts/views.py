"""Times that a person waits to hear about: the list, taking one off it, and requesting one."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from booking.alerts.blueprint import blueprint
from booking.alerts.queries import alert_of, alerts_of
from booking.alerts.service import remove_alert
from booking.db import clock
from booking.search.prefill import request_args
from booking.web.access import signed_in, the_account
from booking.web.responses import ViewResponse


@blueprint.get("/account/free-times")
@signed_in
def index() -> str:
    """Show the times that the person waits to hear about."""
    lines = alerts_of(the_account().person_id, clock.now())
    return render_template("alerts/index.html", lines=lines)


@blueprint.get("/account/free-times/<string:reference>")
@signed_in
def request_it(reference: str) -> ViewResponse:
    """Lead to the request form for a time that has become free, filled in with it."""
    line = alert_of(the_account().person_id, reference)
    args: dict[str, Any] = dict(request_args(line.slot, line.rules))
    args |= {"whole": "1"} if line.whole else {"places": str(line.places)}
    return redirect(url_for("requests.new", facility=line.facility_slug, **args))


@blueprint.post("/account/free-times/<string:reference>/remove")
@signed_in
def remove(reference: str) -> ViewResponse:
    """Take a time off the list."""
    remove_alert(the_account(), reference)
    flash(gettext("You will not be told about this time."), "success")
    return redirect(url_for("alerts.index"))
