"""The segments of plain rows, in one pass.

On most days most facilities are open by the hour, can be requested, and have nothing on them but
busy time. Their segments follow from one walk through the day; all others are laid out in layers
by `row_layout`, which finds the same for these.
"""

from collections.abc import Sequence
from datetime import datetime

from booking.calendars.drawing.picking import clicked_hours
from booking.calendars.drawing.segments import RowData, Segment, SegmentKind
from booking.rules.availability import free_places_by_slot
from booking.rules.free_times import can_be_requested_for
from booking.rules.grid import is_even, reachable
from booking.rules.opening import OpenDay, Unit
from booking.rules.slots import Slot, subtract
from booking.rules.terms import BookingTerms, Reach

# So far away a closure does not matter: set-up and clean-up take up to a day each.
_FAR_MINUTES = 2 * 24 * 60


def plain_segments(
    data: RowData, window: Slot, days: Sequence[OpenDay], within: Reach
) -> list[Segment] | None:
    """Return the segments of `window`, sorted; None: the row is not plain.

    `days` are the facility's local days in the window, none of which has a name of its own;
    `within` is the time that can be requested.
    """
    opened = [slot for day in days for slot in day.slots]
    if not _is_plain(data, window, opened, within):
        return None
    found: list[Segment] = []
    at = window.starts_at
    for stretch in opened:
        if not stretch.overlaps(window):
            continue
        if at < stretch.starts_at:
            found.append(Segment(SegmentKind.NOT_OPEN, Slot(at, stretch.starts_at)))
        found += _open_segments(data, stretch, window)
        at = stretch.ends_at
    if at < window.ends_at:
        found.append(Segment(SegmentKind.NOT_OPEN, Slot(at, window.ends_at)))
    return found


def _is_plain(data: RowData, window: Slot, opened: Sequence[Slot], within: Reach) -> bool:
    rules = data.rules
    if (
        data.dates
        or data.set_aside
        or rules.unit is not Unit.HOUR
        or rules.hours.touch_midnight
        or not is_even(rules.step_minutes)
        or not can_be_requested_for(rules, data.room, _is_whole(data), 1)
    ):
        return False
    if opened and not (
        within.from_at <= opened[0].starts_at and opened[-1].ends_at <= within.until_at
    ):
        return False
    around = window.widened(_FAR_MINUTES, _FAR_MINUTES)
    return not any(closed.slot.overlaps(around) for closed in data.closed)


def _is_whole(data: RowData) -> bool:
    """Return whether it can be had only as a whole."""
    return not data.room.own or not data.rules.allows_shared


def _open_segments(data: RowData, stretch: Slot, window: Slot) -> list[Segment]:
    """Return the segments of one opening, clipped to the window."""
    rules = data.rules
    taken = _taken(data, stretch.widened(rules.setup_minutes, rules.cleanup_minutes))
    free = _free(rules, stretch, [one.slot for one in taken if one.kind is SegmentKind.BUSY])
    found: list[Segment] = []
    at = max(stretch.starts_at, window.starts_at)
    ends_at = min(stretch.ends_at, window.ends_at)
    for segment in taken:
        shown = _clipped(segment.slot, at, ends_at)
        if shown is not None:
            if at < shown.starts_at:
                found += _untaken(rules, Slot(at, shown.starts_at), free)
            found.append(_clicked(rules, segment.at(shown), free))
            at = shown.ends_at
    if at < ends_at:
        found += _untaken(rules, Slot(at, ends_at), free)
    return found


def _clipped(slot: Slot, starts_at: datetime, ends_at: datetime) -> Slot | None:
    starts_at, ends_at = max(slot.starts_at, starts_at), min(slot.ends_at, ends_at)
    return Slot(starts_at, ends_at) if starts_at < ends_at else None


def _taken(data: RowData, around: Slot) -> list[Segment]:
    """Return what is busy and partly taken in `around`, sorted and apart."""
    room, is_whole = data.room, _is_whole(data)
    if not any(room.taken.values()):
        return []
    own, below = len(room.own), len(room.below)
    found: list[Segment] = []
    for slot, own_free, below_free in free_places_by_slot(room, around):
        if own_free == own and below_free == below:
            continue
        is_busy = is_whole or not own_free
        left = 0 if is_busy else own_free
        last = found[-1] if found else None
        if last and last.slot.ends_at == slot.starts_at and last.free == left:
            found[-1] = last.at(Slot(last.slot.starts_at, slot.ends_at))
        elif is_busy:
            found.append(Segment(SegmentKind.BUSY, slot))
        else:
            found.append(
                Segment(SegmentKind.PARTLY, slot, free=left, own=own, place_word=data.place_word)
            )
    return found


def _free(rules: BookingTerms, stretch: Slot, busy: Sequence[Slot]) -> list[Slot]:
    """Return the time of an opening that belongs to a date which can be requested."""
    setup, cleanup = rules.setup_minutes, rules.cleanup_minutes
    fewest = max(1, -(-(rules.minimum_units or 0) * 60 // rules.step_minutes))
    most = None if rules.maximum_units is None else rules.maximum_units * 60 // rules.step_minutes
    # Clean-up must end before the next date begins, set-up begin after the last one ends.
    parts = subtract([stretch], [slot.widened(cleanup, setup) for slot in busy])
    return [
        slot
        for part in parts
        for slot in reachable(part, rules.zone, rules.step_minutes, fewest, most)
    ]


def _untaken(rules: BookingTerms, gap: Slot, free: Sequence[Slot]) -> list[Segment]:
    """Return the free segments of a gap in which nothing is taken, and what is too short."""
    found: list[Segment] = []
    at = gap.starts_at
    for slot in free:
        shown = _clipped(slot, at, gap.ends_at)
        if shown is not None:
            if at < shown.starts_at:
                found.append(Segment(SegmentKind.TOO_SHORT, Slot(at, shown.starts_at)))
            found.append(_clicked(rules, Segment(SegmentKind.FREE, shown), [slot]))
            at = shown.ends_at
    if at < gap.ends_at:
        found.append(Segment(SegmentKind.TOO_SHORT, Slot(at, gap.ends_at)))
    return found


def _clicked(rules: BookingTerms, segment: Segment, free: Sequence[Slot]) -> Segment:
    """Return a segment with the date that a click on it requests, if one fits."""
    if segment.kind is SegmentKind.BUSY:
        return segment
    for slot in free:
        piece = slot.intersection(segment.slot)
        date = clicked_hours(rules, slot, piece) if piece is not None else None
        if date is not None:
            return segment._replace(clicked_date=date, pick=piece)
    return segment
