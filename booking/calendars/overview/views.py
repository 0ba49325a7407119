"""Page: the calendar across facilities, on one time axis."""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from booking.calendars.drawing.row_markup import TEMPLATE_FUNCTIONS
from booking.calendars.facility.params import day_fault_text
from booking.calendars.overview.groups import read_collapse_state
from booking.calendars.overview.kept_rows import kept_rows
from booking.calendars.overview.listing import ListedPage, listed_page
from booking.calendars.overview.params import CalendarFilters, OverviewParams, read_filters
from booking.calendars.overview.rows import drawn_rows
from booking.calendars.overview.start_day import StartDay, overview_axis, start_day
from booking.calendars.params import chosen_day
from booking.calendars.rows import calendar_context
from booking.db import clock
from booking.facilities.calendar_cache import FOREVER, ID_BYTES, Drawn, drawn_once, text_bytes
from booking.facilities.queries import filter_values
from booking.rules.opening import local_day
from booking.rules.visibility import Viewer
from booking.search.forms import FindForm
from booking.search.reader_words import reader_words
from booking.web.access import current_viewer, public
from booking.wording import formats
from booking.wording.reader import reader_key
from booking.wording.zones import shown_zone, zone_line

blueprint = Blueprint("calendars", __name__)
for function in TEMPLATE_FUNCTIONS:
    blueprint.add_app_template_global(function)


@dataclass(frozen=True)
class DrawnCalendar:
    """The calendar as one reader gets it: its title, and all below the header.

    `form` has what is wrong with the filters, if anything is.
    """

    title: str
    content: Markup
    form: FindForm | None


@blueprint.get("/calendar")
@public
def index() -> tuple[str, int]:
    """Show a day, week or month of the facilities that match the filters.

    With a wrong filter the page says what is wrong, lists without it, and answers 422.
    """
    now, viewer = clock.now(), current_viewer()
    key = reader_key(viewer)
    page = drawn_once(("calendar list", *key), (), now, lambda: _listed(now))
    ids = [line.facility_id for line in page.lines]
    drawn = drawn_once(("calendar", *key), ids, now, lambda: _drawn(page, viewer, now))
    wrong = {"form": drawn.form} if drawn.form else {}
    shown = render_template(
        "calendars/index.html", title=drawn.title, content=drawn.content, **wrong
    )
    return shown, 422 if wrong else 200


def _filters() -> CalendarFilters:
    return read_filters(filter_values(), shown_zone())


def _listed(now: datetime) -> Drawn[ListedPage]:
    """Return the list for this address, which is that of every other day with these filters."""
    filters, words = _filters(), reader_words()
    key = ("calendar list", astuple(filters.search_filters), filters.page, words.language)

    def read() -> Drawn[ListedPage]:
        page = listed_page(filters.search_filters, words, filters.page)
        return Drawn(page, FOREVER, size=200 * len(page.lines))

    return Drawn(drawn_once(key, (), now, read), FOREVER, size=ID_BYTES)


def _drawn(page: ListedPage, viewer: Viewer, now: datetime) -> Drawn[DrawnCalendar]:
    filters = _filters()
    ids = [line.facility_id for line in page.lines]
    context = calendar_context(ids)
    today = local_day(now, filters.zone)
    named = chosen_day(filters.args.get("on"), today)
    start = StartDay(named.day, named.day) if named.day else start_day(context, now, filters.zone)
    overview = OverviewParams(
        filters, start.on, today, {context.chain_of[number][0].slug for number in ids}
    )
    kept = kept_rows(overview, context, ids, viewer, now)
    axis = overview_axis(overview, kept.rows)
    collapse = read_collapse_state(overview, page.lines, kept.rows, viewer)
    content = render_template(
        "calendars/_content.html",
        overview=overview,
        filters=filters,
        form=filters.question.form,
        title=overview.title,
        collapse=collapse,
        zone=_whose_hours(filters.zone, overview.on),
        day_fault=day_fault_text(named.fault),
        why_here=_why_here(start)
        if named.day is None and overview.on != today and filters.view != "month"
        else None,
        earlier=_earlier(overview, start),
        count=ngettext("%(num)d facility", "%(num)d facilities", page.total),
        where=_where(page),
        previous_url=overview.url(page=str(page.number - 1)) if page.number > 1 else None,
        next_url=overview.url(page=str(page.number + 1)) if page.has_next else None,
        **drawn_rows(overview, axis, page.lines, kept, collapse, now),
    )
    question = filters.question
    return Drawn(
        DrawnCalendar(
            title=overview.title,
            content=Markup(content),  # noqa: S704  # our own template escaped it
            form=None if question.is_valid else question.form,
        ),
        kept.until if question.is_valid else None,
        size=text_bytes(content),
    )


def _whose_hours(zone: ZoneInfo, on: date) -> str:
    return _("Times shown in %(zone)s.", zone=zone_line(zone, on))


def _why_here(start: StartDay) -> str:
    day = formats.short_day(start.on)
    if start.on == start.first:
        return _(
            "Starts at %(day)s, the earliest date you can request here.",
            day=day,
        )
    return _(
        "Shown from %(day)s: before that, most of these need more notice.",
        day=day,
    )


def _earlier(overview: OverviewParams, start: StartDay) -> tuple[str, str] | None:
    """Return text and address of the first day that can be requested, if it is earlier."""
    if start.on == start.first:
        return None
    text = _("Go to the earliest: %(day)s", day=formats.short_day(start.first))
    return text, overview.url(on=start.first.isoformat())


def _where(page: ListedPage) -> str | None:
    if len(page.lines) == page.total:
        return None
    last = page.first + len(page.lines) - 1
    return _("%(first)d to %(last)d of %(total)d", first=page.first, last=last, total=page.total)
