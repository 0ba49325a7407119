"""Page: what needs an administrator's attention."""

from flask import current_app, render_template, request

from booking.admin.blueprint import blueprint
from booking.admin.messages import advice
from booking.admin.overview_queries import findings
from booking.db import clock
from booking.rules.attention import Level, Opened
from booking.web.access import admin
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
    found = [advice(one, now, zone) for one in findings(current_app.extensions["settings"], opened)]
    return render_template(
        "admin/overview.html",
        broken=[one for one in found if one.level is Level.BROKEN],
        soon=[one for one in found if one.level is Level.SOON],
        hints=[one for one in found if one.level is Level.HINT],
        now=now,
        zone=zone,
    )
