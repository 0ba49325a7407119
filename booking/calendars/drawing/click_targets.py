"""Which date a click on free time asks for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.grid import first_on_grid, on_grid
from booking.rules.opening import ONE_DAY, Atom, Unit, atoms, local_day, open_days
from booking.rules.reasons import why_not
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_MINUTE = timedelta(minutes=1)
_MINUTES_OF_DAY = 1440


def date_to_ask(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    free: Slot,
    wanted: Slot,
    now: datetime,
) -> Slot | None:
    """Return a date around `wanted` that can be asked for: as much of it as the rules allow.

    `free` is the unbroken free time (hour) or the free unit (half day, day) in which `wanted`
    lies. A stretch that is too short grows within the free time. None where none was found.
    """
    if rules.unit is Unit.HOUR:
        return hours_to_ask(rules, free, wanted)
    return units_to_ask(rules, deadlines, room, closures, free, now)


def hours_to_ask(rules: BookingTerms, free: Slot, wanted: Slot) -> Slot | None:
    """Return a date on the grid, of allowed length, within `free`: as much as can be of `wanted`.

    Where `wanted` is too short, the shortest date from just before its start on.
    """
    step = rules.step_minutes * _MINUTE
    fewest = max(1, -(-(rules.minimum_units or 0) * 60 // rules.step_minutes))
    starts_at = first_on_grid(max(wanted.starts_at, free.starts_at), rules.zone, rules.step_minutes)
    steps = max((min(wanted.ends_at, free.ends_at) - starts_at) // step, 0)
    if rules.maximum_units is not None:
        steps = min(steps, rules.maximum_units * 60 // rules.step_minutes)
    if steps >= fewest:
        return Slot(starts_at, starts_at + steps * step)
    latest = min(max(wanted.starts_at, free.starts_at), free.ends_at - fewest * step)
    before = _last_on_grid(latest, rules)
    if before is None or before < free.starts_at:
        before = starts_at
    date = Slot(before, before + fewest * step)
    return date if free.contains(date) else None


def _last_on_grid(at: datetime, rules: BookingTerms) -> datetime | None:
    at = at.replace(second=0, microsecond=0)
    for minutes in range(_MINUTES_OF_DAY):
        earlier = at - minutes * _MINUTE
        if on_grid(earlier, rules.zone, rules.step_minutes):
            return earlier
    return None


def units_to_ask(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    free: Slot,
    now: datetime,
) -> Slot | None:
    """Return the shortest date of half days or days with this free unit in it.

    It starts with the unit if it can, else as little before it as possible.
    """
    fewest = rules.minimum_units or 1
    if fewest == 1:
        return free
    units = [atom.slot for atom in _units_around(rules, free, fewest)]
    position = units.index(free)
    for before in range(fewest):
        first, last = position - before, position - before + fewest - 1
        if first < 0 or last >= len(units):
            continue
        slot = Slot(units[first].starts_at, units[last].ends_at)
        ask = RequestedDate(slot, 1, whole=not rules.allows_shared or not room.own, people=None)
        if not why_not(rules, deadlines, room, closures, ask, now):
            return slot
    return None


def _units_around(rules: BookingTerms, unit: Slot, fewest: int) -> list[Atom]:
    # Four weeks more than the shortest date, if every day were open, bridge what is not open.
    margin = ONE_DAY * (28 + fewest)
    first = local_day(unit.starts_at, rules.zone) - margin
    last = local_day(unit.ends_at, rules.zone) + margin
    days = open_days(rules.hours, rules.zone, first, last)
    return atoms(days, rules.unit, rules.zone, rules.half_day_time)


def units_of_date(rules: BookingTerms, date: Slot) -> tuple[Atom, Atom]:
    """Return the first and the last unit (half day, day) of a date that is made of units."""
    first = local_day(date.starts_at, rules.zone) - ONE_DAY
    last = local_day(date.ends_at, rules.zone)
    days = open_days(rules.hours, rules.zone, first, last)
    units = atoms(days, rules.unit, rules.zone, rules.half_day_time)
    return (
        next(unit for unit in units if unit.slot.starts_at == date.starts_at),
        next(unit for unit in units if unit.slot.ends_at == date.ends_at),
    )


def joined_ask(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    asks: Sequence[Slot],
    now: datetime,
) -> Slot:
    """Return one date over all of `asks` if the rules accept it, else the first."""
    joined = Slot(asks[0].starts_at, max(ask.ends_at for ask in asks))
    ask = RequestedDate(joined, 1, whole=not rules.allows_shared or not room.own, people=None)
    return asks[0] if why_not(rules, deadlines, room, closures, ask, now) else joined
