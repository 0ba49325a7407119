"""The page that shows up to four facilities side by side. Its address says which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from booking.browse.blueprint import blueprint
from booking.browse.comparison import comparison
from booking.browse.facility_queries import ShownFacility, page_subject, shown_facility
from booking.db import clock
from booking.facilities.deciders import decides_on
from booking.facilities.listed import ListedFacility, listed_by_slug, listed_facilities
from booking.rules.terms import BookingMode
from booking.rules.visibility import Viewer
from booking.search.cards import free_text, request_url
from booking.search.query_string import MOST_COMPARED
from booking.search.similar import similar_to
from booking.web.access import current_viewer, not_found, public
from booking.web.responses import ViewResponse
from booking.wording.formats import zone_name
from booking.wording.refusals import refusal_text

#: So many that are like the only one compared are offered to be added.
_SUGGESTED = 3


@dataclass(frozen=True)
class Column:
    """One facility of the table.

    `without_url` is the address of the page without it. `first_free` is its first free date as the
    viewer may see it, a link; else `note` says why there is none. `request_link` is the button at
    its foot, None where the viewer cannot request it here.
    """

    facility: ListedFacility
    without_url: str
    first_free: tuple[str, str] | None
    note: str | None
    request_link: tuple[str, str] | None
    zone: str


@blueprint.get("/compare")
@public
def compare() -> ViewResponse:
    """Show the facilities in the address side by side."""
    known = listed_by_slug()
    asked = list(dict.fromkeys(request.args.getlist("facility")))
    chosen = [known[slug] for slug in asked if slug in known]
    if asked and not chosen:
        not_found()
    problem, typed = None, request.args.get("add", "").strip()
    if typed:
        added = _named(typed)
        if added is not None and len(chosen) < MOST_COMPARED:
            with_it = dict.fromkeys([*(one.slug for one in chosen), added.slug])
            return redirect(url_for("browse.compare", facility=list(with_it)))
        problem = (
            gettext("You compare four facilities already. Remove one first.")
            if added is not None
            else gettext("There is no facility of this name. Choose one from the list.")
        )
    viewer, now = current_viewer(), clock.now()
    shown = [_shown(one, viewer, now) for one in chosen[:MOST_COMPARED]]
    slugs = [one.slug for one in chosen]
    too_many = len(chosen) > MOST_COMPARED
    page = render_template(
        "browse/compare.html",
        columns=[_column(one, slugs, viewer) for one in shown],
        comparison=comparison(shown, now) if len(shown) > 1 and not too_many else None,
        only_differences=request.args.get("show") == "differences",
        slugs=slugs,
        chosen=[(one, _url_without(one.slug, slugs)) for one in chosen],
        left_out=len(asked) - len(chosen),
        too_many=_too_many(len(chosen)) if too_many else None,
        most=MOST_COMPARED,
        problem=problem,
        typed=typed,
        suggested=_suggested(shown, viewer, now),
        names=[one.name for one in listed_facilities().values() if one.slug not in slugs]
        if chosen
        else (),
    )
    return (page, 422) if problem or too_many else page


def _named(typed: str) -> ListedFacility | None:
    """Return the facility of this name or slug, whatever the case of its letters."""
    wanted = typed.casefold()
    for one in listed_facilities().values():
        if wanted in (one.name.casefold(), one.slug):
            return one
    return None


def _shown(facility: ListedFacility, viewer: Viewer, now: datetime) -> ShownFacility:
    return shown_facility(page_subject(facility.slug, now).facility, (), viewer, now)


def _too_many(number: int) -> str:
    return ngettext(
        "%(num)s facility is too many to read side by side. Remove some until four are left.",
        "%(num)s facilities are too many to read side by side. Remove some until four are left.",
        number,
    )


def _url_without(slug: str, slugs: Sequence[str]) -> str:
    return url_for("browse.compare", facility=[one for one in slugs if one != slug])


def _column(shown: ShownFacility, slugs: Sequence[str], viewer: Viewer) -> Column:
    facility, rules = shown.facility, shown.rules
    can_request = not viewer.signed_in or viewer.organisation_id is not None
    slot = shown.first_free[0] if shown.first_free else None
    note = None
    if shown.never:
        note = refusal_text(shown.never, rules.zone)
    elif rules.mode is BookingMode.BY_AGREEMENT:
        note = gettext("by agreement")
    elif not shown.sees_calendar:
        note = gettext("not shown")
    elif slot is None:
        note = gettext("nothing free soon")
    return Column(
        facility=facility,
        without_url=_url_without(facility.slug, slugs),
        first_free=(free_text(slot, rules), request_url(facility.slug, slot, rules))
        if slot and can_request
        else (free_text(slot, rules), url_for("browse.facility", slug=facility.slug))
        if slot
        else None,
        note=note,
        request_link=_request_link(shown, viewer, can_request=can_request),
        zone=zone_name(rules.zone),
    )


def _request_link(
    shown: ShownFacility, viewer: Viewer, *, can_request: bool
) -> tuple[str, str] | None:
    slug = shown.facility.slug
    if shown.never:
        return None
    if can_request:
        return gettext("Request dates"), url_for("requests.new", facility=slug)
    if decides_on(viewer, shown.facility.id):
        return gettext("Enter a booking"), url_for("decisions.enter", facility=slug)
    return None


def _suggested(
    shown: Sequence[ShownFacility], viewer: Viewer, now: datetime
) -> list[tuple[str, str]]:
    """Return what is like the only facility compared, each with the address that adds it."""
    if len(shown) != 1:
        return []
    slug = shown[0].facility.slug
    found = similar_to(shown[0].facility.id, viewer, now).facility_ids[:_SUGGESTED]
    others = [listed_facilities()[one] for one in found]
    return [(one.name, url_for("browse.compare", facility=[slug, one.slug])) for one in others]
