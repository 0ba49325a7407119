"""Slots: half-open stretches of time in UTC, and arithmetic on lists of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

OPEN_END = datetime(9000, 1, 1, tzinfo=UTC)
"""The end of a slot that has none: closed until further notice."""

# So few slots are looked through faster than searched.
_FEW = 4


def _in_utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"a slot needs an aware time, got {at!r}")
    return at.astimezone(UTC)


class _Ends(NamedTuple):
    starts_at: datetime
    ends_at: datetime


class Slot(_Ends):
    """A stretch of time from `starts_at` (in) to `ends_at` (out), both aware and kept in UTC.

    Slots sort by start, then by end. A tuple, as pages make and compare thousands of them.

    Raises:
        ValueError: an end is naive, or the slot is empty (starts_at >= ends_at).
    """

    __slots__ = ()

    def __new__(cls, starts_at: datetime, ends_at: datetime) -> Self:
        """Return the slot between these instants."""
        if starts_at.tzinfo is not UTC:
            starts_at = _in_utc(starts_at)
        if ends_at.tzinfo is not UTC:
            ends_at = _in_utc(ends_at)
        if starts_at >= ends_at:
            raise ValueError(f"a slot must end after it starts: {starts_at}, {ends_at}")
        return tuple.__new__(cls, (starts_at, ends_at))

    @property
    def duration(self) -> timedelta:
        """Return the length of the slot."""
        return self.ends_at - self.starts_at

    def overlaps(self, other: "Slot") -> bool:
        """Return whether the two share an instant; slots that only touch do not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def contains(self, other: "Slot") -> bool:
        """Return whether every instant of `other` lies in this slot."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def intersection(self, other: "Slot") -> "Slot | None":
        """Return the common part, or None if there is none."""
        if other.contains(self):
            return self
        starts_at = max(self.starts_at, other.starts_at)
        ends_at = min(self.ends_at, other.ends_at)
        return Slot(starts_at, ends_at) if starts_at < ends_at else None

    def widened(self, before_minutes: int, after_minutes: int) -> "Slot":
        """Return the slot extended by that many minutes before and after."""
        if not before_minutes and not after_minutes:
            return self
        return Slot(
            self.starts_at - timedelta(minutes=before_minutes),
            self.ends_at + timedelta(minutes=after_minutes),
        )


def merge(slots: Iterable[Slot]) -> list[Slot]:
    """Return the slots sorted, with touching and overlapping ones joined."""
    ordered = sorted(slots)
    if len(ordered) < 2:  # nothing to join
        return ordered
    merged: list[Slot] = []
    last = ordered[0]
    for slot in ordered[1:]:
        if slot.starts_at > last.ends_at:
            merged.append(last)
            last = slot
        elif slot.ends_at > last.ends_at:
            last = Slot(last.starts_at, slot.ends_at)
    merged.append(last)
    return merged


def subtract(slots: Iterable[Slot], taken: Iterable[Slot]) -> list[Slot]:
    """Return the parts of `slots` outside `taken`; touching slots are not joined.

    Sorted, provided that `slots` do not overlap each other.
    """
    blocks = merge(taken)
    left: list[Slot] = []
    first = 0
    for slot in sorted(slots):
        while first < len(blocks) and blocks[first].ends_at <= slot.starts_at:
            first += 1
        starts_at = slot.starts_at
        for index in range(first, len(blocks)):
            block = blocks[index]
            if block.starts_at >= slot.ends_at:
                break
            if starts_at < block.starts_at:
                left.append(Slot(starts_at, block.starts_at))
            starts_at = block.ends_at
        if starts_at < slot.ends_at:
            left.append(Slot(starts_at, slot.ends_at))
    return left


def common(slots: Iterable[Slot], others: Iterable[Slot]) -> list[Slot]:
    """Return the parts of `slots` inside `others`; touching slots are not joined.

    Sorted, provided that `slots` do not overlap each other.
    """
    return common_with(slots, merge(others))


def common_with(slots: Iterable[Slot], merged: Sequence[Slot]) -> list[Slot]:
    """Return what `common` returns, for others that are sorted and do not touch.

    Few slots are found among many others at once.
    """
    if not merged:
        return []
    return [
        slot
        if other.contains(slot)
        else Slot(max(slot.starts_at, other.starts_at), min(slot.ends_at, other.ends_at))
        for slot in sorted(slots)
        for other in touching_window(merged, slot)
    ]


def outside(slot: Slot, merged: Sequence[Slot]) -> list[Slot]:
    """Return the parts of one slot outside `merged`, which are sorted and do not touch."""
    taken = touching_window(merged, slot)
    return subtract([slot], taken) if taken else [slot]


def touching_window(slots: Sequence[Slot], window: Slot) -> Sequence[Slot]:
    """Return those of `slots` (sorted, disjoint) that overlap `window`, unclipped."""
    if len(slots) < _FEW:
        return [slot for slot in slots if slot.overlaps(window)]
    low = bisect_right(slots, window.starts_at, key=_end)
    high = bisect_left(slots, window.ends_at, lo=low, key=_start)
    return slots[low:high]


def with_slot(slots: Sequence[Slot], slot: Slot) -> list[Slot]:
    """Return `slots` (sorted, disjoint) with one more that overlaps none of them.

    It is joined with the one that it touches before or after it.
    """
    index = bisect_left(slots, slot.starts_at, key=_start)
    before, after = slots[:index], slots[index:]
    if before and before[-1].ends_at == slot.starts_at:
        before, slot = before[:-1], Slot(before[-1].starts_at, slot.ends_at)
    if after and after[0].starts_at == slot.ends_at:
        after, slot = after[1:], Slot(slot.starts_at, after[0].ends_at)
    return [*before, slot, *after]


def _start(slot: Slot) -> datetime:
    return slot.starts_at


def _end(slot: Slot) -> datetime:
    return slot.ends_at
