"""Groups of rows in the calendar across facilities: collapsing them, and their summary.

The state is part of the address, so that it can be shared: `open` names the expanded clusters
(or `all`, `none`), `fold` the facilities whose parts are collapsed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from booking.calendars.drawing.axis import Axis, days_window, place_bars
from booking.calendars.drawing.bars import text_fits
from booking.calendars.drawing.segments import Segment
from booking.calendars.overview.listing import CalendarFacility
from booking.calendars.overview.params import ALL, NONE, OverviewParams
from booking.calendars.rows import CalendarRow
from booking.rules.opening import ONE_DAY
from booking.rules.slots import Slot, common, merge, subtract
from booking.rules.visibility import Viewer
from booking.wording import formats
from booking.wording.translator import gettext as _
from booking.wording.translator import ngettext

#: Up to so many rows everything is expanded at first; beyond, only what concerns the viewer.
MOST_OPEN = 24


@dataclass(frozen=True)
class FreeCount:
    """A slot within one day in which `free` of `total` facilities have free time."""

    slot: Slot
    free: int
    total: int


@dataclass(frozen=True)
class CollapseState:
    """What is collapsed on one page; `clusters` are the slugs of those on it, in order."""

    overview: OverviewParams
    clusters: Sequence[str]
    open_clusters: Collection[str]
    parents: Mapping[int, str]
    inside: Mapping[int, Sequence[int]]

    @cached_property
    def _folded(self) -> list[str]:
        on_page = set(self.parents.values())
        return [slug for slug in self.overview.folded if slug in on_page]

    def is_open(self, slug: str) -> bool:
        """Return whether the cluster of this slug is expanded."""
        return slug in self.open_clusters

    def has_parts(self, facility_id: int) -> bool:
        """Return whether parts of this facility are listed below it."""
        return facility_id in self.parents

    def is_folded(self, facility_id: int) -> bool:
        """Return whether the parts of this facility are collapsed."""
        return self.parents.get(facility_id) in self._folded

    def cluster_url(self, slug: str) -> str:
        """Return the address of this page with the cluster toggled."""
        wanted = [one for one in self.clusters if (one in self.open_clusters) != (one == slug)]
        return self.overview.url(open=self._written(wanted), _anchor=cluster_anchor(slug))

    def facility_url(self, facility_id: int) -> str:
        """Return the address of this page with the parts of the facility toggled."""
        slug = self.parents[facility_id]
        folded = [one for one in self._folded if one != slug]
        if len(folded) == len(self._folded):
            folded.append(slug)
        opened = self._written([one for one in self.clusters if one in self.open_clusters])
        return self.overview.url(open=opened, fold=folded or None, _anchor=facility_anchor(slug))

    @property
    def all_url(self) -> str | None:
        """Return the address of this page with everything expanded; None if it is already."""
        if len(self.open_clusters) == len(self.clusters) and not self._folded:
            return None
        return self.overview.url(open=ALL, fold=None)

    @property
    def none_url(self) -> str | None:
        """Return the address of this page with all clusters collapsed; None if they are already."""
        return self.overview.url(open=NONE) if self.open_clusters else None

    def _written(self, opened: Sequence[str]) -> str | Sequence[str]:
        if len(opened) == len(self.clusters):
            return ALL
        return opened or NONE


def cluster_anchor(slug: str) -> str:
    """Return the HTML id of a cluster's row."""
    return f"cluster-{slug}"


def facility_anchor(slug: str) -> str:
    """Return the HTML id of a facility's row."""
    return f"row-{slug}"


def read_collapse_state(
    overview: OverviewParams,
    lines: Sequence[CalendarFacility],
    rows: Sequence[CalendarRow],
    viewer: Viewer,
) -> CollapseState:
    """Return what is collapsed: what the address says, else what suits the number of rows.

    With many rows, only the viewer's own clusters and those with dates of the viewer are
    expanded; if there are none, the first cluster.
    """
    slugs = list(dict.fromkeys(row.cluster.slug for row in rows))
    given = overview.filters.args.getlist("open")
    if ALL in given or (not given and len(rows) <= MOST_OPEN):
        opened = set(slugs)
    elif given:
        opened = set(slugs) & set(given)
    else:
        opened = {row.cluster.slug for row in rows if _concerns(row, viewer)} or set(slugs[:1])
    inside = _inside(lines)
    parents = {
        line.facility_id: row.facility.slug
        for line, row in zip(lines, rows, strict=True)
        if line.facility_id in inside
    }
    return CollapseState(overview, slugs, opened, parents, inside)


def _concerns(row: CalendarRow, viewer: Viewer) -> bool:
    own = {viewer.home_cluster_id, *viewer.coordinates, *viewer.approver_clusters}
    if row.cluster.id in own:
        return True
    return row.data is not None and any(date.own for date in row.data.dates)


def _inside(lines: Sequence[CalendarFacility]) -> dict[int, list[int]]:
    """Return the ids of all parts on this page, at any depth, by the facility above them."""
    inside: dict[int, list[int]] = {}
    above: list[CalendarFacility] = []
    for line in lines:
        above = above[: line.depth]
        for one in above:
            inside.setdefault(one.facility_id, []).append(line.facility_id)
        above.append(line)
    return inside


def group_bars(
    rows: Sequence[Sequence[Segment]],
    axis: Axis,
    days: tuple[date, date],
    zone: ZoneInfo,
    url: str,
) -> list[dict[str, Any]]:
    """Return the bars of a collapsed group: how many of `rows` are free when; `url` expands it."""
    found = free_counts(rows, _days(days, zone))
    items = [(one.slot, one.free) for one in found]
    bars = []
    for placed in place_bars(axis, items):
        one = found[placed.item]
        when = formats.zoned_slot(one.slot, zone)
        bars.append(_bar(one, when, url, placed.start_col, placed.span, placed.span / axis.columns))
    return bars


def group_month_bars(
    free_of_days: Sequence[tuple[date, int]], total: int, zone: ZoneInfo, url: str
) -> list[dict[str, Any]]:
    """Return the bars of a collapsed group in a month, one column a day.

    `free_of_days` has for each day how many of `total` facilities have free time.
    """
    bars = []
    start = 1
    for free, run in groupby(free_of_days, key=lambda one: one[1]):
        run_days = [day for day, _free in run]
        window = days_window(run_days[0], run_days[-1], zone)
        one = FreeCount(window, free, total)
        share = len(run_days) / len(free_of_days)
        bars.append(_bar(one, formats.days(window, zone), url, start, len(run_days), share))
        start += len(run_days)
    return bars


def group_sentence(free: int, total: int, url: str) -> Any:
    """Return how many facilities of a collapsed group have free time, as a link."""
    link = Markup('<a href="{}">{}</a>').format(url, _have_free_time(free, total))
    return (link, "free") if free else link


def free_rows(rows: Sequence[Sequence[Segment]]) -> int:
    """Return how many of these rows have free time."""
    return sum(any(segment.clicked_date is not None for segment in row) for row in rows)


def parts_note(rows: Sequence[Sequence[Segment]]) -> str:
    """Return the note on a facility with collapsed parts: `2 parts, 1 with free time`."""
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


def _bar(
    one: FreeCount, when: str, url: str, start: int, span: int, share: float
) -> dict[str, Any]:
    if one.free:
        kind = "free" if one.free == one.total else "partly"
        what = _have_free_time(one.free, one.total)
        label = _("%(what)s, %(when)s: show", what=what, when=when)
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
        "text": next((text for text in texts if text_fits(text, share)), ""),
        "label": label,
        "url": url if one.free else None,
        "line": 1,
    }


def free_counts(rows: Sequence[Sequence[Segment]], days: Sequence[Slot]) -> list[FreeCount]:
    """Return how many of these facilities are free when: slots that make up `days`, sorted.

    `rows` are the segments of each facility, `days` are sorted and apart. Time is free if it can
    be picked, partly taken or not. Free times that touch make one slot; a facility counts if any
    of its free time is in it.
    """
    free_of = [merge(s.slot for s in row if s.clicked_date is not None) for row in rows]
    free = merge(slot for slots in free_of for slot in slots)
    found: list[FreeCount] = []
    for day in days:
        pickable = common([day], free)
        for slot in pickable:
            number = sum(any(one.overlaps(slot) for one in slots) for slots in free_of)
            found.append(FreeCount(slot, number, len(rows)))
        found += [FreeCount(slot, 0, len(rows)) for slot in subtract([day], pickable)]
    return sorted(found, key=lambda one: one.slot)
