"""The inbox: what waits for one's decision, and one request to decide on."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking import clock
from booking.access import decider, the_account
from booking.decisions.consequences import competition
from booking.decisions.forms import DatesForm
from booking.decisions.log_views import due_text, earlier_text, listed_dates, step_text
from booking.decisions.opened import OpenRequest, open_request
from booking.decisions.part_views import parts_of
from booking.decisions.queries import (
    InboxLine,
    Page,
    Pile,
    enterable_facilities,
    inbox_page,
    waiting_count,
)
from booking.errors import NotFound
from booking.facilities.deciding import facilities_in_reach
from booking.notices.told_views import dates_text
from booking.requests.headline_views import badge
from booking.rules.references import parse_reference
from booking.rules.visibility import Viewer

blueprint = Blueprint("decisions", __name__)
MOST_PAGES = 100_000


WORDS: dict[str, Any] = {
    "badge": badge,
    "dates_text": dates_text,
    "due_text": due_text,
    "earlier_text": earlier_text,
    "listed_dates": listed_dates,
    "step_text": step_text,
}


@blueprint.get("/inbox")
@decider
def inbox() -> str:
    """Show what waits, and the first of it to be decided on."""
    viewer, now = the_account().viewer, clock.now()
    listing = _listing(viewer)
    lines = listing["page"].lines
    opened = open_request(viewer, lines[0].reference, now) if lines else None
    return render_template(
        "decisions/inbox.html",
        **WORDS,
        **listing,
        opened=opened,
        parts=parts_of(opened, viewer, now) if opened else [],
        heading=_heading(listing["pile"], viewer),
    )


@blueprint.get("/inbox/<string:reference>")
@decider
def show(reference: str) -> str:
    """Show one request with all that is needed to decide on it."""
    viewer = the_account().viewer
    return shown(opened_by(reference), viewer)


def opened_by(reference: str) -> OpenRequest:
    """Return the request as far as the person may decide on it.

    Raises:
        NotFound: it does not exist, or is others' to decide on.
    """
    stored = parse_reference(reference)
    if stored is None:
        raise NotFound("request")
    return open_request(the_account().viewer, stored, clock.now())


def shown(opened: OpenRequest, viewer: Viewer, tried: tuple[int, DatesForm] | None = None) -> str:
    """Return the page of one request; `tried` is the part and form that lack something."""
    on = _day(request.args.get("on"))
    return render_template(
        "decisions/show.html",
        **WORDS,
        **_listing(viewer),
        opened=opened,
        parts=parts_of(opened, viewer, clock.now(), on=on, tried=tried),
        form=tried[1] if tried else None,
    )


def _listing(viewer: Viewer) -> dict[str, Any]:
    """Return the list as the address asks for it: which pile, which facilities, which page."""
    pile = next((p for p in Pile if p.value == request.args.get("show")), Pile.WAITING)
    slug = request.args.get("facility", "")
    mine = request.args.get("mine") == "1"
    now = clock.now()
    facilities = enterable_facilities(viewer)
    only = {f.id for f in facilities if f.slug == slug} if slug else None
    if mine:
        named = {f.id for f in facilities_in_reach(viewer.approves, ())}
        only = named if only is None else only & named
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    page = inbox_page(
        viewer,
        now,
        pile,
        only_facilities=None if only is None else frozenset(only),
        number=number,
    )

    def address(endpoint: str = "decisions.inbox", **changes: Any) -> str:
        kept: dict[str, Any] = {
            "show": None if pile is Pile.WAITING else pile,
            "facility": slug or None,
            "mine": "1" if mine else None,
        }
        return url_for(endpoint, **{**kept, **changes})

    return {
        "page": page,
        "pile": pile,
        "facilities": facilities,
        "facility": next((f for f in facilities if f.slug == slug), None),
        "mine": mine,
        "may_narrow_to_mine": bool(viewer.approves and viewer.coordinates),
        "address": address,
        "line_notes": _line_notes(viewer, page, pile),
        "now": now,
    }


def _line_notes(viewer: Viewer, page: Page, pile: Pile) -> Callable[[InboxLine], list[str]]:
    """Return what gives the short remarks on a line: rivals, and dates without room."""
    if pile is not Pile.WAITING:
        return lambda line: []
    slots = [slot for line in page.lines for _, slot in line.dates]
    around = competition(viewer, page.facility_ids, slots, clock.now())

    def notes(line: InboxLine) -> list[str]:
        effects = around.effects([key for key, _ in line.dates])
        found = []
        if effects.unfit:
            found.append(gettext("no longer fits"))
        if effects.rivals:
            found.append(gettext("same days"))
        return found

    return notes


def _heading(pile: Pile, viewer: Viewer) -> str:
    if pile is Pile.UPCOMING:
        return gettext("Upcoming bookings")
    if pile is Pile.EARLIER:
        return gettext("Earlier requests")
    count = waiting_count(viewer, clock.now())
    if not count:
        return gettext("Nothing waits for you")
    return ngettext("%(num)s request waits for you", "%(num)s requests wait for you", count)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


# The rest of the pages hang themselves on the blueprint.
from booking.decisions import deciding_views, entering_views  # noqa: E402, F401
