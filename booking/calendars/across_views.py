"""The rows of many facilities on one axis, in the time of who looks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from booking import formats
from booking.calendars.across_address_views import Across
from booking.calendars.across_month_views import month_row
from booking.calendars.bar_views import KEY, bars
from booking.calendars.choices import in_reach
from booking.calendars.layout import (
    HOUR,
    QUARTER,
    WHOLE_DAY,
    Axis,
    Hours,
    Tick,
    day_ticks,
    days_axis,
    days_window,
    hour_ticks,
    hours_that_matter,
)
from booking.calendars.listing import Listed
from booking.calendars.row_layout import stretches_of
from booking.calendars.rows import Basis, CalendarRow, Standing
from booking.calendars.sentence_views import (
    day_sentences,
    in_order,
    standing_link,
    standing_sentences,
    week_sentences,
)
from booking.calendars.zone_views import same_offset, zone_difference
from booking.rules.asking import earliest_day
from booking.rules.opening import ONE_DAY, local_day, open_days
from booking.rules.slots import Slot

# What is open so long says nothing of when people are about.
_ROUND_THE_CLOCK = timedelta(hours=20)
# With the clock change in it; so each day of a month is one column.
_LONGEST_DAY = timedelta(hours=25)
_LOOK_DAYS = 14
_DEEPEST = 3


def opening_day(basis: Basis, now: datetime, zone: ZoneInfo) -> date:
    """Return the first day on which one of the facilities is open and can be asked for.

    Today where there is none in the weeks to come.
    """
    found = []
    for facility_id, effective in basis.effective.items():
        rules = effective.rules
        first = earliest_day(rules, basis.deadlines_of(facility_id, now), now)
        for day in open_days(rules.hours, rules.zone, first, first + ONE_DAY * _LOOK_DAYS):
            if day.slots:
                found.append(day.day)
                break
    today = local_day(now, zone)
    return min((day for day in found if in_reach(day, today)), default=today)


def axis_of(across: Across, rows: Sequence[CalendarRow]) -> Axis:
    """Return the axis: quarters of a day, hours of a week, days of a month."""
    first, last = across.days
    hours = WHOLE_DAY if across.asked.whole_day else _hours(across, rows)
    match across.asked.view:
        case "week":
            return days_axis(first, last, across.zone, hours, HOUR)
        case "month":
            return days_axis(first, last, across.zone, WHOLE_DAY, _LONGEST_DAY)
    return days_axis(first, last, across.zone, hours, QUARTER)


def _hours(across: Across, rows: Sequence[CalendarRow]) -> Hours:
    """Return the hours in which something opens or is booked, with an hour around."""
    first, last = across.days
    found = []
    matter: set[Slot] = set()
    for row in rows:
        rules = row.effective.rules
        if row.facts is None:
            continue
        if rules.hours.spans is not None:
            days = open_days(rules.hours, rules.zone, first - ONE_DAY, last + ONE_DAY)
            matter.update(slot for day in days for slot in day.slots)
        matter.update(seen.slot for seen in row.facts.dates)
    short = [slot for slot in matter if slot.duration < _ROUND_THE_CLOCK]
    for number in range((last - first).days + 1):
        window = days_window(first + ONE_DAY * number, first + ONE_DAY * number, across.zone)
        here = [slot for slot in short if slot.overlaps(window)]
        if here:
            found.append(hours_that_matter(here, across.zone, window))
    if not found:
        return hours_that_matter([], across.zone, across.window)
    return Hours(min(h.first for h in found), max(h.last for h in found))


def drawn_rows(
    across: Across,
    axis: Axis,
    lines: Sequence[Listed],
    rows: Sequence[CalendarRow],
    now: datetime,
) -> dict[str, Any]:
    """Return rows, axis and key as `_timeline.html` takes them."""
    ticks = _ticks(across, axis)
    drawn: list[dict[str, Any]] = []
    kinds: set[str | None] = set()
    cluster_id = None
    for line, row in zip(lines, rows, strict=True):
        if row.cluster.id != cluster_id:
            cluster_id = row.cluster.id
            drawn.append(_group(across, row, ticks))
        own_bars, said = _bars_and_sentences(across, axis, row, now)
        kinds.update(bar["key"] for bar in own_bars)
        drawn.append(
            {
                "kind": "facility",
                "name": row.facility.name,
                "url": _facility_url(across, row),
                "depth": min(line.depth, _DEEPEST),
                "bars": own_bars or [_standing_bar(row, axis)],
                "sentences": said,
            }
        )
    return {
        "rows": drawn,
        "axis": {
            "title": across.title,
            "zone_name": formats.zone_name(across.zone),
            "columns": axis.columns,
            "ticks": [(tick.column, _tick_text(across, tick, across.zone)) for tick in ticks],
            "now_col": axis.column(now),
        },
        "kinds": [kind for kind in KEY if kind in kinds],
    }


def _bars_and_sentences(
    across: Across, axis: Axis, row: CalendarRow, now: datetime
) -> tuple[list[dict[str, Any]], list[Any]]:
    said = standing_sentences(row)
    if row.facts is None or row.standing not in (Standing.DRAWN, Standing.BY_AGREEMENT):
        return [], in_order(said)
    if across.asked.view == "month":
        first, last = across.days
        window = days_window(first, last, row.effective.rules.zone)
        stretches = stretches_of(row.facts, window, now)
        drawn, more = month_row(row, stretches, first, last, now)
        return drawn, [*in_order(said), *more]
    stretches = stretches_of(row.facts, axis.window, now)
    if across.asked.view == "day":
        said += day_sentences(row, stretches, across.zone, across.on)
    else:
        said += week_sentences(row, stretches, across.zone, across.window)
    return bars(row, stretches, axis, across.zone, free_text=False), in_order(said)


def _standing_bar(row: CalendarRow, axis: Axis) -> dict[str, Any]:
    text, label, url = standing_link(row)
    shut = row.standing in (Standing.STATUS, Standing.NOBODY)
    return {
        "kind": "not_open" if shut else "agreed",
        "start_col": 1,
        "span": axis.columns,
        "text": text,
        "label": label,
        "url": url,
        "line": 1,
    }


def _facility_url(across: Across, row: CalendarRow) -> str:
    on = across.on.isoformat() if "on" in across.asked.args else None
    return url_for("facilities.show", slug=row.facility.slug, on=on)


def _group(across: Across, row: CalendarRow, ticks: Sequence[Tick]) -> dict[str, Any]:
    cluster, zone = row.cluster, row.effective.rules.zone
    same = same_offset(zone, across.zone, across.middle)
    own_ticks = None
    if not same and across.asked.view == "day":
        own_ticks = [(tick.column, _tick_text(across, tick, zone)) for tick in ticks]
    return {
        "kind": "group",
        "title": formats.in_city(cluster.short_name, cluster.city),
        "note": zone_difference(zone, across.zone, across.middle),
        "ticks": own_ticks,
    }


def _ticks(across: Across, axis: Axis) -> list[Tick]:
    if across.asked.view == "day":
        return hour_ticks(axis, across.zone)
    return day_ticks(axis)


def _tick_text(across: Across, tick: Tick, zone: ZoneInfo) -> str:
    local = tick.at.astimezone(zone)
    match across.asked.view:
        case "day":
            return formats.clock_time(local) if tick.labelled else ""
        case "month":
            return str(local.day)
    return formats.short_day(local.date())
