"""The days of a facility's calendar: when it is open, free, busy and closed on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.rules.availability import Room, busy_slots, partly_taken_slots
from booking.rules.deadlines import Deadlines
from booking.rules.free_times import free_slots
from booking.rules.opening import ONE_DAY, OpenDay, Unit, day_starts_at, day_units, open_days
from booking.rules.slots import Slot, common_with, merge, subtract
from booking.rules.terms import BookingMode, BookingTerms, Reach, can_be_requested, reach


class DayRequestable(StrEnum):
    """Whether a day can be requested; the first reason that applies, in this order."""

    NEVER = "never"
    NOT_OPEN = "not_open"
    TOO_LATE = "too_late"
    NOT_YET = "not_yet"
    OPEN = "open"


@dataclass(frozen=True)
class DayState:
    """One local day of a calendar.

    All slots are sorted and within the day's opening (for half days and days: from first
    opening to last closing). An opening over midnight belongs to the day on which it begins.
    `free` is what `free_slots` returns, `busy` what `busy_slots` returns; in `partly` something is
    taken and a place is left;
    `closed` is closed by a closure. Open time may be neither free nor busy: too short, too late
    or too far ahead.
    """

    day: date
    open: tuple[Slot, ...]
    free: tuple[Slot, ...]
    busy: tuple[Slot, ...]
    partly: tuple[Slot, ...]
    closed: tuple[Slot, ...]
    requestable: DayRequestable


def day_states(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    first: date,
    last: date,
    now: datetime,
    *,
    whole: bool | None = None,
    places: int = 1,
    within: Reach | None = None,
) -> list[DayState]:
    """Return the state of every local day from `first` to `last` (inclusive).

    `whole`, `places` and `within` are as in `free_slots`. By agreement nothing is free, and every
    day from
    today to the horizon can be requested. OPEN does not mean that something is free.
    """
    days = open_days(rules.hours, rules.zone, first, last)
    frames = [_frame(rules, day) for day in days]
    drawn = [slot for frame in frames for slot in frame]
    if within is None:
        within = reach(rules, deadlines, now)
    if drawn:
        window = Slot(drawn[0].starts_at, max(slot.ends_at for slot in drawn))
        free = free_slots(
            rules, deadlines, room, closures, window, now, whole=whole, places=places, within=within
        )
        busy = busy_slots(room, window, only_whole=not rules.allows_shared)
        partly = partly_taken_slots(room, window, only_whole=not rules.allows_shared, busy=busy)
    else:
        free = busy = partly = []
    free, busy, partly, closed_slots = map(merge, (free, busy, partly, closures))
    can_be_requested = _ever(rules, room)
    return [
        DayState(
            day=day.day,
            open=day.slots,
            free=tuple(common_with(frame, free)),
            busy=tuple(common_with(frame, busy)),
            partly=tuple(common_with(frame, partly)),
            closed=tuple(common_with(frame, closed_slots)),
            requestable=_requestable(rules, within, day, frame, closed_slots)
            if can_be_requested
            else DayRequestable.NEVER,
        )
        for day, frame in zip(days, frames, strict=True)
    ]


def _frame(rules: BookingTerms, day: OpenDay) -> list[Slot]:
    if rules.unit is Unit.HOUR:
        return list(day.slots)
    return [unit.slot for unit in day_units([day], rules.unit, rules.zone, rules.half_day_time)]


def _ever(rules: BookingTerms, room: Room) -> bool:
    return can_be_requested(rules) and (
        (rules.allows_shared and bool(room.own))
        or (rules.allows_exclusive and bool(room.own or room.below))
    )


def _requestable(
    rules: BookingTerms, within: Reach, day: OpenDay, frame: list[Slot], closed_slots: list[Slot]
) -> DayRequestable:
    if rules.mode is BookingMode.BY_AGREEMENT:
        starts_at = day_starts_at(rules.zone, day.day)
        ends_at = day_starts_at(rules.zone, day.day + ONE_DAY)
        if ends_at <= within.from_at:
            return DayRequestable.TOO_LATE
        return DayRequestable.NOT_YET if starts_at >= within.until_at else DayRequestable.OPEN
    if rules.unit is Unit.HOUR:
        pieces = subtract(frame, closed_slots)
        too_late = all(piece.ends_at <= within.from_at for piece in pieces)
        too_far = all(within.clip(piece.starts_at, piece.ends_at) is None for piece in pieces)
    else:
        pieces = [
            piece for piece in frame if not any(piece.overlaps(slot) for slot in closed_slots)
        ]
        too_late = all(piece.starts_at < within.from_at for piece in pieces)
        too_far = all(within.clip(piece.starts_at, piece.ends_at) != piece for piece in pieces)
    if not pieces:
        return DayRequestable.NOT_OPEN
    if too_late:
        return DayRequestable.TOO_LATE
    return DayRequestable.NOT_YET if too_far else DayRequestable.OPEN
