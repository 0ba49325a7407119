"""A window of days, the length of dates in it, and what both mean for one facility."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.rules.grid import on_grid
from booking.rules.opening import (
    ONE_DAY,
    DayUnit,
    OpeningHours,
    Unit,
    day_starts_at,
    day_units,
    open_days,
)
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

#: Hours that stand for half a day where a facility is booked by the hour.
HALF_DAY_HOURS = 4
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Length:
    """How long a date should be, in the unit that the person chose."""

    number: int
    unit: Unit


@dataclass(frozen=True)
class DateWindow:
    """Days (both inclusive, in the facility's own calendar), and which dates are wanted in them.

    `length` None is the shortest date that the facility has. `places` are wanted at the same time,
    where a facility is booked by place.
    """

    first: date
    last: date
    length: Length | None = None
    places: int = 1

    def slot(self, zone: ZoneInfo) -> Slot:
        """Return the window as instants: from the first to after the last midnight of its days."""
        return _days_as_slot(zone, self.first, self.last)

    def extended(self, before_days: int, after_days: int) -> "DateWindow":
        """Return the window with so many days more at either end."""
        return replace(
            self,
            first=self.first - ONE_DAY * before_days,
            last=self.last + ONE_DAY * after_days,
        )

    def first_days(self, most: int) -> "DateWindow":
        """Return the window of its first days, at most so many."""
        return replace(self, last=min(self.last, self.first + ONE_DAY * (most - 1)))


# A search asks for the same few days for each of hundreds of facilities.
@lru_cache(maxsize=256)
def _days_as_slot(zone: ZoneInfo, first: date, last: date) -> Slot:
    return Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))


@dataclass(frozen=True)
class NeededLength:
    """How long dates must be at one facility: `units` of its own unit.

    An hour calendar can be searched for whole days: then `units` is 0, and there is one date on
    each of `days` open days in a row, as long as that day's whole opening.
    """

    units: int
    days: int = 1

    @property
    def is_whole_days(self) -> bool:
        """Return whether the dates are whole openings of an hour calendar."""
        return self.units == 0


def needed_length(rules: BookingTerms, date_window: DateWindow) -> NeededLength | Refusal:
    """Return the fewest units of the facility that cover the length, at least its shortest date.

    A refusal where its longest date is shorter.
    """
    length = date_window.length
    if length is None:
        return NeededLength(max(rules.minimum_units or 1, 1))
    halves = {Unit.HOUR: 0, Unit.HALF_DAY: length.number, Unit.DAY: length.number * 2}[length.unit]
    if rules.unit is Unit.HOUR and halves > 1:
        return NeededLength(0, -(-halves // 2))
    if rules.unit is Unit.HOUR:
        needed = HALF_DAY_HOURS if halves else length.number
    elif halves:
        needed = halves if rules.unit is Unit.HALF_DAY else -(-halves // 2)
    else:
        units = units_within(rules, date_window)
        shortest = min((unit.slot.duration for unit in units), default=_HOUR)
        needed = max(1, -(-(length.number * _HOUR) // shortest))
    needed = max(needed, rules.minimum_units or 1)
    if rules.maximum_units is not None and needed > rules.maximum_units:
        params = {"maximum": rules.maximum_units, "asked": needed, "unit": rules.unit.value}
        return Refusal(RefusalCode.TOO_LONG, params)
    return NeededLength(needed)


def only_by_whole_days(rules: BookingTerms, length: Length | None) -> bool:
    """Return whether half days are wanted, or no more hours, where only whole days can be had."""
    if rules.unit is not Unit.DAY or length is None:
        return False
    if length.unit is Unit.HOUR:
        return length.number <= HALF_DAY_HOURS
    return length.unit is Unit.HALF_DAY and length.number % 2 == 1


def units_within(rules: BookingTerms, date_window: DateWindow) -> Sequence[DayUnit]:
    """Return the half days or days of the facility that begin within the window."""
    return _units_within(
        rules.hours,
        rules.zone,
        date_window.first,
        date_window.last,
        rules.unit,
        rules.half_day_time,
    )


# Most facilities share their hours with others of their kind.
@lru_cache(maxsize=256)
def _units_within(
    hours: OpeningHours,
    zone: ZoneInfo,
    first: date,
    last: date,
    unit: Unit,
    half_day_time: time,
) -> tuple[DayUnit, ...]:
    return tuple(day_units(open_days(hours, zone, first, last), unit, zone, half_day_time))


def may_be_a_date(rules: BookingTerms, slot: Slot) -> bool:
    """Return whether an hour calendar has this date, by its length and its grid."""
    fewest = (rules.minimum_units or 0) * _HOUR
    most = None if rules.maximum_units is None else rules.maximum_units * _HOUR
    if slot.duration < fewest or (most is not None and slot.duration > most):
        return False
    step = rules.step_minutes * _MINUTE
    return on_grid(slot.starts_at, rules.zone, rules.step_minutes) and not slot.duration % step
