"""What a folded row of the calendar across facilities says of the facilities inside it."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from booking.calendars.drawing.axis import Axis, days_window, place
from booking.calendars.drawing.bars import fits
from booking.calendars.drawing.group_layout import Gathered, gathered
from booking.calendars.drawing.segments import Stretch
from booking.rules.opening import ONE_DAY
from booking.wording import formats


def group_bars(
    rows: Sequence[Sequence[Stretch]],
    axis: Axis,
    days: tuple[date, date],
    zone: ZoneInfo,
    url: str,
) -> list[dict[str, Any]]:
    """Return the bars of a folded row: how many of these rows are free when; `url` unfolds it."""
    found = gathered(rows, _days(days, zone))
    items = [(one.slot, one.free) for one in found]
    bars = []
    for placed in place(axis, items):
        one = found[placed.item]
        when = formats.zoned_slot(one.slot, zone)
        bars.append(_bar(one, when, url, placed.start_col, placed.span, placed.span / axis.columns))
    return bars


def group_month_bars(
    free_of_days: Sequence[tuple[date, int]], total: int, zone: ZoneInfo, url: str
) -> list[dict[str, Any]]:
    """Return the bars of a folded row in a month, a column for each day.

    `free_of_days` has for each day how many of `total` facilities have free time that day.
    """
    bars = []
    start = 1
    for free, run in groupby(free_of_days, key=lambda one: one[1]):
        run_days = [day for day, _free in run]
        window = days_window(run_days[0], run_days[-1], zone)
        one = Gathered(window, free, total)
        share = len(run_days) / len(free_of_days)
        bars.append(_bar(one, formats.days(window, zone), url, start, len(run_days), share))
        start += len(run_days)
    return bars


def group_sentence(free: int, total: int, url: str) -> Any:
    """Return how many of a folded row's facilities have free time in what is shown, as a link."""
    link = Markup('<a href="{}">{}</a>').format(url, _have_free_time(free, total))
    return (link, "free") if free else link


def free_rows(rows: Sequence[Sequence[Stretch]]) -> int:
    """Return how many of these rows have time that can be picked."""
    return sum(any(stretch.ask is not None for stretch in row) for row in rows)


def parts_note(rows: Sequence[Sequence[Stretch]]) -> str:
    """Return what is said beside a facility whose parts are folded: `2 parts, 1 with free time`."""
    return ngettext(
        "%(num)d part, %(free)d with free time",
        "%(num)d parts, %(free)d with free time",
        len(rows),
        free=free_rows(rows),
    )


def _days(days: tuple[date, date], zone: ZoneInfo) -> list[Any]:
    first, last = days
    numbers = range((last - first).days + 1)
    return [days_window(first + ONE_DAY * n, first + ONE_DAY * n, zone) for n in numbers]


def _have_free_time(free: int, total: int) -> str:
    return ngettext(
        "%(free)d of %(num)d facility has free time",
        "%(free)d of %(num)d facilities have free time",
        total,
        free=free,
    )


def _bar(one: Gathered, when: str, url: str, start: int, span: int, share: float) -> dict[str, Any]:
    if one.free:
        kind = "free" if one.free == one.total else "partly"
        what = _have_free_time(one.free, one.total)
        label = _("%(what)s, %(when)s: show them", what=what, when=when)
        texts = [
            _("%(free)d of %(own)d free", free=one.free, own=one.total),
            ngettext("%(num)d free", "%(num)d free", one.free),
        ]
    else:
        kind, what = "not_open", _("nothing free")
        label = _("%(what)s, %(when)s", what=what, when=when)
        texts = [what] if share == 1 else []
    return {
        "kind": kind,
        "key": kind,
        "start_col": start,
        "span": span,
        "text": next((text for text in texts if fits(text, share)), ""),
        "label": label,
        "url": url if one.free else None,
        "line": 1,
    }
