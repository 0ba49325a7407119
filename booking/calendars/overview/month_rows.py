"""A facility's row in the month across facilities: one column a day, equal days joined."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from booking.calendars.drawing.axis import days_window
from booking.calendars.drawing.bars import text_fits
from booking.calendars.drawing.month import day_cell, free_url
from booking.calendars.drawing.picking import DragGrid, days_drag
from booking.calendars.drawing.segments import Segment
from booking.calendars.rows import CalendarRow
from booking.rules.date_days import day_stretch
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.wording import formats
from booking.wording.translator import gettext as _
from booking.wording.translator import lazy_gettext

# The kind of bar and the word for each state of a day.
_STATES = {
    "free": ("free", lazy_gettext("free")),
    "partly": ("partly", lazy_gettext("partly taken")),
    "busy": ("busy", lazy_gettext("busy")),
    "yours": ("yours", lazy_gettext("yours")),
    "asked": ("asked", lazy_gettext("requested")),
    "closed": ("closed", lazy_gettext("closed")),
    "too_late": ("too_late", lazy_gettext("notice too short")),
    "too_short": ("too_short", lazy_gettext("too short")),
    "past": ("past", lazy_gettext("past")),
    "not_yet": ("not_yet", lazy_gettext("not open for requests yet")),
    "open": ("agreed", lazy_gettext("by agreement")),
    "not_open": ("not_open", lazy_gettext("not open")),
}
_SILENT = ("not_open",)


DayCells = Sequence[tuple[date, dict[str, Any]]]


def day_cells(
    row: CalendarRow, segments: Sequence[Segment], first: date, last: date, now: datetime
) -> DayCells:
    """Return the cells of the local days from `first` to `last`, as `month.day_cell` makes them."""
    zone = row.effective.rules.zone
    today = local_day(now, zone)
    cells = []
    begins = [segment.slot.starts_at for segment in segments]
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        window = day_stretch(row.effective.rules, day)
        sooner = segments[: bisect_left(begins, window.ends_at)]
        here = [segment for segment in sooner if segment.slot.ends_at > window.starts_at]
        cells.append((day, day_cell(row, here, day, today, now, links_free=False)))
    return cells


def free_of_days(rows: Sequence[DayCells]) -> list[tuple[date, int]]:
    """Return for each day how many of these rows have free time."""
    return [
        (same_day[0][0], sum(bool(cell["dates"]) for _day, cell in same_day))
        for same_day in zip(*rows, strict=True)
    ]


def month_row(
    row: CalendarRow, cells: DayCells, now: datetime
) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the bars (one column a day) and the sentences of a facility's row."""
    zone = row.effective.rules.zone
    bars: list[dict[str, Any]] = []
    said: dict[tuple[str, bool], list[Markup]] = {}
    for (state, words), run in groupby(cells, key=lambda one: (one[1]["state"], one[1]["words"])):
        days = list(run)
        kind, state_word = _STATES[state]
        text = formats.listed(words) or str(state_word)
        when = formats.days(days_window(days[0][0], days[-1][0], zone), zone)
        url = _url(row, days, now)
        label = _("%(what)s, %(when)s", what=text, when=when)
        named = days[0][1].get("named")
        bars.append(
            {
                "kind": kind,
                "key": None if state == "past" else kind,
                "start_col": (days[0][0] - cells[0][0]).days + 1,
                "span": len(days),
                "text": _short(named or text, len(days) / len(cells))
                if named or kind not in _SILENT
                else "",
                "label": label,
                "url": url,
                "line": 1,
                "drag": _drag(row, days),
            }
        )
        if state == "past" or (state == "not_open" and not named):
            continue
        on = formats.days_of_month(days[0][0], days[-1][0])
        linked = Markup('<a href="{}">{}</a>').format(url, on) if url else escape(on)
        said.setdefault((text, state == "free"), []).append(linked)
    return bars, _sentences(said)


def _sentences(said: Mapping[tuple[str, bool], Sequence[Markup]]) -> list[Any]:
    """Return one sentence for each state with its days, free ones first."""
    sentences = [
        (escape(_("%(what)s: %(days)s")) % {"what": what, "days": Markup(", ").join(days)}, is_free)
        for (what, is_free), days in said.items()
    ]
    free = [(sentence, "free") for sentence, is_free in sentences if is_free]
    others = [sentence for sentence, is_free in sentences if not is_free]
    return [*free, *others] or [escape(_("not open"))]


def _drag(row: CalendarRow, days: DayCells) -> DragGrid | None:
    """Return the grid for drawing a date over a run of free days, or None."""
    rules = row.effective.rules
    parts = 2 if rules.unit is Unit.HALF_DAY else 1
    if any(cell["state"] != "free" or len(cell["dates"]) != parts for _day, cell in days):
        return None
    return days_drag(rules, days[0][0], [formats.short_day(day) for day, _look in days])


def _short(text: str, share: float) -> str:
    return text if text_fits(text, share) else ""


def _url(
    row: CalendarRow, days: Sequence[tuple[date, dict[str, Any]]], now: datetime
) -> str | None:
    dates = [one for _day, cell in days for one in cell["dates"]]
    if dates and days[0][1]["state"] in ("free", "partly"):
        return free_url(row, dates, now)
    url: str | None = days[0][1]["url"]
    return url
