"""Rulers: the dates of one length that a calendar has in a window, as bits of one number.

Facilities with the same rules share a ruler. What is taken on one of them becomes a number with
the touched bits set, and whether a date is left is a handful of operations on two numbers. It
says the same as `first_dates`, for thousands of facilities at once; a property test proves it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.facilities.offers import When, units_within, window_of
from booking.rules.asking import AskingRules
from booking.rules.grid import first_on_grid, is_even, on_grid
from booking.rules.opening import ONE_DAY, Unit, open_days, stretches
from booking.rules.slots import Slot
from booking.rules.terms import Reach

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Ruler:
    """Marks that cover the window without a break, each a bit, the earliest the lowest.

    A mark stands for a unit (or a step of the grid) or for the time between two of them.
    `usable` are the marks that a date may cover, `starting` those at which one may start; it
    covers `length` marks. Instants are seconds since 1970.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    usable: int
    starting: int
    length: int

    def touched(self, blocks: Iterable[tuple[int, int]]) -> int:
        """Return the marks that share an instant with one of `blocks` (half-open, seconds)."""
        marks = 0
        for starts_at, ends_at in blocks:
            first = bisect_right(self.ends, starts_at)
            beyond = bisect_left(self.starts, ends_at)
            if beyond > first:
                marks |= ((1 << (beyond - first)) - 1) << first
        return marks

    def has_room(self, touched: int) -> bool:
        """Tell whether a date is left when these marks are touched."""
        run = self.usable & ~touched
        known = 1
        while known < self.length and run:
            step = min(known, self.length - known)
            run &= run >> step
            known += step
        return bool(run & self.starting)


def ruler_for(rules: AskingRules, when: When, needed: int, within: Reach) -> Ruler | None:
    """Return the ruler for dates of `needed` units (see `units_needed`) within the window.

    None where the grid moves with midnight and clock changes: that is for the rules themselves.
    """
    window = window_of(rules, when)
    if rules.unit is not Unit.HOUR:
        slots = [unit.slot for unit in units_within(rules, when)]
        return _ruler(slots, within, needed, every_gap=True)
    if not is_even(rules.step_minutes):
        return None
    if needed == 0:
        return _ruler(_whole_openings(rules, when), within, 1, every_gap=False)
    step = rules.step_minutes * _MINUTE
    days = open_days(rules.hours, rules.zone, when.first - ONE_DAY, when.last)
    slots = []
    for stretch in stretches(days):
        inside = stretch.intersection(window)
        if inside is not None:
            at = first_on_grid(inside.starts_at, rules.zone, rules.step_minutes)
            while at + step <= inside.ends_at:
                slots.append(Slot(at, at + step))
                at += step
    steps = -(-(needed * 60) // rules.step_minutes)
    return _ruler(slots, within, steps, every_gap=False)


def _whole_openings(rules: AskingRules, when: When) -> list[Slot]:
    """Return the openings that can be asked for in one piece: the only one of their day."""
    fewest = (rules.minimum_units or 0) * 60 * _MINUTE
    most = None if rules.maximum_units is None else rules.maximum_units * 60 * _MINUTE
    step = rules.step_minutes * _MINUTE
    found = []
    for day in open_days(rules.hours, rules.zone, when.first, when.last):
        if len(day.slots) != 1:
            continue
        (slot,) = day.slots
        long_enough = slot.duration >= fewest and (most is None or slot.duration <= most)
        even = on_grid(slot.starts_at, rules.zone, rules.step_minutes) and not slot.duration % step
        if long_enough and even:
            found.append(slot)
    return found


def _ruler(slots: list[Slot], within: Reach, needed: int, *, every_gap: bool) -> Ruler:
    """Return the ruler of these slots (sorted, apart or touching).

    `every_gap`: a date may run over the time between two slots, which always gets a mark;
    else dates lie in slots that touch, and only a real gap gets one.
    """
    starts: list[int] = []
    ends: list[int] = []
    usable = starting = 0
    for slot in slots:
        starts_at, ends_at = seconds(slot.starts_at), seconds(slot.ends_at)
        if starts and (every_gap or ends[-1] < starts_at):
            if every_gap:
                usable |= 1 << len(starts)
            starts.append(ends[-1])
            ends.append(starts_at)
        if within.clip(slot.starts_at, slot.ends_at) == slot:
            usable |= 1 << len(starts)
            starting |= 1 << len(starts)
        starts.append(starts_at)
        ends.append(ends_at)
    length = 2 * needed - 1 if every_gap else needed
    return Ruler(tuple(starts), tuple(ends), usable, starting, length)


def seconds(at: datetime) -> int:
    """Return an instant as seconds since 1970."""
    return int(at.timestamp())
