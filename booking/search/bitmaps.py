"""Bitmaps: the dates of one length that a calendar has in a window, as bits of one number.

Facilities with the same rules share a bitmap. What is taken on one of them becomes a number with
the touched bits set, and whether a date is left takes a few operations on two numbers. The result
is that of `first_dates`, for thousands of facilities at once; a property test proves it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.rules.date_windows import DateWindow, NeededLength, may_be_a_date, units_within
from booking.rules.grid import first_on_grid, is_even
from booking.rules.opening import ONE_DAY, Unit, merged_openings, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, Reach

_MINUTE = timedelta(minutes=1)

#: What is taken on one place: pairs of start and end in seconds since 1970.
Blocks = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class SlotBitmap:
    """Stretches of time in the window, sorted and apart, each a bit, the earliest the lowest.

    A bit stands for a unit (a step of the grid, an open day) or for the time between two of them.
    `usable` has the bits that a date may cover, `starting` those at which one may start; a date
    covers `length` bits. Instants are seconds since 1970.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
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
        run = self.usable & ~touched
        known = 1
        while known < self.length and run:
            step = min(known, self.length - known)
            run &= run >> step
            known += step
        return bool(run & self.starting)


def has_room(
    bitmap: SlotBitmap,
    rules: BookingTerms,
    taken: Sequence[Blocks],
    closed_slots: Sequence[Slot],
    wanted: int,
) -> bool | None:
    """Return whether `wanted` places are free together for a date; None: only the rules can say.

    `taken` are the blocks of each own place, `closed_slots` is what closes all of them.
    """
    if not taken:
        return False
    before, after = rules.cleanup_minutes * 60, rules.setup_minutes * 60
    closed = [(seconds(one.starts_at), seconds(one.ends_at)) for one in closed_slots]
    # A date keeps its clean-up away from what comes after it, its set-up from before.
    closed_bits = bitmap.touched(closed, before, after)
    touched = [bitmap.touched(on_place, before, after) | closed_bits for on_place in taken]
    if bitmap.has_room(lacking(touched, wanted)):
        return True
    if len(taken) <= wanted:
        return False
    # With places to spare a date may change from one to another within a bit, but not where
    # too many are taken for all of it.
    covered = [bitmap.covered([*on_place, *closed], before, after) for on_place in taken]
    sure = lacking(covered, wanted)
    return None if bitmap.has_room(sure) else False


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

    None where the grid moves with midnight and clock changes, and where the set-up of one day
    may reach into the one before: that is for the rules themselves.
    """
    if rules.unit is not Unit.HOUR:
        slots = [unit.slot for unit in units_within(rules, date_window)]
        return _bitmap_of(slots, within, size.units, every_gap=True)
    if not is_even(rules.step_minutes):
        return None
    if size.is_whole_days:
        return _bitmap_of_days(rules, date_window, size.days, within)
    window = date_window.slot(rules.zone)
    step = rules.step_minutes * _MINUTE
    days = open_days(rules.hours, rules.zone, date_window.first - ONE_DAY, date_window.last)
    slots = []
    for stretch in merged_openings(days):
        inside = stretch.intersection(window)
        if inside is not None:
            at = first_on_grid(inside.starts_at, rules.zone, rules.step_minutes)
            while at + step <= inside.ends_at:
                slots.append(Slot(at, at + step))
                at += step
    steps = -(-(size.units * 60) // rules.step_minutes)
    return _bitmap_of(slots, within, steps, every_gap=False)


def _bitmap_of_days(
    rules: BookingTerms, date_window: DateWindow, number: int, within: Reach
) -> SlotBitmap | None:
    """Return the bitmap whose bits are the open days, the nights between them left out.

    A day is usable where all of its opening can be requested as one date.
    """
    window = date_window.slot(rules.zone)
    around = (rules.setup_minutes + rules.cleanup_minutes) * _MINUTE
    starts: list[int] = []
    ends: list[int] = []
    usable = 0
    before: Slot | None = None
    for day in open_days(rules.hours, rules.zone, date_window.first, date_window.last):
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
    return SlotBitmap(tuple(starts), tuple(ends), usable, usable, number)


def _bitmap_of(slots: list[Slot], within: Reach, needed: int, *, every_gap: bool) -> SlotBitmap:
    """Return the bitmap of these slots (sorted, apart or touching).

    `every_gap`: a date may run over the time between two slots, which always gets a bit;
    else dates are in slots that touch, and only a real gap gets a bit.
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
    return SlotBitmap(tuple(starts), tuple(ends), usable, starting, length)


def seconds(at: datetime) -> int:
    """Return an instant as seconds since 1970."""
    return int(at.timestamp())
