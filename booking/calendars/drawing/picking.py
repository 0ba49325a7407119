"""Which dates can be picked on free time: by a click, or by drawing over a bar."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.grid import first_on_grid, is_even, on_grid
from booking.rules.opening import ONE_DAY, DayUnit, Unit, day_units, local_day, open_days
from booking.rules.reasons import why_not
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_MINUTE = timedelta(minutes=1)
_MINUTES_OF_DAY = 1440


def clicked_date(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    free: Slot,
    wanted: Slot,
    now: datetime,
) -> Slot | None:
    """Return the date that a click on `wanted` requests: as much of it as the rules allow.

    `free` is the unbroken free time (hour) or the free unit (half day, day) around `wanted`.
    Where `wanted` is too short, the date grows within the free time. None if nothing fits.
    """
    if rules.unit is Unit.HOUR:
        return clicked_hours(rules, free, wanted)
    return clicked_units(rules, deadlines, room, closures, free, now)


def clicked_hours(rules: BookingTerms, free: Slot, wanted: Slot) -> Slot | None:
    """Return the longest date on the grid within `wanted` that the rules allow, or None.

    Where `wanted` is too short: the shortest date that starts just before it, within `free`.
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


def clicked_units(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    free: Slot,
    now: datetime,
) -> Slot | None:
    """Return the shortest date of half days or days that contains this free unit, or None.

    It starts with the unit if possible, else as little before it as possible.
    """
    fewest = rules.minimum_units or 1
    if fewest == 1:
        return free
    units = [unit.slot for unit in _units_around(rules, free, fewest)]
    position = units.index(free)
    for before in range(fewest):
        first, last = position - before, position - before + fewest - 1
        if first < 0 or last >= len(units):
            continue
        slot = Slot(units[first].starts_at, units[last].ends_at)
        requested = RequestedDate(
            slot, 1, whole=not rules.allows_shared or not room.own, people=None
        )
        if not why_not(rules, deadlines, room, closures, requested, now):
            return slot
    return None


def _units_around(rules: BookingTerms, unit: Slot, fewest: int) -> list[DayUnit]:
    # Four weeks more than the shortest date bridge days that are not open.
    margin = ONE_DAY * (28 + fewest)
    first = local_day(unit.starts_at, rules.zone) - margin
    last = local_day(unit.ends_at, rules.zone) + margin
    days = open_days(rules.hours, rules.zone, first, last)
    return day_units(days, rules.unit, rules.zone, rules.half_day_time)


def joined_date(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    dates: Sequence[Slot],
    now: datetime,
) -> Slot:
    """Return one date that spans all of `dates` if the rules accept it, else the first."""
    if len(dates) == 1:
        return dates[0]
    joined = Slot(dates[0].starts_at, max(one.ends_at for one in dates))
    requested = RequestedDate(joined, 1, whole=not rules.allows_shared or not room.own, people=None)
    return dates[0] if why_not(rules, deadlines, room, closures, requested, now) else joined


class DragGrid(NamedTuple):
    """The grid for drawing a date over a bar: `steps` steps of `step` minutes.

    `starts` is the first line of the grid in the facility's wall time (naive), `left` minutes
    from the left edge of the bar, which is `wide` minutes wide. A date covers `shortest` to
    `longest` steps. The axis is `shift` minutes ahead of the facility's clock. Where steps are
    days, `days` names them; `has_halves`: first and last day can be halves.
    """

    starts: datetime
    step: int
    steps: int
    shortest: int
    longest: int
    left: int
    wide: int
    shift: int
    days: Sequence[str] = ()
    has_halves: bool = False

    @property
    def data(self) -> dict[str, str]:
        """Return the attributes of the bar's link, as `static/timeline-draw.js` reads them."""
        by_day = {"data-days": "|".join(self.days)} if self.days else {}
        halves = {"data-halves": "1"} if self.has_halves else {}
        return {
            "data-from": self.starts.isoformat(timespec="minutes"),
            "data-grid": f"{self.step} {self.steps} {self.shortest} {self.longest}"
            f" {self.left} {self.wide} {self.shift}",
            **by_day,
            **halves,
        }


def hours_drag(rules: BookingTerms, free: Slot, bar: Slot, zone: ZoneInfo) -> DragGrid | None:
    """Return the grid of hours in `free` (unbroken) over a bar, its times in `zone`.

    None where no date can be drawn: not by the hour, too short, or the clock changes within.
    """
    around = Slot(min(free.starts_at, bar.starts_at), max(free.ends_at, bar.ends_at))
    if rules.unit is not Unit.HOUR or not (
        _is_plain(around, rules.zone) and (zone is rules.zone or _is_plain(around, zone))
    ):
        return None
    step = rules.step_minutes
    starts_at = first_on_grid(free.starts_at, rules.zone, step)
    steps = (free.ends_at - starts_at) // (step * _MINUTE)
    if not is_even(step):
        days = {local_day(at, rules.zone) for at in (starts_at, free.ends_at - _MINUTE)}
        if len(days) > 1:
            return None  # the grid starts anew at midnight
    shortest = max(1, -(-(rules.minimum_units or 0) * 60 // step))
    longest = steps
    if rules.maximum_units is not None:
        longest = min(steps, rules.maximum_units * 60 // step)
    if not shortest <= longest:
        return None
    there = starts_at.astimezone(rules.zone).replace(tzinfo=None)
    here = starts_at.astimezone(zone).replace(tzinfo=None)
    return DragGrid(
        starts=there,
        step=step,
        steps=steps,
        shortest=shortest,
        longest=longest,
        left=(starts_at - bar.starts_at) // _MINUTE,
        wide=bar.duration // _MINUTE,
        shift=(here - there) // _MINUTE,
    )


def days_drag(rules: BookingTerms, first: date, names: Sequence[str]) -> DragGrid | None:
    """Return the grid of days over a bar of free days from `first` on, one for each name.

    None for calendars by the hour, and where there are fewer days than the shortest date has.
    """
    if rules.unit is Unit.HOUR:
        return None
    units_of_day = 2 if rules.unit is Unit.HALF_DAY else 1
    shortest = max(1, -(-(rules.minimum_units or 1) // units_of_day))
    longest = len(names)
    if rules.maximum_units is not None:
        longest = min(longest, rules.maximum_units // units_of_day)
    if not shortest <= longest:
        return None
    return DragGrid(
        starts=datetime.combine(first, time(0)),
        step=_MINUTES_OF_DAY,
        steps=len(names),
        shortest=shortest,
        longest=longest,
        left=0,
        wide=len(names) * _MINUTES_OF_DAY,
        shift=0,
        days=names,
        has_halves=rules.unit is Unit.HALF_DAY,
    )


def _is_plain(slot: Slot, zone: ZoneInfo) -> bool:
    """Return whether the zone has no clock change within the slot."""
    return _offset(slot.starts_at, zone) == _offset(slot.ends_at, zone)


# The bars of a page begin and end at the same few instants.
@lru_cache(maxsize=4096)
def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
