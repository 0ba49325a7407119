"""Dates as typed, in the facility's wall time, turned into slots; or what is wrong with them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from booking.db.times import DoesNotExist, ExistsTwice, to_utc
from booking.rules.opening import DayUnit, Unit, day_starts_at, day_units, open_days, to_instant
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

ONE_DAY = timedelta(days=1)
MORNING, AFTERNOON = 0, 1


class FaultCode(StrEnum):
    """What is wrong with one typed date."""

    END_BEFORE_START = "end_before_start"
    SKIPPED = "skipped"  # a local time that the clock skips when summer time begins
    TWICE = "twice"  # a local time that the clock shows twice when summer time ends


@dataclass(frozen=True)
class Fault:
    """One fault, at one field of `HourDate` or `DayDate`; `wall` is the naive time typed."""

    field: str
    code: FaultCode
    wall: datetime | None = None


@dataclass(frozen=True)
class HourDate:
    """One date by the hour, in wall time of the facility.

    `ends_day` None is the same day; an end at 00:00 is then the following midnight. For a time
    that exists twice the folds choose: 0 the first, 1 the second.
    """

    day: date
    starts_time: time
    ends_time: time
    ends_day: date | None = None
    starts_fold: int | None = None
    ends_fold: int | None = None

    @property
    def starts_wall(self) -> datetime:
        """Return the start in wall time (naive)."""
        return datetime.combine(self.day, self.starts_time)

    @property
    def ends_wall(self) -> datetime:
        """Return the end in wall time (naive)."""
        midnight_to_come = self.ends_day is None and self.ends_time == time(0)
        day = self.day + ONE_DAY if midnight_to_come else self.ends_day or self.day
        return datetime.combine(day, self.ends_time)


@dataclass(frozen=True)
class DayDate:
    """One date by the day or half day; both ends inclusive.

    `first_half`, `last_half`: 0 morning, 1 afternoon; only for half days.
    """

    first_day: date
    last_day: date
    first_half: int = MORNING
    last_half: int = AFTERNOON


def slot_of(typed: HourDate | DayDate, rules: BookingTerms) -> tuple[Slot | None, list[Fault]]:
    """Return the slot that was typed, or None and all faults.

    Days and half days run from first opening to last closing. A day that is not open becomes the
    whole local day, or its half: the rules then refuse it, or accept it by agreement.
    """
    if isinstance(typed, HourDate):
        return _hours(typed, rules)
    return _days(typed, rules)


def _hours(typed: HourDate, rules: BookingTerms) -> tuple[Slot | None, list[Fault]]:
    faults: list[Fault] = []
    starts_at = _instant("starts_time", typed.starts_wall, typed.starts_fold, rules, faults)
    ends_at = _instant("ends_time", typed.ends_wall, typed.ends_fold, rules, faults)
    if starts_at is None or ends_at is None:
        return None, faults
    if ends_at <= starts_at:
        return None, [Fault("ends_time", FaultCode.END_BEFORE_START)]
    return Slot(starts_at, ends_at), []


def _instant(
    field: str, wall: datetime, fold: int | None, rules: BookingTerms, faults: list[Fault]
) -> datetime | None:
    try:
        return to_utc(wall, rules.zone, fold)
    except DoesNotExist:
        faults.append(Fault(field, FaultCode.SKIPPED, wall))
    except ExistsTwice:
        faults.append(Fault(field, FaultCode.TWICE, wall))
    return None


def passings(wall: datetime, rules: BookingTerms) -> tuple[datetime, datetime] | None:
    """Return both instants (UTC) of a wall time that exists twice, or None if it does not."""
    try:
        to_utc(wall, rules.zone)
    except ExistsTwice:
        return to_utc(wall, rules.zone, 0), to_utc(wall, rules.zone, 1)
    except DoesNotExist:
        return None
    return None


def _days(typed: DayDate, rules: BookingTerms) -> tuple[Slot | None, list[Fault]]:
    by_half = rules.unit is Unit.HALF_DAY
    first_half = typed.first_half if by_half else None
    last_half = typed.last_half if by_half else None
    if (typed.first_day, first_half or 0) > (typed.last_day, last_half or 0):
        return None, [Fault("last_day", FaultCode.END_BEFORE_START)]
    first = _unit(typed.first_day, first_half, rules)
    last = _unit(typed.last_day, last_half, rules)
    return Slot(first.starts_at, last.ends_at), []


def _unit(day: date, half: int | None, rules: BookingTerms) -> Slot:
    """Return the slot of one day or half day: its open time, else all of it."""
    for unit in _open_units(day, rules):
        if unit.half == half:
            return unit.slot
    midnight, next_midnight = (
        day_starts_at(rules.zone, day),
        day_starts_at(rules.zone, day + ONE_DAY),
    )
    noon = to_instant(rules.zone, day, rules.half_day_time)
    if half is None:
        return Slot(midnight, next_midnight)
    return Slot(midnight, noon) if half == MORNING else Slot(noon, next_midnight)


def _open_units(day: date, rules: BookingTerms) -> list[DayUnit]:
    days = open_days(rules.hours, rules.zone, day, day)
    return day_units(days, rules.unit, rules.zone, rules.half_day_time)
