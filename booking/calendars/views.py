"""The calendar across facilities: what is free and taken everywhere, on one axis."""

from datetime import date

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from booking import clock, formats
from booking.access import current_viewer, public
from booking.calendars.across_address_views import Across
from booking.calendars.across_views import axis_of, drawn_rows, opening_day
from booking.calendars.address_views import trouble_words
from booking.calendars.choices import chosen_day
from booking.calendars.facility_views import facility_calendar
from booking.calendars.filter_views import read_filters
from booking.calendars.listing import ListedPage, listed_page
from booking.calendars.rows import basis_of, rows_of
from booking.calendars.zone_views import shown_zone, zone_line
from booking.facilities.queries import vocabulary as read_vocabulary
from booking.rules.opening import local_day

__all__ = ["blueprint", "facility_calendar"]

blueprint = Blueprint("calendars", __name__)


@blueprint.get("/calendar")
@public
def index() -> str:
    """Show day, week or month of the facilities that the address asks for."""
    now, viewer = clock.now(), current_viewer()
    vocabulary = read_vocabulary()
    filters = read_filters(vocabulary, shown_zone())
    page = listed_page(filters.filters, filters.page)
    ids = [line.facility_id for line in page.lines]
    basis = basis_of(ids)
    today = local_day(now, filters.zone)
    named = chosen_day(filters.args.get("on"), today)
    on = named.day or opening_day(basis, now, filters.zone)
    across = Across(filters, on, today)
    rows = rows_of(basis, ids, across.window, viewer, now)
    axis = axis_of(across, rows)
    return render_template(
        "calendars/index.html",
        across=across,
        filters=filters,
        title=across.title,
        zone=zone_line(filters.zone, on),
        trouble=trouble_words(named.trouble),
        why_here=_why_here(on) if named.day is None and on != today else None,
        count=ngettext("%(num)d facility", "%(num)d facilities", page.total),
        where=_where(page),
        previous_url=across.url(page=str(page.number - 1)) if page.number > 1 else None,
        next_url=across.url(page=str(page.number + 1)) if page.has_next else None,
        **drawn_rows(across, axis, page.lines, rows, now),
    )


def _why_here(on: date) -> str:
    return _(
        "Opens on %(day)s: the first day on which something here can still be asked for.",
        day=formats.short_day(on),
    )


def _where(page: ListedPage) -> str | None:
    if len(page.lines) == page.total:
        return None
    last = page.first + len(page.lines) - 1
    return _("%(first)d to %(last)d of %(total)d", first=page.first, last=last, total=page.total)
