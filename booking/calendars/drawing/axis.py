"""Axes of calendars: which column shows an instant, which hours are shown, where ticks are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, day_starts_at, local_day, to_instant
from booking.rules.slots import Slot

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
_HOURS_OF_DAY = 24
_QUARTERS_OF_HOUR = 4
# The hours shown of a day on which nothing opens or is booked.
_FIRST_HOUR, _LAST_HOUR = 7, 19


class ShownHours(NamedTuple):
    """The wall-clock hours of a day that are shown, from `first` to `last` (24 is midnight)."""

    first: int
    last: int


WHOLE_DAY = ShownHours(0, _HOURS_OF_DAY)


class Placed(NamedTuple):
    """One bar: the index of its item, its first column (from 1) and the number of columns."""

    item: int
    start_col: int
    span: int


class Tick(NamedTuple):
    """A line at the start of a column; `labelled`: its time is written there."""

    column: int
    at: datetime
    labelled: bool


@dataclass(frozen=True)
class Axis:
    """An axis of stretches of time (sorted, apart), each cut into columns of `step`.

    Columns count from 1. Time between two stretches is not shown: an instant in between falls on
    the line between them. A stretch that is no multiple of the step ends with a shorter column.
    """

    stretches: tuple[Slot, ...]
    step: timedelta

    @cached_property
    def _offsets(self) -> list[int]:
        offsets = [0]
        for stretch in self.stretches:
            offsets.append(offsets[-1] + -(-stretch.duration // self.step))
        return offsets

    @property
    def columns(self) -> int:
        """Return how many columns there are."""
        return self._offsets[-1]

    @property
    def window(self) -> Slot:
        """Return the slot from the first shown instant to the last."""
        return Slot(self.stretches[0].starts_at, self.stretches[-1].ends_at)

    def shows(self, slot: Slot) -> bool:
        """Return whether any of the slot is shown."""
        for stretch in self.stretches:
            if stretch.starts_at < slot.ends_at and slot.starts_at < stretch.ends_at:
                return True
        return False

    def edges(self, slot: Slot) -> tuple[int, int]:
        """Return the grid lines (0 to `columns`) around the slot, rounded outwards."""
        return self._line(slot.starts_at, up=False), self._line(slot.ends_at, up=True)

    def column(self, at: datetime) -> int | None:
        """Return the column that shows this instant, or None."""
        for stretch, offset in zip(self.stretches, self._offsets, strict=False):
            if stretch.starts_at <= at < stretch.ends_at:
                return offset + (at - stretch.starts_at) // self.step + 1
        return None

    def slot_of(self, placed: Placed) -> Slot | None:
        """Return the time that a bar's columns cover; None if some of it is hidden."""
        first, last = placed.start_col - 1, placed.start_col - 1 + placed.span
        for stretch, (offset, after) in zip(self.stretches, pairwise(self._offsets), strict=True):
            if offset <= first and last <= after:
                ends_at = min(stretch.starts_at + (last - offset) * self.step, stretch.ends_at)
                return Slot(stretch.starts_at + (first - offset) * self.step, ends_at)
        return None

    @cached_property
    def _lines(self) -> dict[tuple[datetime, bool], int]:
        """Return the lines found so far: rows have many instants in common."""
        return {}

    def _line(self, at: datetime, *, up: bool) -> int:
        line = self._lines.get((at, up))
        if line is None:
            line = self._lines[at, up] = self._find_line(at, up=up)
        return line

    def _find_line(self, at: datetime, *, up: bool) -> int:
        for stretch, offset in zip(self.stretches, self._offsets, strict=False):
            if at <= stretch.starts_at:
                return offset
            if at < stretch.ends_at:
                past = at - stretch.starts_at
                return offset + (-(-past // self.step) if up else past // self.step)
        return self.columns


@dataclass(frozen=True)
class WallAxis:
    """The axis of one local day by its wall clock, so that days line up under each other.

    Columns are quarters of an hour. On the day of a clock change the repeated hour is drawn
    once; the skipped hour is covered only by what lasts through it.
    """

    day: date
    zone: ZoneInfo
    hours: ShownHours = WHOLE_DAY

    @property
    def columns(self) -> int:
        """Return how many columns there are."""
        return (self.hours.last - self.hours.first) * _QUARTERS_OF_HOUR

    @cached_property
    def window(self) -> Slot:
        """Return the whole local day."""
        return Slot(
            day_starts_at(self.zone, self.day), day_starts_at(self.zone, self.day + ONE_DAY)
        )

    def shows(self, slot: Slot) -> bool:
        """Return whether any of the slot is shown."""
        start, end = self.edges(slot)
        return start < end and self.window.overlaps(slot)

    def edges(self, slot: Slot) -> tuple[int, int]:
        """Return the grid lines (0 to `columns`) around the slot, rounded outwards."""
        start, end = self._minutes(slot.starts_at), self._minutes(slot.ends_at)
        if end <= start and self.window.overlaps(slot):
            end = start + 1  # it is in the hour that the clock repeats
        return self._clamped(start // 15), self._clamped(-(-end // 15))

    def column(self, at: datetime) -> int | None:
        """Return the column that shows this instant, or None."""
        if not self.window.starts_at <= at < self.window.ends_at:
            return None
        line = self._minutes(at) // 15 - self.hours.first * _QUARTERS_OF_HOUR
        return line + 1 if 0 <= line < self.columns else None

    def slot_of(self, placed: Placed) -> Slot | None:
        """Return the time that a bar's columns cover; None on the day of a clock change."""
        if self.window.duration != ONE_DAY:
            return None
        first = self.hours.first * _QUARTERS_OF_HOUR + placed.start_col - 1
        starts_at = self.window.starts_at + first * QUARTER
        return Slot(starts_at, starts_at + placed.span * QUARTER)

    def _minutes(self, at: datetime) -> int:
        if at <= self.window.starts_at:
            return 0
        if at >= self.window.ends_at:
            return _HOURS_OF_DAY * 60
        local = at.astimezone(self.zone)
        return local.hour * 60 + local.minute

    def _clamped(self, quarter: int) -> int:
        return min(max(quarter - self.hours.first * _QUARTERS_OF_HOUR, 0), self.columns)


def place_bars(axis: Axis | WallAxis, items: Sequence[tuple[Slot, int]]) -> list[Placed]:
    """Return the bars of one line for `items`, pairs of slot and priority, left to right.

    Bars never overlap: a column that two items touch goes to the higher priority. An item may
    end up with no bar, or with several.
    """
    edges = [axis.edges(slot) if axis.shows(slot) else (0, 0) for slot, _priority in items]
    shown = [(index, start, end) for index, (start, end) in enumerate(edges) if start < end]
    if all(one[2] <= two[1] for one, two in pairwise(shown)):
        return [Placed(index, start + 1, end - start) for index, start, end in shown]
    cells: list[int | None] = [None] * axis.columns
    for index in sorted(range(len(items)), key=lambda index: items[index][1]):
        start, end = edges[index]
        cells[start:end] = [index] * (end - start)
    bars: list[Placed] = []
    column = 1
    for item, run in groupby(cells):
        span = len(list(run))
        if item is not None:
            bars.append(Placed(item, column, span))
        column += span
    return bars


def relevant_hours(slots: Iterable[Slot], zone: ZoneInfo, window: Slot) -> ShownHours:
    """Return the wall-clock hours that show all of `slots` in `window`, with an hour around.

    Without slots: the hours of a usual working day. With a slot over midnight: the whole day.
    """
    first, last = _HOURS_OF_DAY, 0
    for slot in slots:
        shown = slot.intersection(window)
        if shown is None:
            continue
        starts = shown.starts_at.astimezone(zone)
        ends = (shown.ends_at - timedelta(microseconds=1)).astimezone(zone)
        if starts.date() != ends.date():
            return WHOLE_DAY
        first, last = min(first, starts.hour), max(last, ends.hour + 1)
    if first >= last:
        return ShownHours(_FIRST_HOUR, _LAST_HOUR)
    return ShownHours(max(first - 1, 0), min(last + 1, _HOURS_OF_DAY))


def days_window(first: date, last: date, zone: ZoneInfo) -> Slot:
    """Return the local days from `first` to `last` (inclusive) as one slot."""
    return Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))


def days_axis(first: date, last: date, zone: ZoneInfo, hours: ShownHours, step: timedelta) -> Axis:
    """Return an axis of the given hours of each local day from `first` to `last` (inclusive)."""
    days = (first + ONE_DAY * offset for offset in range((last - first).days + 1))
    return Axis(tuple(_shown(day, zone, hours) for day in days), step)


def _shown(day: date, zone: ZoneInfo, hours: ShownHours) -> Slot:
    if hours.last == _HOURS_OF_DAY:
        ends_at = day_starts_at(zone, day + ONE_DAY)
    else:
        ends_at = to_instant(zone, day, time(hours.last))
    return Slot(to_instant(zone, day, time(hours.first)), ends_at)


def hour_ticks(axis: Axis, zone: ZoneInfo) -> list[Tick]:
    """Return a tick for each full hour of `zone` on an axis of quarters; even hours labelled.

    An hour that the clock repeats is labelled once; labels are never less than two hours apart.
    """
    ticks = []
    column, last = 1, -_QUARTERS_OF_HOUR
    for stretch in axis.stretches:
        at = stretch.starts_at
        while at < stretch.ends_at:
            local = at.astimezone(zone)
            if not local.minute:
                is_apart = column - last > _QUARTERS_OF_HOUR
                ticks.append(Tick(column, at, is_apart and local.hour % 2 == 0 and not local.fold))
                last = column if ticks[-1].labelled else last
            at += axis.step
            column += 1
    return ticks


def wall_ticks(hours: ShownHours) -> list[tuple[int, int, bool]]:
    """Return column, hour and whether it is labelled, for days lined up under each other."""
    return [
        ((hour - hours.first) * _QUARTERS_OF_HOUR + 1, hour, hour % 2 == 0)
        for hour in range(hours.first, hours.last)
    ]


def day_ticks(axis: Axis) -> list[Tick]:
    """Return a labelled tick at the start of each stretch of the axis."""
    ticks = []
    column = 1
    for stretch in axis.stretches:
        ticks.append(Tick(column, stretch.starts_at, True))
        column += -(-stretch.duration // axis.step)
    return ticks


def month_weeks(day: date) -> list[list[date]]:
    """Return the weeks, Monday to Sunday, that the month of `day` touches."""
    first = day.replace(day=1)
    start = first - ONE_DAY * first.weekday()
    weeks = []
    while start < first or start.month == first.month:
        weeks.append([start + ONE_DAY * offset for offset in range(7)])
        start += ONE_DAY * 7
    return weeks


def months_on(day: date, months: int) -> date:
    """Return the first day of the month `months` after (negative: before) the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def days_of(slot: Slot, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last local day that the slot touches."""
    return (
        local_day(slot.starts_at, zone),
        local_day(slot.ends_at - timedelta(microseconds=1), zone),
    )
