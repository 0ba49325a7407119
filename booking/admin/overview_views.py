"""Page: what needs an administrator's attention."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from booking.admin.blueprint import blueprint
from booking.admin.messages import advice, check_lines
from booking.admin.overview_queries import installation
from booking.data_check.service import ask_for_check
from booking.db import clock
from booking.rules.attention import Level, Opened, attention
from booking.web.access import admin, the_account
from booking.wording.zones import shown_zone

#: What a proxy says about the request that it passes on.
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded")


@blueprint.get("")
@admin
def overview() -> str:
    """Show what needs attention, the most urgent first, each with what to do."""
    opened = Opened(
        address=request.host_url.rstrip("/"),
        headers=[name for name in PROXY_HEADERS if name in request.headers],
    )
    now, zone = clock.now(), shown_zone()
    facts = installation(current_app.extensions["settings"], opened)
    found = [advice(one, now, zone) for one in attention(facts)]
    return render_template(
        "admin/overview.html",
        broken=[one for one in found if one.level is Level.BROKEN],
        soon=[one for one in found if one.level is Level.SOON],
        hints=[one for one in found if one.level is Level.HINT],
        checks=check_lines(facts.checks, zone),
        now=now,
        zone=zone,
    )


@blueprint.post("/checks/<string:kind>")
@admin
def ask_check(kind: str) -> Response:
    """Have the worker do a check that takes too long for a page."""
    ask_for_check(the_account(), kind)
    flash(
        _("The worker begins in less than a minute. On a large site the check takes minutes."),
        "success",
    )
    return redirect(url_for("admin.overview", _anchor="checks"), 303)
