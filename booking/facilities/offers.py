"""The first free dates of one facility for somebody who needs it for so long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.rules.asking import (
    Ask,
    AskingRules,
    Deadlines,
    Refusal,
    RefusalCode,
    free_slots,
    why_not,
)
from booking.rules.availability import Room
from booking.rules.grid import first_on_grid
from booking.rules.opening import ONE_DAY, Atom, Hours, Unit, atoms, day_starts_at, open_days
from booking.rules.slots import Slot

#: Hours that stand for half a day where a facility is asked for by the hour.
HALF_DAY_HOURS = 4
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Length:
    """For how long somebody needs it, in the unit in which they said it."""

    number: int
    unit: Unit


@dataclass(frozen=True)
class When:
    """Between which days (both inclusive, in each facility's own calendar), and for how long."""

    first: date
    last: date
    length: Length


@dataclass(frozen=True)
class Standing:
    """What the rules need to know of one facility to say when it is free.

    `closures` holds all that shut it within the window: its own and those of facilities above.
    """

    rules: AskingRules
    deadlines: Deadlines
    room: Room
    closures: Sequence[Slot]


def units_needed(rules: AskingRules, when: When) -> int | Refusal:
    """Return how many units of the facility make a date of this length, or why none is so long.

    For an hour calendar it is whole hours; a whole day counts as 0 there, for it means the whole
    opening, however long. What is shorter than the shortest date becomes the shortest date.
    """
    if rules.unit is Unit.HOUR:
        return _hours_needed(rules, when.length)
    needed = max(_halves_or_days(rules, when), rules.minimum_units or 1)
    if rules.maximum_units is not None and needed > rules.maximum_units:
        return _too_long(rules.maximum_units, needed, rules.unit)
    return needed


def _hours_needed(rules: AskingRules, length: Length) -> int | Refusal:
    number = length.number
    if length.unit is Unit.HALF_DAY:
        if number > 2:
            return _too_long(2, number, Unit.HALF_DAY)
        number = HALF_DAY_HOURS if number == 1 else 0
    elif length.unit is Unit.DAY:
        if number > 1:
            return _too_long(1, number, Unit.DAY)
        number = 0
    if number == 0:
        return 0
    needed = max(number, rules.minimum_units or 1)
    if rules.maximum_units is not None and needed > rules.maximum_units:
        return _too_long(rules.maximum_units, needed, Unit.HOUR)
    return needed


def _halves_or_days(rules: AskingRules, when: When) -> int:
    length = when.length
    by_half = rules.unit is Unit.HALF_DAY
    if length.unit is Unit.DAY:
        return length.number * 2 if by_half else length.number
    if length.unit is Unit.HALF_DAY:
        return length.number if by_half else -(-length.number // 2)
    shortest = min((unit.slot.duration for unit in units_within(rules, when)), default=_HOUR)
    return max(1, -(-(length.number * _HOUR) // shortest))


def _too_long(maximum: int, asked: int, unit: Unit) -> Refusal:
    return Refusal(RefusalCode.TOO_LONG, {"maximum": maximum, "asked": asked, "unit": unit.value})


def units_within(rules: AskingRules, when: When) -> Sequence[Atom]:
    """Return the half days or days of the facility that begin within the window."""
    return _units_within(
        rules.hours, rules.zone, when.first, when.last, rules.unit, rules.half_day_time
    )


# Most facilities share their hours with others of their kind.
@lru_cache(maxsize=256)
def _units_within(
    hours: Hours,
    zone: ZoneInfo,
    first: date,
    last: date,
    unit: Unit,
    half_day_time: time,
) -> tuple[Atom, ...]:
    return tuple(atoms(open_days(hours, zone, first, last), unit, zone, half_day_time))


def window_of(rules: AskingRules, when: When) -> Slot:
    """Return the window as instants: from the first to after the last midnight of its days."""
    return Slot(
        day_starts_at(rules.zone, when.first), day_starts_at(rules.zone, when.last + ONE_DAY)
    )


def first_dates(standing: Standing, when: When, now: datetime, limit: int) -> list[Slot]:
    """Return the first dates that can be asked for now, apart from each other, at most `limit`.

    Each is one that the rules accept as it stands. Those over days that are not open come last,
    and of an hour calendar the first one of each free stretch before the second of any.
    """
    needed = units_needed(standing.rules, when)
    if isinstance(needed, Refusal):
        return []
    if standing.rules.unit is Unit.HOUR:
        dates = _hour_dates(standing, when, now, needed)
    else:
        dates = _unit_dates(standing, when, now, needed)
    found: list[Slot] = []
    for slot in dates:
        if any(slot.overlaps(other) for other in found) or not _accepted(standing, slot, now):
            continue
        found.append(slot)
        if len(found) == limit:
            break
    return sorted(found)


def _accepted(standing: Standing, slot: Slot, now: datetime) -> bool:
    rules = standing.rules
    ask = Ask(slot, places=1, whole=not rules.by_place, people=None)
    return not why_not(rules, standing.deadlines, standing.room, standing.closures, ask, now)


def _free(standing: Standing, when: When, now: datetime) -> list[Slot]:
    window = window_of(standing.rules, when)
    return free_slots(
        standing.rules, standing.deadlines, standing.room, standing.closures, window, now
    )


def _unit_dates(standing: Standing, when: When, now: datetime, needed: int) -> Iterator[Slot]:
    units = units_within(standing.rules, when)
    free = set(_free(standing, when, now))
    in_a_row = 0
    with_a_break: list[Slot] = []
    for position, unit in enumerate(units):
        in_a_row = in_a_row + 1 if unit.slot in free else 0
        if in_a_row >= needed:
            first = units[position - needed + 1]
            slot = Slot(first.slot.starts_at, unit.slot.ends_at)
            if _days_between(first, unit) < _days_of(needed, standing.rules.unit, first):
                yield slot
            else:
                with_a_break.append(slot)  # over a weekend: better than nothing
    yield from with_a_break


def _days_between(first: Atom, last: Atom) -> int:
    return (last.day - first.day).days


def _days_of(needed: int, unit: Unit, first: Atom) -> int:
    """Return over how many days so many units stretch when no day is left out."""
    if unit is Unit.DAY:
        return needed
    return -(-(needed + (first.half or 0)) // 2)


def _hour_dates(standing: Standing, when: When, now: datetime, hours: int) -> Iterator[Slot]:
    free = _free(standing, when, now)
    if hours == 0:
        yield from _whole_openings(standing.rules, when, free)
        return
    rules = standing.rules
    step = timedelta(minutes=rules.step_minutes)
    length = -(-(hours * _HOUR) // step) * step
    later: list[Slot] = []
    for stretch in free:
        starts_at = first_on_grid(stretch.starts_at, rules.zone, rules.step_minutes)
        is_first = True
        while starts_at + length <= stretch.ends_at:
            slot = Slot(starts_at, starts_at + length)
            if is_first:
                yield slot
            else:
                later.append(slot)
            is_first = False
            starts_at = first_on_grid(slot.ends_at, rules.zone, rules.step_minutes)
    yield from later


def _whole_openings(rules: AskingRules, when: When, free: Sequence[Slot]) -> Iterator[Slot]:
    """Return the openings of the days that have just one, where all of it is free."""
    for day in open_days(rules.hours, rules.zone, when.first, when.last):
        if len(day.slots) == 1 and any(stretch.contains(day.slots[0]) for stretch in free):
            yield day.slots[0]
