"""The inbox: what waits for one's decision, and one request to decide on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import render_template, request
from flask_babel import gettext

from booking.absences.queries import away_now
from booking.db import clock
from booking.decisions.blueprint import blueprint
from booking.decisions.booking_panel import booking_panels
from booking.decisions.competing import Competition, competition
from booking.decisions.listing import list_filters
from booking.decisions.log_text import due_text, earlier_text, listed_dates, step_text
from booking.decisions.queries import (
    InboxLine,
    InboxView,
    enterable_facilities,
    inbox_counts,
    inbox_page,
)
from booking.decisions.review import RequestForReview, request_for_review
from booking.decisions.undoing import undo_offer
from booking.disruptions.queries import affected_dates
from booking.enquiries.queries import count_to_answer
from booking.errors import NotFound
from booking.requests.disruption_text import affected_text
from booking.requests.headlines import badge
from booking.rules.references import parse_reference
from booking.rules.visibility import Viewer
from booking.web.access import decider, the_account
from booking.web.fields import BaseForm
from booking.wording.formats import short_day
from booking.wording.quotas import share_warning

MOST_PAGES = 100_000


WORDS: dict[str, Any] = {
    "badge": badge,
    "due_text": due_text,
    "earlier_text": earlier_text,
    "listed_dates": listed_dates,
    "share_warning": share_warning,
    "step_text": step_text,
}


@blueprint.get("/inbox")
@decider
def inbox() -> str:
    """Show the requests that wait, and the first of them."""
    viewer = the_account().viewer
    listing = _listing(viewer)
    lines = listing["page"].lines
    review = request_for_review(viewer, lines[0].reference, clock.now()) if lines else None
    return render_template(
        "decisions/inbox.html",
        to_answer=count_to_answer(viewer, clock.now()),
        **listing,
        **_side_by_side(listing, review, None),
    )


@blueprint.get("/inbox/<string:reference>")
@decider
def show(reference: str) -> str:
    """Show one request with all that is needed to decide on it."""
    return render_review(review_for(reference))


def review_for(reference: str) -> RequestForReview:
    """Return the request as far as the person may decide on it.

    Raises:
        NotFound: it does not exist, or is others' to decide on.
    """
    stored = parse_reference(reference)
    if stored is None:
        raise NotFound("request")
    return request_for_review(the_account().viewer, stored, clock.now())


def render_review(
    review: RequestForReview,
    tried: tuple[int, BaseForm] | None = None,
    *,
    conflict: str | None = None,
) -> str:
    """Return the page of one request; `tried` is a booking's number and its form with errors.

    `conflict` says why nothing was changed.
    """
    listing = _listing(the_account().viewer)
    return render_template(
        "decisions/show.html",
        **listing,
        **_side_by_side(listing, review, tried),
        form=tried[1] if tried else None,
        conflict=conflict,
    )


def _side_by_side(
    listing: dict[str, Any], review: RequestForReview | None, tried: tuple[int, BaseForm] | None
) -> dict[str, Any]:
    """Return the variables of list and request side by side; rivals are read once for both."""
    viewer, now, page = the_account().viewer, clock.now(), listing["page"]
    lines = page.lines if listing["inbox_view"].waits else ()
    bookings = review.bookings if review else ()
    around = competition(
        viewer,
        {*(page.facility_ids if lines else ()), *(booking.facility_id for booking in bookings)},
        [slot for line in lines for slot in line.slots]
        + [date.slot for booking in bookings for date in booking.waiting],
        now,
    )
    on = day_of_query()
    return {
        **WORDS,
        "review": review,
        "panels": booking_panels(review, around, viewer, now, on=on, tried=tried) if review else [],
        "line_notes": _notes(page.lines, around, inbox_view=listing["inbox_view"]),
    }


def _notes(
    lines: Sequence[InboxLine], around: Competition, *, inbox_view: InboxView
) -> dict[str, list[str]]:
    """Return the short remarks on each line: affected dates, no room, rivals."""
    disruptions = affected_dates([key for line in lines for key, _ in line.dates])
    found = {}
    for line in lines:
        remarks = [
            gettext(
                "affected: %(what)s",
                what=affected_text(replace(disruptions[key], reason=""), line.zone),
            )
            for key, _ in line.dates
            if key in disruptions
        ][:1]
        if line.lapses_at is not None:
            day = short_day(line.lapses_at.astimezone(line.zone).date())
            remarks.insert(0, gettext("expires %(day)s", day=day))
        if line.asks:
            remarks.append(gettext("question to you"))
        if inbox_view.waits:
            effects = around.effects([key for key, _ in line.dates])
            if effects.unfit:
                remarks.append(gettext("clashes"))
            if effects.rivals:
                remarks.append(gettext("same days"))
        found[line.reference] = remarks
    return found


def _listing(viewer: Viewer) -> dict[str, Any]:
    """Return the variables of the list that the query selects: view, facilities, page."""
    filters = list_filters()
    now = clock.now()
    facilities = enterable_facilities(viewer)
    only = filters.facility_ids(facilities, viewer)
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    page = inbox_page(viewer, now, filters.inbox_view, only_facilities=only, number=number)
    return {
        "page": page,
        "inbox_view": filters.inbox_view,
        "facilities": facilities,
        "facility": next((f for f in facilities if f.slug == filters.slug), None),
        "mine": filters.mine,
        "counts": inbox_counts(viewer, now),
        "undo_offer": undo_offer(viewer, now),
        "is_narrowed": only is not None or number > 1,
        "may_narrow_to_mine": bool(viewer.approves and viewer.coordinates),
        "address": filters.address,
        "away": away_now(viewer, now),
        "now": now,
    }


def day_of_query(values: Mapping[str, str] | None = None) -> date | None:
    """Return the day that `on` names in the query, or in these values; None: none."""
    try:
        return date.fromisoformat((request.args if values is None else values).get("on", ""))
    except ValueError:
        return None
