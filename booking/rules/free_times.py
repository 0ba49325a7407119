"""The free times of a facility: time in at least one date that can be requested now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.availability import (
    Room,
    unavailable_slots,
)
from booking.rules.deadlines import Deadlines
from booking.rules.grid import is_even, reachable
from booking.rules.opening import (
    ONE_DAY,
    DayUnit,
    OpenDay,
    Unit,
    day_units,
    local_day,
    merged_openings,
    open_days,
)
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot, common, subtract
from booking.rules.terms import (
    BookingMode,
    BookingTerms,
    Reach,
    reach,
    status_allows,
)

_WEEK = 7
_LONGEST_MARGIN = timedelta(days=60)


def free_slots(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    window: Slot,
    now: datetime,
    *,
    whole: bool | None = None,
    places: int = 1,
    days: Sequence[OpenDay] | None = None,
    ignore: frozenset[RefusalCode] = frozenset(),
    within: Reach | None = None,
) -> list[Slot]:
    """Return the time in `window` that belongs to at least one date that can be requested now.

    By the hour: sorted slots, one for each unbroken stretch within one opening, clipped to the
    window. `why_not` accepts every date on the grid and of allowed length within a slot. By the
    half day and day: the free units that overlap the window, one slot each, unclipped; each is
    part of a date that `why_not` accepts.

    `whole` None means by place where that is possible, else whole. `days` may be given to save
    working them out: sorted, and reaching one shortest date and a day beyond the window on both
    sides. `ignore` may waive TOO_LATE, DUE_ALREADY and BEYOND_HORIZON; what `reach` returns of
    them may be given as `within`. Facilities booked elsewhere or by agreement have no free times:
    an empty list.
    """
    if whole is None:
        whole = not rules.allows_shared
    if not can_be_requested_for(rules, room, whole, places):
        return []
    if within is None:
        within = reach(rules, deadlines, now, ignore)
    if within.clip(window.starts_at, window.ends_at) is None:
        return []
    blocks = _Blocks(rules, room, closures, whole, places)
    if rules.unit is Unit.HOUR:
        return _free_hours(rules, within, blocks, window, days)
    return _free_units(rules, within, blocks, window, days)


def can_be_requested_for(rules: BookingTerms, room: Room, whole: bool, places: int) -> bool:
    """Return whether so much of a facility can be requested here at all, whatever the dates."""
    if rules.mode is not BookingMode.HERE or not rules.has_deciders:
        return False
    if not status_allows(rules.status):
        return False
    if whole:
        return rules.allows_exclusive and bool(room.own or room.below)
    return rules.allows_shared and 1 <= places <= len(room.own)


@dataclass(frozen=True)
class _Blocks:
    """What blocks time: closures, and too few free places."""

    rules: BookingTerms
    room: Room
    closures: Sequence[Slot]
    whole: bool
    places: int

    def open_parts(self, stretch: Slot) -> list[Slot]:
        """Return the parts of `stretch` that a date without set-up and clean-up may cover."""
        setup, cleanup = self.rules.setup_minutes, self.rules.cleanup_minutes
        around = stretch.widened(setup, cleanup)
        blocks = [closure for closure in self.closures if closure.overlaps(around)]
        blocks += unavailable_slots(self.room, around, self.places, self.whole)
        # Clean-up must end before the next block begins, set-up begin after the last one ends.
        return subtract([stretch], [block.widened(cleanup, setup) for block in blocks])


def _free_hours(
    rules: BookingTerms,
    within: Reach,
    blocks: _Blocks,
    window: Slot,
    days: Sequence[OpenDay] | None,
) -> list[Slot]:
    step = rules.step_minutes
    fewest_steps = max(1, -(-(rules.minimum_units or 0) * 60 // step))
    most_steps = None if rules.maximum_units is None else rules.maximum_units * 60 // step
    margin = timedelta(minutes=fewest_steps * step)
    if not is_even(step):
        # With an uneven grid only a long date may reach some of the time.
        margin = _LONGEST_MARGIN if most_steps is None else timedelta(minutes=most_steps * step)
    look = within.clip(window.starts_at - margin, window.ends_at + margin)
    if look is None:
        return []
    if days is None:
        first = local_day(look.starts_at, rules.zone) - ONE_DAY
        days = open_days(rules.hours, rules.zone, first, local_day(look.ends_at, rules.zone))
    found: list[Slot] = []
    for stretch in common(merged_openings(days), blocks.open_parts(look)):
        found += reachable(stretch, rules.zone, step, fewest_steps, most_steps)
    return [slot for slot in (free.intersection(window) for free in found) if slot is not None]


def _free_units(
    rules: BookingTerms,
    within: Reach,
    blocks: _Blocks,
    window: Slot,
    days: Sequence[OpenDay] | None,
) -> list[Slot]:
    fewest = rules.minimum_units or 1
    if rules.maximum_units is not None and rules.maximum_units < fewest:
        return []
    if days is None:
        units = _units_around(rules, within, window, fewest - 1)
    else:
        units = day_units(days, rules.unit, rules.zone, rules.half_day_time)
    if not units:
        return []
    look = within.clip(units[0].slot.starts_at, units[-1].slot.ends_at)
    if look is None:
        return []
    found: list[Slot] = []
    position = 0
    for part in blocks.open_parts(look):
        while position < len(units) and units[position].slot.starts_at < part.starts_at:
            position += 1
        row = []
        while position < len(units) and units[position].slot.ends_at <= part.ends_at:
            row.append(units[position].slot)
            position += 1
        if len(row) >= fewest:
            found += [slot for slot in row if slot.overlaps(window)]
    return found


def _units_around(rules: BookingTerms, within: Reach, window: Slot, needed: int) -> list[DayUnit]:
    """Return the units in the window and, on both sides, as many as the shortest date needs."""
    if rules.hours.are_never:
        return []

    def units(first: date, last: date) -> list[DayUnit]:
        days = open_days(rules.hours, rules.zone, first, last)
        return day_units(days, rules.unit, rules.zone, rules.half_day_time)

    first_of_all = local_day(within.from_at, rules.zone)
    last_of_all = local_day(within.until_at, rules.zone)
    first = max(local_day(window.starts_at, rules.zone) - ONE_DAY, first_of_all)
    last = min(local_day(window.ends_at, rules.zone), last_of_all)
    found = units(first, last)
    missing = needed
    while missing > 0 and first > first_of_all:
        start = max(first - ONE_DAY * (_WEEK + missing), first_of_all)
        more = units(start, first - ONE_DAY)
        found, first, missing = more + found, start, missing - len(more)
    missing = needed
    while missing > 0 and last < last_of_all:
        end = min(last + ONE_DAY * (_WEEK + missing), last_of_all)
        more = units(last + ONE_DAY, end)
        found, last, missing = found + more, end, missing - len(more)
    return found
