"""The segments that make up a facility's row: free, taken, closed, too late to request.

The rules say what is free; this module only lays it out.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.calendars.drawing.axis import days_of, days_window
from booking.calendars.drawing.picking import clicked_date
from booking.calendars.drawing.plain_rows import plain_segments
from booking.calendars.drawing.segments import RowData, Segment, SegmentKind
from booking.rules.availability import free_places_by_slot
from booking.rules.date_days import day_stretch
from booking.rules.drawn_days import DayRequestable, DayState, day_states
from booking.rules.opening import ONE_DAY, OpeningHours, Unit, open_days
from booking.rules.slots import Slot, common, merge, outside, subtract, touching_window
from booking.rules.terms import BookingMode, BookingTerms, Reach, reach

MOST_LINES = 6


def row_day_states(
    data: RowData, first: date, last: date, now: datetime, within: Reach | None = None
) -> list[DayState]:
    """Return the state of the facility's local days from `first` to `last` (inclusive).

    `within`, the time that can be requested, may be given where it is known.
    """
    return day_states(
        data.rules,
        data.deadlines,
        data.room,
        data.closures,
        first,
        last,
        now,
        whole=data.whole,
        within=within,
    )


def row_segments(
    data: RowData, window: Slot, now: datetime, choice: Slot | None = None
) -> list[Segment]:
    """Return the segments of `window` for this facility, sorted; none overlap on one line.

    By the day and half day the window reaches to the end of its last day's opening.
    Dates that the viewer may know are on top. Dates after the last line are shown as busy only.
    """
    if choice is None:
        plain = _in_one_pass(data, window, now)
        if plain is not None:
            return plain
    return layered_segments(data, window, now, choice)


def _in_one_pass(data: RowData, window: Slot, now: datetime) -> list[Segment] | None:
    """Return the segments of a row that is plain, else None."""
    rules = data.rules
    window, (first, last) = _with_last_opening(rules, window)
    if _named_days(rules.hours, rules.zone, window):
        return None
    days = open_days(rules.hours, rules.zone, first, last)
    return plain_segments(data, window, days, reach(rules, data.deadlines, now))


def _with_last_opening(rules: BookingTerms, window: Slot) -> tuple[Slot, tuple[date, date]]:
    """Return the window to the end of what belongs to its last day, and its first and last day."""
    first, last = days_of(window, rules.zone)
    # By the day an opening over midnight belongs to the last day shown.
    ends_at = max(window.ends_at, day_stretch(rules, last).ends_at)
    return Slot(window.starts_at, ends_at), (first, last)


def layered_segments(
    data: RowData, window: Slot, now: datetime, choice: Slot | None = None
) -> list[Segment]:
    """Return the segments of any row, as `row_segments` does."""
    window, (first, last) = _with_last_opening(data.rules, window)
    # One more day on both sides where openings may run over midnight, and with them free time.
    beside = ONE_DAY if data.rules.hours.touch_midnight else timedelta()
    within = reach(data.rules, data.deadlines, now)
    states = row_day_states(data, first - beside, last + beside, now, within)
    partly = _partly(data, states)
    free = _free(data, states)
    top = _dates(data, window, [segment.slot for segment in partly])
    top += _set_aside(data, window, states, [*partly, *top])
    if choice is not None and choice.overlaps(window):
        in_the_way = [segment.slot for segment in [*top, *partly]]
        in_the_way += [slot for state in states for slot in state.busy]
        line = 1 + max((segment.line for segment in top), default=1)
        blocked = any(slot.overlaps(choice) for slot in in_the_way)
        top.append(
            Segment(SegmentKind.CHOICE, choice, line=min(line, MOST_LINES) if blocked else 1)
        )
    layers = [
        _of_kind(SegmentKind.BUSY, (slot for state in states for slot in state.busy)),
        partly,
        _closed(data, window),
        free,
        _not_requestable(data.rules, within, states, window),
        _named_days(data.rules.hours, data.rules.zone, window),
        [Segment(SegmentKind.NOT_OPEN, window)],
    ]
    background = _layered(
        [segment.slot for segment in top if segment.line == 1],
        ([one for one in layer if one.slot.overlaps(window)] for layer in layers if layer),
    )
    shown = [
        segment.at(slot)
        for segment in [*top, *background]
        if (slot := segment.slot.intersection(window)) is not None
    ]
    free_slots = [segment.slot for segment in free]
    shown = [_with_clicked_date(data, free_slots, segment, now) for segment in shown]
    return sorted(shown, key=lambda segment: (segment.slot, segment.line))


def _of_kind(kind: SegmentKind, slots: Iterable[Slot]) -> list[Segment]:
    return [Segment(kind, slot) for slot in merge(slots)]


def _layered(covered: Iterable[Slot], layers: Iterable[Sequence[Segment]]) -> list[Segment]:
    """Return the layers, each without what an earlier one covers."""
    covered = merge(covered)
    found: list[Segment] = []
    for layer in layers:
        for segment in layer:
            if touching_window(covered, segment.slot):
                found += [segment.at(slot) for slot in outside(segment.slot, covered)]
            else:
                found.append(segment)
        covered = merge([*covered, *(segment.slot for segment in layer)])
    return found


def _dates(data: RowData, window: Slot, partly: Sequence[Slot]) -> list[Segment]:
    """Return the dates with set-up and clean-up, each on the first line that is free for it."""
    lines: list[list[Slot]] = [list(partly)] + [[] for _ in range(MOST_LINES - 1)]
    found: list[Segment] = []
    for date_ in sorted(data.dates, key=lambda seen: (not seen.confirmed, seen.slot)):
        around = date_.taken or date_.slot
        if not around.overlaps(window):
            continue
        for number, line in enumerate(lines, start=1):
            if not any(slot.overlaps(around) for slot in line):
                line.append(around)
                found.append(Segment(date_.kind, date_.slot, line=number, date=date_))
                found += [
                    Segment(SegmentKind.SETUP, slot, line=number, date=date_)
                    for slot in subtract([around], [date_.slot])
                ]
                break
    return found


def _set_aside(
    data: RowData, window: Slot, states: Sequence[DayState], above: Sequence[Segment]
) -> list[Segment]:
    """Return what is set aside of the open time, each on the first line that is free for it."""
    if not data.set_aside:
        return []
    is_open = [slot for state in states for slot in state.open]
    found: list[Segment] = []
    for kept in data.set_aside:
        pieces = [one for one in common([kept.slot], is_open) if one.overlaps(window)]
        for line in range(1, MOST_LINES + 1):
            there = [one.slot for one in (*above, *found) if one.line == line]
            if not any(one.overlaps(piece) for one in there for piece in pieces):
                found += [
                    Segment(SegmentKind.SET_ASIDE, piece, line=line, set_aside=kept)
                    for piece in pieces
                ]
                break
    return found


def _partly(data: RowData, states: Sequence[DayState]) -> list[Segment]:
    own = len(data.room.own)
    found: list[Segment] = []
    for slot in _pieces(data, (slot for state in states for slot in state.partly)):
        for number, level in enumerate(free_places_by_slot(data.room, slot)):
            if number and found[-1].free == level.own_free:
                joined = Slot(found[-1].slot.starts_at, level.slot.ends_at)
                found[-1] = found[-1].at(joined)
            else:
                found.append(
                    Segment(
                        SegmentKind.PARTLY,
                        level.slot,
                        free=level.own_free,
                        own=own,
                        place_word=data.place_word,
                    )
                )
    return found


def _closed(data: RowData, window: Slot) -> list[Segment]:
    found: list[Segment] = []
    for closed in sorted(data.closed, key=lambda closed: closed.slot):
        covered = [segment.slot for segment in found]
        found += [
            Segment(SegmentKind.CLOSED, slot, closed=closed)
            for slot in subtract([closed.slot], covered)
        ]
    return [segment for segment in found if segment.slot.overlaps(window)]


def _free(data: RowData, states: Sequence[DayState]) -> list[Segment]:
    pieces = _pieces(data, (slot for state in states for slot in state.free))
    return [Segment(SegmentKind.FREE, slot) for slot in pieces]


def _pieces(data: RowData, slots: Iterable[Slot]) -> list[Slot]:
    """Return what is drawn as one: hours may run over midnight, days and half days are units."""
    return merge(slots) if data.rules.unit is Unit.HOUR else list(slots)


def _not_requestable(
    rules: BookingTerms, within: Reach, states: Sequence[DayState], window: Slot
) -> list[Segment]:
    """Return the open time of each day in the window with why it cannot be requested."""
    found = []
    for state in states:
        open_slots = list(state.open)
        if rules.unit is not Unit.HOUR and open_slots:
            open_slots = [Slot(open_slots[0].starts_at, open_slots[-1].ends_at)]
        for slot in touching_window(open_slots, window):
            found += [Segment(kind, piece) for kind, piece in _why(rules, within, state, slot)]
    return found


# Most facilities of a page share their hours and zone with others.
@lru_cache(maxsize=1024)
def _named_days(hours: OpeningHours, zone: ZoneInfo, window: Slot) -> Sequence[Segment]:
    """Return the local days in the window that are closed by a holiday or a special day."""
    first, last = days_of(window, zone)
    days = (first + ONE_DAY * number for number in range((last - first).days + 1))
    return [
        Segment(SegmentKind.NOT_OPEN, days_window(day, day, zone), note=name)
        for day in days
        if (name := hours.closed_by(day)) is not None
    ]


def _why(
    rules: BookingTerms, within: Reach, state: DayState, slot: Slot
) -> Iterable[tuple[SegmentKind, Slot]]:
    if state.requestable is DayRequestable.NEVER:
        yield SegmentKind.NEVER, slot
        return
    agreed = rules.mode is BookingMode.BY_AGREEMENT
    # By agreement there is no lead time: only the past is too late.
    past = SegmentKind.NEVER if agreed else SegmentKind.TOO_LATE
    if state.requestable is DayRequestable.TOO_LATE:
        yield past, slot
        return
    if state.requestable is DayRequestable.NOT_YET:
        yield SegmentKind.NOT_YET, slot
        return
    here = within.clip(slot.starts_at, slot.ends_at)
    if slot.starts_at < within.from_at:
        yield past, Slot(slot.starts_at, min(slot.ends_at, within.from_at))
    if here is not None:
        yield SegmentKind.AGREED if agreed else SegmentKind.TOO_SHORT, here
    if slot.ends_at > within.until_at:
        yield SegmentKind.NOT_YET, Slot(max(slot.starts_at, within.until_at), slot.ends_at)


def _with_clicked_date(
    data: RowData, free_slots: Sequence[Slot], segment: Segment, now: datetime
) -> Segment:
    if segment.kind not in (SegmentKind.FREE, SegmentKind.PARTLY):
        return segment
    for free in touching_window(free_slots, segment.slot):
        piece = free.intersection(segment.slot) or free
        found = clicked_date(data.rules, data.deadlines, data.room, data.closures, free, piece, now)
        if found is not None:
            return segment._replace(clicked_date=found, pick=piece)
    return segment
