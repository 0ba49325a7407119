"""What somebody needs (when, for how long, for how many), and what it means for one facility."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.rules.deadlines import Deadlines
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
from booking.rules.terms import BookingTerms, earliest_day

#: Hours that stand for half a day where a facility is asked for by the hour.
HALF_DAY_HOURS = 4
#: How many days from the first possible one are looked at where no days were given.
LOOK_AHEAD_DAYS = 92
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Length:
    """For how long somebody needs it, in the unit in which they said it."""

    number: int
    unit: Unit


@dataclass(frozen=True)
class DateWindow:
    """Between which days (both inclusive, in each facility's own calendar), and for how long.

    Without a length it is the shortest date that each facility has. `places` are wanted side by
    side, where a facility is asked for by place.
    """

    first: date
    last: date
    length: Length | None = None
    places: int = 1


@dataclass(frozen=True)
class SearchCriteria:
    """All that is needed, apart from what it is and where.

    `first` and `last` None: as soon as possible.

    `length` and `places` hold for both; `people` None is not said.
    """

    first: date | None = None
    last: date | None = None
    length: Length | None = None
    people: int | None = None
    places: int = 1

    @property
    def is_dated(self) -> bool:
        """Tell whether it names days; they come both or not at all."""
        return self.first is not None and self.last is not None

    @property
    def is_open(self) -> bool:
        """Tell whether nothing at all is needed but the next free time."""
        return self == SearchCriteria()

    def date_window(self, rules: BookingTerms, deadlines: Deadlines, now: datetime) -> DateWindow:
        """Return the days to look at for a facility: those named, else from its first one on."""
        if self.first is not None and self.last is not None:
            return DateWindow(self.first, self.last, self.length, self.places)
        first = earliest_day(rules, deadlines, now)
        last = first + timedelta(days=LOOK_AHEAD_DAYS - 1)
        return DateWindow(first, last, self.length, self.places)


@dataclass(frozen=True)
class NeededLength:
    """How much of one facility makes an answer: dates of `units` of its unit each.

    An hour calendar can be asked for whole days: then `units` is 0, for it means the whole
    opening of a day, however long, and there is one date on each of `days` open days in a row.
    """

    units: int
    days: int = 1

    @property
    def is_whole_days(self) -> bool:
        """Tell whether the dates are whole openings of an hour calendar."""
        return self.units == 0


def needed_length(rules: BookingTerms, date_window: DateWindow) -> NeededLength | Refusal:
    """Return how much of the facility covers the length, or why it has no date so long.

    The fewest units that cover it; what is shorter than the shortest date becomes that.
    """
    if date_window.length is None:
        return NeededLength(max(rules.minimum_units or 1, 1))
    if rules.unit is Unit.HOUR:
        return _hours_of(rules, date_window.length)
    needed = max(_halves_or_days(rules, date_window, date_window.length), rules.minimum_units or 1)
    if rules.maximum_units is not None and needed > rules.maximum_units:
        return _too_long(rules.maximum_units, needed, rules.unit)
    return NeededLength(needed)


def _hours_of(rules: BookingTerms, length: Length) -> NeededLength | Refusal:
    if length.unit is Unit.DAY:
        return NeededLength(0, length.number)
    if length.unit is Unit.HALF_DAY and length.number > 1:
        return NeededLength(0, -(-length.number // 2))
    hours = HALF_DAY_HOURS if length.unit is Unit.HALF_DAY else length.number
    needed = max(hours, rules.minimum_units or 1)
    if rules.maximum_units is not None and needed > rules.maximum_units:
        return _too_long(rules.maximum_units, needed, Unit.HOUR)
    return NeededLength(needed)


def _halves_or_days(rules: BookingTerms, date_window: DateWindow, length: Length) -> int:
    by_half = rules.unit is Unit.HALF_DAY
    if length.unit is Unit.DAY:
        return length.number * 2 if by_half else length.number
    if length.unit is Unit.HALF_DAY:
        return length.number if by_half else -(-length.number // 2)
    shortest = min((unit.slot.duration for unit in units_within(rules, date_window)), default=_HOUR)
    return max(1, -(-(length.number * _HOUR) // shortest))


def _too_long(maximum: int, asked: int, unit: Unit) -> Refusal:
    return Refusal(RefusalCode.TOO_LONG, {"maximum": maximum, "asked": asked, "unit": unit.value})


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


def window_of(rules: BookingTerms, date_window: DateWindow) -> Slot:
    """Return the window as instants: from the first to after the last midnight of its days."""
    return Slot(
        day_starts_at(rules.zone, date_window.first),
        day_starts_at(rules.zone, date_window.last + ONE_DAY),
    )


def may_be_a_date(rules: BookingTerms, slot: Slot) -> bool:
    """Tell whether an hour calendar can be asked for this slot, by its length and its grid."""
    fewest = (rules.minimum_units or 0) * _HOUR
    most = None if rules.maximum_units is None else rules.maximum_units * _HOUR
    if slot.duration < fewest or (most is not None and slot.duration > most):
        return False
    step = rules.step_minutes * _MINUTE
    return on_grid(slot.starts_at, rules.zone, rules.step_minutes) and not slot.duration % step


def moved(date_window: DateWindow, before_days: int, after_days: int) -> DateWindow:
    """Return the same wish with its window so many days longer at either end."""
    return replace(
        date_window,
        first=date_window.first - timedelta(days=before_days),
        last=date_window.last + timedelta(days=after_days),
    )
