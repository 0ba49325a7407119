"""The rows of many facilities on one axis, in the time of who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from booking.calendars.drawing.axis import Axis, Tick, day_ticks, days_window, hour_ticks
from booking.calendars.drawing.bars import KEY, bars
from booking.calendars.drawing.row_layout import stretches_of
from booking.calendars.drawing.segments import Stretch
from booking.calendars.drawing.sentences import (
    access_link,
    access_sentences,
    day_sentences,
    in_order,
    week_sentences,
)
from booking.calendars.overview.groups import (
    Folds,
    cluster_anchor,
    facility_anchor,
    free_rows,
    group_bars,
    group_month_bars,
    group_sentence,
    parts_note,
)
from booking.calendars.overview.listing import Listed
from booking.calendars.overview.month_rows import Looks, day_looks, free_of_days, month_row
from booking.calendars.overview.params import Across
from booking.calendars.rows import CalendarAccess, CalendarRow
from booking.wording import formats
from booking.wording.zones import same_offset, zone_difference

_DEEPEST = 3


@dataclass(frozen=True)
class _Line:
    """One facility's row, and the stretches that make it up (none where they are not shown)."""

    listed: Listed
    row: CalendarRow
    stretches: Sequence[Stretch]


def drawn_rows(
    across: Across,
    axis: Axis,
    lines: Sequence[Listed],
    rows: Sequence[CalendarRow],
    folds: Folds,
    now: datetime,
) -> dict[str, Any]:
    """Return rows, axis and key as `_timeline.html` takes them."""
    ticks = _ticks(across, axis)
    all_lines = [
        _Line(listed, row, _stretches(across, axis, row, now))
        for listed, row in zip(lines, rows, strict=True)
    ]
    drawn: list[dict[str, Any]] = []
    for _cluster, group in groupby(all_lines, key=lambda line: line.row.cluster.id):
        inside = list(group)
        drawn.append(_group(across, axis, inside, folds, ticks, now))
        if folds.is_open(inside[0].row.cluster.slug):
            drawn += _facilities(across, axis, inside, folds, now)
    kinds = {bar["key"] for row in drawn for bar in row["bars"]}
    return {
        "rows": drawn,
        "axis": {
            "title": across.title,
            "zone_name": formats.zone_name(across.zone),
            "columns": axis.columns,
            "ticks": [(tick.column, _tick_text(across, tick, across.zone)) for tick in ticks],
            "now_col": axis.column(now),
            "now_text": formats.wall(now, across.zone),
        },
        "kinds": [kind for kind in KEY if kind in kinds],
    }


def _stretches(across: Across, axis: Axis, row: CalendarRow, now: datetime) -> Sequence[Stretch]:
    if row.facts is None or row.access not in (CalendarAccess.DRAWN, CalendarAccess.BY_AGREEMENT):
        return ()
    window = axis.window
    if across.asked.view == "month":
        window = days_window(*across.days, row.effective.rules.zone)
    return stretches_of(row.facts, window, now)


def _facilities(
    across: Across, axis: Axis, inside: Sequence[_Line], folds: Folds, now: datetime
) -> list[dict[str, Any]]:
    by_id = {line.listed.facility_id: line for line in inside}
    hidden: set[int] = set()
    drawn = []
    for line in inside:
        facility_id, row = line.listed.facility_id, line.row
        if facility_id in hidden:
            continue
        fold = None
        if folds.has_parts(facility_id):
            parts = folds.inside[facility_id]
            is_folded = folds.is_folded(facility_id)
            if is_folded:
                hidden.update(parts)
            fold = {
                "url": folds.facility_url(facility_id),
                "is_open": not is_folded,
                "label": _("Parts of %(facility)s", facility=row.facility.name),
                "note": parts_note([by_id[part].stretches for part in parts if part in by_id])
                if is_folded
                else None,
            }
        own_bars, said = _bars_and_sentences(across, axis, line, now)
        drawn.append(
            {
                "kind": "facility",
                "anchor": facility_anchor(row.facility.slug),
                "name": row.facility.name,
                "url": _facility_url(across, row),
                "depth": min(line.listed.depth, _DEEPEST),
                "fold": fold,
                "bars": own_bars or [_access_bar(row, axis)],
                "sentences": said,
            }
        )
    return drawn


def _bars_and_sentences(
    across: Across, axis: Axis, line: _Line, now: datetime
) -> tuple[list[dict[str, Any]], list[Any]]:
    row, stretches = line.row, line.stretches
    said = access_sentences(row)
    if not stretches:
        return [], in_order(said)
    if across.asked.view == "month":
        drawn, more = month_row(row, _looks(across, line, now), now)
        return drawn, [*in_order(said), *more]
    if across.asked.view == "day":
        said += day_sentences(row, stretches, across.zone, across.on)
    else:
        said += week_sentences(row, stretches, across.zone, across.window)
    return bars(row, stretches, axis, across.zone), in_order(said)


def _looks(across: Across, line: _Line, now: datetime) -> Looks:
    return day_looks(line.row, line.stretches, *across.days, now)


def _access_bar(row: CalendarRow, axis: Axis) -> dict[str, Any]:
    text, label, url = access_link(row)
    closed = row.access in (CalendarAccess.STATUS, CalendarAccess.NOBODY)
    return {
        "kind": "not_open" if closed else "agreed",
        "key": None,
        "start_col": 1,
        "span": axis.columns,
        "text": text,
        "label": label,
        "url": url,
        "line": 1,
    }


def _facility_url(across: Across, row: CalendarRow) -> str:
    on = across.on.isoformat() if "on" in across.asked.args else None
    return url_for("browse.facility", slug=row.facility.slug, on=on)


def _group(
    across: Across,
    axis: Axis,
    inside: Sequence[_Line],
    folds: Folds,
    ticks: Sequence[Tick],
    now: datetime,
) -> dict[str, Any]:
    cluster, zone = inside[0].row.cluster, inside[0].row.effective.rules.zone
    same = same_offset(zone, across.zone, across.middle)
    is_open = folds.is_open(cluster.slug)
    url = folds.cluster_url(cluster.slug)
    drawn: list[dict[str, Any]] = []
    if not is_open:
        drawn = _gathered_bars(across, axis, inside, zone, url, now)
    own_ticks = None
    if not same and is_open and across.asked.view == "day":
        own_ticks = [(tick.column, _tick_text(across, tick, zone)) for tick in ticks]
    rows = [line.stretches for line in inside]
    return {
        "kind": "group",
        "anchor": cluster_anchor(cluster.slug),
        "title": formats.in_city(cluster.short_name, cluster.city),
        "note": zone_difference(zone, across.zone, across.middle),
        "is_other_zone": not same,
        "ticks": own_ticks,
        "fold": {"url": url, "is_open": is_open},
        "count": ngettext("%(num)d facility", "%(num)d facilities", len(inside)),
        "bars": drawn,
        "sentences": [] if is_open else [group_sentence(free_rows(rows), len(inside), url)],
    }


def _gathered_bars(
    across: Across,
    axis: Axis,
    inside: Sequence[_Line],
    zone: ZoneInfo,
    url: str,
    now: datetime,
) -> list[dict[str, Any]]:
    if across.asked.view == "month":
        looks = free_of_days([_looks(across, line, now) for line in inside])
        return group_month_bars(looks, len(inside), zone, url)
    return group_bars([line.stretches for line in inside], axis, across.days, across.zone, url)


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
