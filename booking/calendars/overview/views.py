"""The calendar across facilities: what is free and taken everywhere, on one axis."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.calendars.facility.params import trouble_words
from booking.calendars.overview.groups import read_folds
from booking.calendars.overview.listing import ListedPage, listed_page
from booking.calendars.overview.opening import Opening, axis_of, opening_day
from booking.calendars.overview.params import Across, read_filters
from booking.calendars.overview.rows import drawn_rows
from booking.calendars.params import chosen_day
from booking.calendars.rows import basis_of, rows_of
from booking.db import clock
from booking.facilities.queries import vocabulary as read_vocabulary
from booking.rules.opening import local_day
from booking.web.access import current_viewer, public
from booking.wording import formats
from booking.wording.zones import known_zone, shown_zone, zone_line

blueprint = Blueprint("calendars", __name__)


@blueprint.get("/calendar")
@public
def index() -> tuple[str, int]:
    """Show day, week or month of the facilities that the address asks for.

    Filters that are wrong (422) narrow nothing and say what is wrong.
    """
    now, viewer = clock.now(), current_viewer()
    vocabulary = read_vocabulary()
    filters = read_filters(vocabulary, shown_zone())
    page = listed_page(filters.filters, filters.page)
    ids = [line.facility_id for line in page.lines]
    basis = basis_of(ids)
    today = local_day(now, filters.zone)
    named = chosen_day(filters.args.get("on"), today)
    opening = Opening(named.day, named.day) if named.day else opening_day(basis, now, filters.zone)
    across = Across(filters, opening.on, today)
    rows = rows_of(basis, ids, across.window, viewer, now)
    axis = axis_of(across, rows)
    folds = read_folds(across, page.lines, rows, viewer)
    shown = render_template(
        "calendars/index.html",
        across=across,
        filters=filters,
        form=filters.question.form,
        title=across.title,
        folds=folds,
        zone=_whose_hours(filters.zone, across.on),
        trouble=trouble_words(named.trouble),
        why_here=_why_here(opening) if named.day is None and across.on != today else None,
        earlier=_earlier(across, opening),
        count=ngettext("%(num)d facility", "%(num)d facilities", page.total),
        where=_where(page),
        previous_url=across.url(page=str(page.number - 1)) if page.number > 1 else None,
        next_url=across.url(page=str(page.number + 1)) if page.has_next else None,
        **drawn_rows(across, axis, page.lines, rows, folds, now),
    )
    return shown, 200 if filters.question.is_valid else 422


def _whose_hours(zone: ZoneInfo, on: date) -> str:
    if zone == known_zone():
        return _("Hours are yours: %(zone)s.", zone=zone_line(zone, on))
    return _("Hours are in %(zone)s.", zone=zone_line(zone, on))


def _why_here(opening: Opening) -> str:
    day = formats.short_day(opening.on)
    if opening.on == opening.first:
        return _(
            "Opens on %(day)s: the first day on which something here can still be asked for.",
            day=day,
        )
    return _(
        "Opens on %(day)s: the first day on which half of these can still be asked for.",
        day=day,
    )


def _earlier(across: Across, opening: Opening) -> tuple[str, str] | None:
    """Return words and address of the first day on which anything can be asked for."""
    if opening.on == opening.first:
        return None
    text = _("The first of them: %(day)s", day=formats.short_day(opening.first))
    return text, across.url(on=opening.first.isoformat())


def _where(page: ListedPage) -> str | None:
    if len(page.lines) == page.total:
        return None
    last = page.first + len(page.lines) - 1
    return _("%(first)d to %(last)d of %(total)d", first=page.first, last=last, total=page.total)
