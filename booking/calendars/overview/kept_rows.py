"""The rows of the calendar across facilities, each kept in memory by itself.

A page is drawn anew when anything on it changes. Then only the rows of the tree that changed are
worked out; all others are put together as they were.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from booking.calendars.drawing.segments import RowData, Segment
from booking.calendars.kept_until import kept_until_each
from booking.calendars.overview.month_rows import DayCells
from booking.calendars.overview.params import OverviewParams
from booking.calendars.rows import CalendarAccess, CalendarContext, CalendarRow, calendar_rows
from booking.facilities.calendar_cache import Drawn, drawn_each
from booking.rules.visibility import Viewer
from booking.wording.reader import reader_key

T = TypeVar("T")

# About what one stretch of time takes in memory, and one day of a month, in bytes.
_STRETCH_BYTES = 400
_DAY_BYTES = 1000


@dataclass(frozen=True)
class RowTimes:
    """The segments of a row (none if no times are shown), and in a month its days."""

    segments: Sequence[Segment]
    cells: DayCells

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        return _STRETCH_BYTES * len(self.segments) + _DAY_BYTES * len(self.cells)


@dataclass(frozen=True)
class KeptRows:
    """The rows of a page, and what was drawn of them.

    `until` is the instant up to which they hold; None: they hold at this one only.
    """

    rows: Sequence[CalendarRow]
    until: datetime | None
    _ends: Mapping[int, datetime | None]
    _keys: Mapping[int, Hashable]
    _now: datetime

    def drawn(
        self,
        what: str,
        on: Hashable,
        rows: Sequence[CalendarRow],
        draw: Callable[[CalendarRow], T],
        size_of: Callable[[T], int],
    ) -> list[T]:
        """Return what `draw` makes of each of these rows, from memory where it was drawn before.

        `what` is its name; `on` all that it depends on beside the row and its reader.
        """
        by_id = {row.facility.id: row for row in rows}

        def draw_all(missing: Sequence[int]) -> dict[int, Drawn[T]]:
            return {one: self._drawn(draw(by_id[one]), one, size_of) for one in missing}

        keys = {one: (what, on, self._keys[one]) for one in by_id}
        found = drawn_each(keys, self._now, draw_all)
        return [found[one].value for one in by_id]

    def _drawn(self, value: T, facility_id: int, size_of: Callable[[T], int]) -> Drawn[T]:
        return Drawn(value, self._ends[facility_id], size_of(value))


def kept_rows(
    overview: OverviewParams,
    context: CalendarContext,
    facility_ids: Sequence[int],
    viewer: Viewer,
    now: datetime,
) -> KeptRows:
    """Return the rows of these facilities, in this order."""
    drawn_as = (overview.filters.view == "month", overview.days, overview.zone.key)
    reader = reader_key(viewer, with_args=False)
    keys = {one: (one, drawn_as, reader) for one in facility_ids}

    def read(missing: Sequence[int]) -> dict[int, Drawn[tuple[CalendarAccess, RowData | None]]]:
        rows = calendar_rows(context, missing, overview.window, viewer, now)
        terms = {one: context.effective[one].rules for one in missing}
        until = kept_until_each(terms, overview.window, {overview.zone}, viewer, now)
        return {
            one: Drawn((row.access, row.data), until[one], _size(row.data))
            for one, row in zip(missing, rows, strict=True)
        }

    found = drawn_each({one: ("row", key) for one, key in keys.items()}, now, read)
    rows = [
        CalendarRow(
            facility=context.chain_of[one][0],
            cluster=context.cluster_of(one),
            effective=context.effective[one],
            access=found[one].value[0],
            data=found[one].value[1],
        )
        for one in facility_ids
    ]
    ends = {one: drawn.until for one, drawn in found.items()}
    known = [end for end in ends.values() if end is not None]
    until = min(known) if known and len(known) == len(ends) else None
    return KeptRows(rows, until, ends, keys, now)


def _size(data: RowData | None) -> int:
    if data is None:
        return 0
    taken = sum(len(slots) for slots in data.room.taken.values())
    return _STRETCH_BYTES * (taken + len(data.closed) + 2 * len(data.dates))
