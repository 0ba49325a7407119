"""The rows of the calendar across facilities, as the timeline template takes them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from booking.calendars.drawing.axis import Axis, Tick, day_ticks, days_window, hour_ticks
from booking.calendars.drawing.bars import KEY, written_bars
from booking.calendars.drawing.row_layout import row_segments
from booking.calendars.drawing.segments import Segment
from booking.calendars.drawing.sentences import (
    access_link,
    access_sentences,
    day_sentences,
    in_order,
    week_sentences,
)
from booking.calendars.overview.groups import (
    CollapseState,
    cluster_anchor,
    facility_anchor,
    free_rows,
    group_bars,
    group_month_bars,
    group_sentence,
    parts_note,
)
from booking.calendars.overview.kept_rows import KeptRows, RowTimes
from booking.calendars.overview.lanes import Lane, drawn_lane, lane_of_times
from booking.calendars.overview.listing import CalendarFacility
from booking.calendars.overview.month_rows import day_cells, free_of_days, month_row
from booking.calendars.overview.params import OverviewParams
from booking.calendars.overview.shapes import Shapes
from booking.calendars.rows import CalendarAccess, CalendarRow
from booking.rules.terms import CLOSED
from booking.web.links import link
from booking.wording import formats
from booking.wording.translator import gettext as _
from booking.wording.translator import ngettext
from booking.wording.zones import same_offset, zone_difference

_DEEPEST = 3


@dataclass(frozen=True)
class _Line:
    """One facility's row and its times."""

    listed: CalendarFacility
    row: CalendarRow
    times: RowTimes

    @property
    def segments(self) -> Sequence[Segment]:
        """Return its segments; empty if no times are shown."""
        return self.times.segments


def drawn_rows(
    overview: OverviewParams,
    axis: Axis,
    lines: Sequence[CalendarFacility],
    kept: KeptRows,
    collapse: CollapseState,
    now: datetime,
) -> dict[str, Any]:
    """Return `rows`, `axis` and `kinds` (the key) as `_timeline.html` takes them."""
    ticks = _ticks(overview, axis)
    on = _written_on(axis)
    shapes = Shapes()
    times = kept.drawn(
        "times",
        on,
        kept.rows,
        lambda row: shapes.once(row, lambda one: _times(overview, axis, one, now), _unmoved),
        attrgetter("size"),
    )
    all_lines = [
        _Line(listed, row, its_times)
        for listed, row, its_times in zip(lines, kept.rows, times, strict=True)
    ]
    drawn: list[dict[str, Any]] = []
    lanes = Shapes()
    for _cluster, group in groupby(all_lines, key=lambda line: line.row.cluster.id):
        inside = list(group)
        drawn.append(_group(overview, axis, inside, collapse, ticks))
        if collapse.is_open(inside[0].row.cluster.slug):
            drawn += _facilities(overview, axis, inside, collapse, kept, lanes, now)
    kinds = {key for row in drawn for key in row["keys"]}
    return {
        "rows": drawn,
        "axis": {
            "title": overview.title,
            "zone_name": formats.zone_name(overview.zone),
            "columns": axis.columns,
            "ticks": [(tick.column, *_tick_texts(overview, tick, overview.zone)) for tick in ticks],
            "now_col": axis.column(now),
            "now_text": formats.wall(now, overview.zone),
        },
        "kinds": [kind for kind in KEY if kind in kinds],
    }


def _written_on(axis: Axis) -> Hashable:
    """Return what tells this axis from others of the same days: all of them show the same hours."""
    first = axis.stretches[0]
    return first.starts_at, first.ends_at, axis.step


def _times(overview: OverviewParams, axis: Axis, row: CalendarRow, now: datetime) -> RowTimes:
    segments = _segments(overview, axis, row, now)
    if overview.filters.view != "month":
        return RowTimes(segments, ())
    return RowTimes(segments, day_cells(row, segments, *overview.days, now))


def _segments(
    overview: OverviewParams, axis: Axis, row: CalendarRow, now: datetime
) -> Sequence[Segment]:
    is_closed = row.effective.rules.status == CLOSED
    is_drawn = row.access in (CalendarAccess.DRAWN, CalendarAccess.BY_AGREEMENT)
    if row.data is None or not (is_drawn or is_closed):
        return ()
    window = axis.window
    if overview.filters.view == "month":
        window = days_window(*overview.days, row.effective.rules.zone)
    return row_segments(row.data, window, now)


def _facilities(
    overview: OverviewParams,
    axis: Axis,
    inside: Sequence[_Line],
    collapse: CollapseState,
    kept: KeptRows,
    shapes: Shapes,
    now: datetime,
) -> list[dict[str, Any]]:
    by_id = {line.listed.facility_id: line for line in inside}
    hidden = {part for one in by_id if collapse.has_parts(one) and collapse.is_folded(one)
              for part in collapse.inside[one]}  # fmt: skip
    shown = [line for line in inside if line.listed.facility_id not in hidden]
    lanes = kept.drawn(
        "lane",
        _written_on(axis),
        [line.row for line in shown],
        lambda row: shapes.once(
            row, lambda one: _lane(overview, axis, by_id[one.facility.id], now), _moved
        ),
        attrgetter("size"),
    )
    drawn = []
    for line, lane in zip(shown, lanes, strict=True):
        facility_id, row = line.listed.facility_id, line.row
        fold = None
        if collapse.has_parts(facility_id):
            parts = collapse.inside[facility_id]
            is_folded = collapse.is_folded(facility_id)
            fold = {
                "url": collapse.facility_url(facility_id),
                "is_open": not is_folded,
                "label": _("Parts of %(facility)s", facility=row.facility.name),
                "note": parts_note([by_id[part].segments for part in parts if part in by_id])
                if is_folded
                else None,
            }
        drawn.append(
            {
                "kind": "facility",
                "anchor": facility_anchor(row.facility.slug),
                "name": row.facility.name,
                "url": _facility_url(overview, row),
                "depth": min(line.listed.depth, _DEEPEST),
                "fold": fold,
                "lane": lane.lane,
                "said": lane.sentences,
                "keys": lane.keys,
                "can_draw": lane.can_draw,
            }
        )
    return drawn


def _unmoved(times: RowTimes, _from: CalendarRow, _to: CalendarRow) -> RowTimes:
    return times


def _moved(lane: Lane, first: CalendarRow, row: CalendarRow) -> Lane:
    return lane.linked_to(first.facility.slug, row.facility.slug)


def _lane(overview: OverviewParams, axis: Axis, line: _Line, now: datetime) -> Lane:
    row, segments = line.row, line.segments
    said = access_sentences(row)
    if not segments:
        return drawn_lane([_access_bar(row, axis)], in_order(said), axis.columns)
    if overview.filters.view == "month":
        drawn, more = month_row(row, line.times.cells, now)
        return drawn_lane(drawn, [*in_order(said), *more], axis.columns)
    if overview.filters.view == "day":
        said += day_sentences(row, segments, overview.zone, overview.on)
    else:
        said += week_sentences(row, segments, overview.zone, overview.window)
    bars = written_bars(row, segments, axis, overview.zone)
    if not bars.items:
        return drawn_lane([_access_bar(row, axis)], in_order(said), axis.columns)
    return lane_of_times(bars, in_order(said), axis.columns)


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


def _facility_url(overview: OverviewParams, row: CalendarRow) -> str:
    on = overview.on.isoformat() if "on" in overview.filters.args else None
    return link("browse.facility", {"on": on}, slug=row.facility.slug)


def _group(
    overview: OverviewParams,
    axis: Axis,
    inside: Sequence[_Line],
    collapse: CollapseState,
    ticks: Sequence[Tick],
) -> dict[str, Any]:
    cluster, zone = inside[0].row.cluster, inside[0].row.effective.rules.zone
    same = same_offset(zone, overview.zone, overview.middle)
    is_open = collapse.is_open(cluster.slug)
    url = collapse.cluster_url(cluster.slug)
    drawn: list[dict[str, Any]] = []
    if not is_open:
        drawn = _group_bars(overview, axis, inside, zone, url)
    own_ticks = None
    if not same and is_open and overview.filters.view == "day":
        own_ticks = [(tick.column, *_tick_texts(overview, tick, zone)) for tick in ticks]
    rows = [line.segments for line in inside]
    return {
        "kind": "group",
        "anchor": cluster_anchor(cluster.slug),
        "title": formats.in_city(cluster.short_name, cluster.city),
        "note": zone_difference(zone, overview.zone, overview.middle),
        "is_other_zone": not same,
        "ticks": own_ticks,
        "fold": {"url": url, "is_open": is_open},
        "count": ngettext("%(num)d facility", "%(num)d facilities", len(inside)),
        "bars": drawn,
        "keys": {bar["key"] for bar in drawn},
        "sentences": [] if is_open else [group_sentence(free_rows(rows), len(inside), url)],
    }


def _group_bars(
    overview: OverviewParams,
    axis: Axis,
    inside: Sequence[_Line],
    zone: ZoneInfo,
    url: str,
) -> list[dict[str, Any]]:
    if overview.filters.view == "month":
        cells = free_of_days([line.times.cells for line in inside])
        return group_month_bars(cells, len(inside), zone, url)
    return group_bars([line.segments for line in inside], axis, overview.days, overview.zone, url)


def _ticks(overview: OverviewParams, axis: Axis) -> list[Tick]:
    if overview.filters.view == "day":
        return hour_ticks(axis, overview.zone)
    return day_ticks(axis)


def _tick_texts(overview: OverviewParams, tick: Tick, zone: ZoneInfo) -> tuple[str, ...]:
    """Return the text of a tick; in a month, the day of the week follows for the line above."""
    local = tick.at.astimezone(zone)
    match overview.filters.view:
        case "day":
            return (formats.clock_time(local) if tick.labelled else "",)
        case "month":
            return str(local.day), formats.weekday_abbreviation(local.date())
    return (formats.short_day(local.date()),)
