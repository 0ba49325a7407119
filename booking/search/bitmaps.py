"""Bitmaps: the dates of one length that a calendar has in a window, as bits of one number.

Facilities with the same terms of dates share a bitmap. What is taken on one of them becomes a
number with the touched bits set, and whether a date is left takes a few operations on two numbers.
The first dates are read from the bits that are left. The results are those of `first_offers`, for
thousands of facilities at once; a property test proves it.
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.rules.date_windows import DateWindow, NeededLength, may_be_a_date
from booking.rules.grid import first_on_grid, is_even
from booking.rules.offers import Offer
from booking.rules.opening import (
    ONE_DAY,
    OpeningHours,
    Unit,
    day_units,
    merged_openings,
    open_days,
)
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, Reach

_MINUTE = timedelta(minutes=1)
_ANY_TIME = time(0)
# A date that begins on the last day of a window may end on the next one.
_OVER_MIDNIGHT = timedelta(days=2)
# A bitmap of three months has some 30 kB; one search needs as many as there are different terms.
_MOST_BITMAPS = 256
# For each of these there are two numbers for each opening on the days of a search.
_MOST_OPENINGS = 1024
# So many different blocks are kept with a bitmap.
_MOST_KNOWN = 20_000

#: What is taken on one place: pairs of start and end in seconds since 1970.
Blocks = Sequence[tuple[int, int]]


class DatesAre(StrEnum):
    """What the dates of a bitmap are made of."""

    HOURS = "hours"  # steps in a row
    UNITS = "units"  # half days or days, with the time between them
    WHOLE_DAYS = "whole_days"  # all of the opening, on each of some open days in a row


@dataclass(frozen=True)
class SlotBitmap:
    """Stretches of time in the window, sorted and apart, each a bit, the earliest the lowest.

    A bit stands for a unit (a step of the grid, an open day) or for the time between two of them.
    `usable` has the bits that a date may cover, `starting` those at which one may start; a date
    covers `length` bits. Instants are seconds since 1970.
    """

    dates_are: DatesAre
    starts: "array[int]"
    ends: "array[int]"
    usable: int
    starting: int
    length: int
    _known: dict[tuple[int, int], dict[tuple[int, int], int]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def touched(self, blocks: Iterable[tuple[int, int]], before: int = 0, after: int = 0) -> int:
        """Return the bits that share an instant with one of `blocks`, widened on both sides.

        All in seconds; blocks are half-open. Blocks that many facilities share are cached.
        """
        bits = 0
        known = self._known.setdefault((before, after), {})
        if len(known) > _MOST_KNOWN:
            known.clear()
        for block in blocks:
            found = known.get(block)
            if found is None:
                known[block] = found = self._bits(block[0] - before, block[1] + after)
            bits |= found
        return bits

    def covered(self, blocks: Iterable[tuple[int, int]], before: int = 0, after: int = 0) -> int:
        """Return the bits that are wholly in one of `blocks`, widened as in `touched`."""
        bits = 0
        for starts_at, ends_at in blocks:
            first = bisect_left(self.starts, starts_at - before)
            beyond = bisect_right(self.ends, ends_at + after)
            if beyond > first:
                bits |= ((1 << (beyond - first)) - 1) << first
        return bits

    def _bits(self, starts_at: int, ends_at: int) -> int:
        first = bisect_right(self.ends, starts_at)
        beyond = bisect_left(self.starts, ends_at)
        return ((1 << (beyond - first)) - 1) << first if beyond > first else 0

    def has_room(self, touched: int) -> bool:
        """Return whether a date is left when these bits are touched."""
        return bool(self._first_bits(touched))

    def first_offers(self, touched: int, limit: int) -> list[Offer]:
        """Return the first offers that are left when these bits are touched, as the rules do."""
        first_bits = self._first_bits(touched)
        found: list[int] = []
        later: list[int] = []
        end = -1  # of the last date
        while first_bits and len(found) < limit:
            bit = (first_bits & -first_bits).bit_length() - 1
            first_bits &= -1 << (bit + self.length)
            # Of hours the first date of each stretch comes before the second of any.
            goes_on = self.dates_are is DatesAre.HOURS and bit == end
            (later if goes_on else found).append(bit)
            end = bit + self.length
        return [self._offer(bit) for bit in sorted([*found, *later[: limit - len(found)]])]

    def _first_bits(self, touched: int) -> int:
        """Return the bits at which a date may start when these bits are touched."""
        run = self.usable & ~touched
        known = 1
        while known < self.length and run:
            step = min(known, self.length - known)
            run &= run >> step
            known += step
        return run & self.starting

    def _offer(self, bit: int) -> Offer:
        last = bit + self.length - 1
        if self.dates_are is DatesAre.WHOLE_DAYS:
            return tuple(self._slot(one, one) for one in range(bit, last + 1))
        return (self._slot(bit, last),)

    def _slot(self, first: int, last: int) -> Slot:
        return Slot(
            datetime.fromtimestamp(self.starts[first], UTC),
            datetime.fromtimestamp(self.ends[last], UTC),
        )


@dataclass(frozen=True)
class BitmapRoom:
    """What is left for dates on the places of one facility.

    `has_room` None: only the rules can say. `touched` are the bits that are not free; None: only
    the rules can say which dates there are.
    """

    has_room: bool | None
    touched: int | None


_NO_ROOM = BitmapRoom(has_room=False, touched=None)


def bitmap_room(
    bitmap: SlotBitmap,
    rules: BookingTerms,
    taken: Sequence[Blocks],
    closed_slots: Sequence[Slot],
    wanted: int,
) -> BitmapRoom:
    """Return what is left where `wanted` places must be free together.

    `taken` are the blocks of each place, `closed_slots` is what closes all of them.
    """
    if not taken:
        return _NO_ROOM
    before, after = rules.cleanup_minutes * 60, rules.setup_minutes * 60
    closed = [(seconds(one.starts_at), seconds(one.ends_at)) for one in closed_slots]
    # A date keeps its clean-up away from what comes after it, its set-up from before.
    closed_bits = bitmap.touched(closed, before, after) if closed else 0
    touched = [bitmap.touched(on_place, before, after) | closed_bits for on_place in taken]
    lacks = lacking(touched, wanted)
    if len(taken) <= wanted:
        return BitmapRoom(bitmap.has_room(lacks), lacks)
    # With places to spare a date may change from one to another within a bit, but not where
    # too many are taken for all of it.
    covered = [bitmap.covered([*on_place, *closed], before, after) for on_place in taken]
    sure = lacking(covered, wanted)
    is_exact = not (sure ^ lacks) & bitmap.usable
    if bitmap.has_room(lacks):
        return BitmapRoom(has_room=True, touched=lacks if is_exact else None)
    if bitmap.has_room(sure):
        return BitmapRoom(has_room=None, touched=None)
    return _NO_ROOM


def lacking(touched: Sequence[int], places: int) -> int:
    """Return the bits at which fewer than `places` of the places are free.

    `touched` has the bits of each place: those that something on it touches, or covers.
    """
    spare = len(touched) - places
    if spare < 0:
        return -1
    # at_least[n]: the bits that are touched on more than n of the places seen so far.
    at_least = [0] * (spare + 1)
    for bits in touched:
        for number in range(spare, 0, -1):
            at_least[number] |= at_least[number - 1] & bits
        at_least[0] |= bits
    return at_least[spare]


def slot_bitmap(
    rules: BookingTerms, date_window: DateWindow, size: NeededLength, within: Reach
) -> SlotBitmap | None:
    """Return the bitmap for dates of this length within the window.

    None where the grid moves with midnight and clock changes, where the set-up of one day may
    reach into the one before, and where no length is allowed: that is for the rules themselves.
    """
    if rules.maximum_units is not None and rules.maximum_units < size.units:
        return None
    within = _around(date_window.slot(rules.zone), within)
    days = date_window.first, date_window.last
    if rules.unit is not Unit.HOUR:
        half = rules.half_day_time if rules.unit is Unit.HALF_DAY else _ANY_TIME
        return _bitmap_of_units(rules.hours, rules.zone, days, within, rules.unit, half, size.units)
    if not is_even(rules.step_minutes):
        return None
    if size.is_whole_days:
        return _bitmap_of_days(rules, days, size.days, within)
    stretches = _steps_within(rules.hours, rules.zone, days, rules.step_minutes)
    return _bitmap_of_hours(stretches, within, size.units, rules.step_minutes)


def _around(window: Slot, within: Reach) -> Reach:
    """Return what is within reach on the days of the window, as far as their dates may go.

    So far ahead that all of the window is within reach, facilities with different notice need
    only one bitmap.
    """
    return Reach(
        max(within.from_at, window.starts_at), min(within.until_at, window.ends_at + _OVER_MIDNIGHT)
    )


# Hours differ by their seasons and holidays, and still are the same on the days of a search.
@lru_cache(maxsize=_MOST_OPENINGS)
def _steps_within(
    hours: OpeningHours, zone: ZoneInfo, days: tuple[date, date], step_minutes: int
) -> tuple[tuple[int, int], ...]:
    """Return the first step in each opening of these days, in seconds, and the number of steps.

    Each opening in which there is one. Of an opening over midnight the part on these days.
    """
    first_day, last_day = days
    window = DateWindow(first_day, last_day).slot(zone)
    found = []
    for opening in merged_openings(open_days(hours, zone, first_day - ONE_DAY, last_day)):
        inside = opening.intersection(window)
        if inside is not None:
            first = seconds(first_on_grid(inside.starts_at, zone, step_minutes))
            number = (seconds(inside.ends_at) - first) // (step_minutes * 60)
            if number > 0:
                found.append((first, number))
    return tuple(found)


# These are kept, as the same days are searched again: nothing but their values goes into them.
@lru_cache(maxsize=_MOST_BITMAPS)
def _bitmap_of_hours(
    stretches: tuple[tuple[int, int], ...], within: Reach, units: int, step_minutes: int
) -> SlotBitmap:
    """Return the bitmap of the steps in these stretches, and of the gaps between them.

    Of each stretch there is the start, in seconds since 1970, and the number of steps.
    """
    starts, ends = array("q"), array("q")
    usable = 0
    step = step_minutes * 60
    from_at, until_at = seconds_up(within.from_at), seconds(within.until_at)
    for first, number in stretches:
        if starts and ends[-1] < first:
            starts.append(ends[-1])
            ends.append(first)
        early = max(0, -(-(from_at - first) // step))
        late = min(number, (until_at - first) // step)
        if late > early:
            usable |= ((1 << (late - early)) - 1) << (len(starts) + early)
        starts.extend(range(first, first + number * step, step))
        ends.extend(range(first + step, first + (number + 1) * step, step))
    needed = -(-(units * 60) // step_minutes)
    return SlotBitmap(DatesAre.HOURS, starts, ends, usable, usable, needed)


@lru_cache(maxsize=_MOST_BITMAPS)
def _bitmap_of_days(
    rules: BookingTerms, days: tuple[date, date], number: int, within: Reach
) -> SlotBitmap | None:
    """Return the bitmap whose bits are the open days, the nights between them left out.

    A day is usable where all of its opening can be requested as one date.
    """
    window = DateWindow(*days).slot(rules.zone)
    around = (rules.setup_minutes + rules.cleanup_minutes) * _MINUTE
    starts, ends = array("q"), array("q")
    usable = 0
    before: Slot | None = None
    for day in open_days(rules.hours, rules.zone, *days):
        if not day.slots:
            continue
        opening = Slot(day.slots[0].starts_at, day.slots[-1].ends_at)
        if before and number > 1 and opening.starts_at - before.ends_at < around:
            return None
        before = opening
        if (
            len(day.slots) == 1
            and may_be_a_date(rules, opening)
            and window.contains(opening)
            and within.clip(opening.starts_at, opening.ends_at) == opening
        ):
            usable |= 1 << len(starts)
        starts.append(seconds(opening.starts_at))
        ends.append(seconds(opening.ends_at))
    return SlotBitmap(DatesAre.WHOLE_DAYS, starts, ends, usable, usable, number)


@lru_cache(maxsize=_MOST_BITMAPS)
def _bitmap_of_units(
    hours: OpeningHours,
    zone: ZoneInfo,
    days: tuple[date, date],
    within: Reach,
    unit: Unit,
    half_day_time: time,
    needed: int,
) -> SlotBitmap:
    """Return the bitmap of the days or half days, apart or touching, and the time between them.

    A date runs over that time, so there is a bit for it between any two.
    """
    starts, ends = array("q"), array("q")
    usable = starting = 0
    for one in day_units(open_days(hours, zone, *days), unit, zone, half_day_time):
        slot = one.slot
        starts_at, ends_at = seconds(slot.starts_at), seconds(slot.ends_at)
        if starts:
            usable |= 1 << len(starts)
            starts.append(ends[-1])
            ends.append(starts_at)
        if within.clip(slot.starts_at, slot.ends_at) == slot:
            usable |= 1 << len(starts)
            starting |= 1 << len(starts)
        starts.append(starts_at)
        ends.append(ends_at)
    return SlotBitmap(DatesAre.UNITS, starts, ends, usable, starting, 2 * needed - 1)


def seconds(at: datetime) -> int:
    """Return an instant as seconds since 1970."""
    return int(at.timestamp())


def seconds_up(at: datetime) -> int:
    """Return an instant as seconds since 1970, a part of a second as a whole one."""
    return math.ceil(at.timestamp())
