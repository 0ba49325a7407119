"""Pages that show requests: the list of one's organisation, and one with what happened to it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask_babel import gettext

from booking.db import clock
from booking.requests.blueprint import blueprint
from booking.requests.disruption_text import instead_of_affected, marks_of
from booking.requests.headlines import badge, log_text, title_text, waiting_text
from booking.requests.listing import PAGE_SIZE, Order, RequestPhase, list_requests
from booking.requests.queries import RequestPage, get_request
from booking.requests.steps import booking_steps
from booking.web.access import signed_in, the_account
from booking.wording.formats import offset, zone_name
from booking.wording.pictures import picture_of
from booking.wording.zones import known_zone

MOST_PAGES = 100_000
Choice = TypeVar("Choice", RequestPhase, Order)


@blueprint.get("/requests")
@signed_in
def index() -> str:
    """Show the requests of one's organisation, colleagues' too."""
    account = the_account()
    phase = _chosen(RequestPhase, request.args.get("state"))
    order = _chosen(Order, request.args.get("order")) or Order.NEWEST
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    now = clock.now()
    found = list_requests(
        account.viewer, now, phase=phase, order=order, offset=(number - 1) * PAGE_SIZE
    )

    def address(page: int = 1, **changes: str | None) -> str:
        wanted: dict[str, Any] = {
            "state": phase,
            "order": None if order is Order.NEWEST else order,
            **changes,
        }
        return url_for("requests.index", **wanted, page=page if page > 1 else None)

    return render_template(
        "requests/index.html",
        account=account,
        found=found,
        phase=phase,
        order=order,
        number=number,
        address=address,
        last_number=max(1, -(-found.total // PAGE_SIZE)),
        first_shown=(number - 1) * PAGE_SIZE + 1,
        badge=badge,
        waiting_text=waiting_text,
        now=now,
    )


def _chosen(kind: type[Choice], text: str | None) -> Choice | None:
    return next((one for one in kind if one.value == text), None)


@blueprint.get("/requests/<string:reference>")
@signed_in
def show(reference: str) -> str:
    """Show one request of one's organisation, with what happened to it."""
    page = get_request(the_account().viewer, reference, clock.now())
    return render_request(page)


def render_request(page: RequestPage, *, conflict: str | None = None) -> str:
    """Return the page of a request; `conflict` says why nothing was changed."""
    account = the_account()
    owners = {booking.cluster_name for booking in page.bookings}
    owner = owners.pop() if len(owners) == 1 else gettext("the owners")
    marks = marks_of(page)
    return render_template(
        "requests/show.html",
        page=page,
        account=account,
        conflict=conflict,
        owner=owner,
        headline=title_text(page.headline, owner, marks.causes),
        steps={
            one.id: booking_steps(one, page.sent_at, clock.now(), entered=page.entered)
            for one in page.bookings
        },
        refused={
            one.id: one.refusals if not (one.to_withdraw or one.to_cancel) else []
            for one in page.bookings
        },
        pictures={
            one.id: picture_of(one.kind, one.areas, one.capabilities) for one in page.bookings
        },
        badge=badge,
        log_text=log_text,
        marks=marks,
        instead={
            one.id: instead_of_affected(one, page.details.people, account.viewer, clock.now())
            for one in page.bookings
        },
        times_note=times_note,
        viewer_zone=known_zone(),
        now=clock.now(),
    )


def times_note(zone: ZoneInfo, at: datetime, *more: datetime) -> str:
    """Return the time zone of dates, and its offset next to the reader's.

    Dates on both sides of a clock change get no offset.
    """
    own = known_zone()
    if own is None:
        return zone_name(zone)
    both = {(m.astimezone(own).utcoffset(), m.astimezone(zone).utcoffset()) for m in (at, *more)}
    if all(yours == theirs for yours, theirs in both):
        return zone_name(zone)
    if len(both) > 1:
        return gettext(
            "%(zone)s; yours is %(own_zone)s", zone=zone_name(zone), own_zone=zone_name(own)
        )
    return gettext(
        "%(zone)s (%(offset)s); yours is %(own_zone)s (%(own_offset)s)",
        zone=zone_name(zone),
        offset=offset(zone, at),
        own_zone=zone_name(own),
        own_offset=offset(own, at),
    )


def conflict_page(page: RequestPage, text: str) -> tuple[str, int]:
    """Return the page of the request as it is now, saying why nothing was changed."""
    return render_request(page, conflict=text), HTTPStatus.CONFLICT
