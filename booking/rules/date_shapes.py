"""What of a date stays the same on another day: its time of day, its length, its halves."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking.rules.opening import ONE_DAY, Unit, day_units, local_day, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

_INSTANT = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class DateShape:
    """One date of a facility, in its wall time.

    By the hour `starts_time` and `length` count; by the half day `half` (0 morning, 1 afternoon)
    and `count`; by the day `count`. `days_between` the first and the last day are at most so many.
    """

    day: date
    starts_time: time
    length: timedelta
    half: int | None
    count: int
    days_between: int

    def moved(self, delta: timedelta) -> "DateShape":
        """Return the pattern so much later on the clock."""
        starts = datetime.combine(self.day, self.starts_time) + delta
        return replace(self, day=starts.date(), starts_time=starts.time())


def shape_of(rules: BookingTerms, slot: Slot) -> DateShape | None:
    """Return the pattern of a date, its length changed to the nearest that the rules allow.

    None: the rules allow no length at all. Days that are not open count like any others where
    the date begins or ends on one: who asks for Saturday and Sunday wants two days.
    """
    starts = slot.starts_at.astimezone(rules.zone)
    day, last_day = starts.date(), local_day(slot.ends_at - _INSTANT, rules.zone)
    if rules.unit is Unit.HOUR:
        length = _allowed_hours(rules, slot.duration)
        if length is None:
            return None
        return DateShape(day, starts.time(), length, None, 0, (last_day - day).days)
    by_half = rules.unit is Unit.HALF_DAY
    half = _half(rules, slot)
    count = _allowed_units(rules, units_asked(rules, slot))
    if count is None:
        return None
    per_day = 2 if by_half else 1
    fewest_days = -(-(count + (half or 0)) // per_day)
    days_between = max(fewest_days - 1, (last_day - day).days)
    return DateShape(day, starts.time(), slot.duration, half, count, days_between)


def _allowed_hours(rules: BookingTerms, length: timedelta) -> timedelta | None:
    step = timedelta(minutes=rules.step_minutes)
    length = max(length, (rules.minimum_units or 0) * _HOUR)
    length = -(-length // step) * step
    if rules.maximum_units is not None and length > rules.maximum_units * _HOUR:
        length = rules.maximum_units * _HOUR // step * step
    return length if length >= max(step, (rules.minimum_units or 0) * _HOUR) else None


def _allowed_units(rules: BookingTerms, count: int) -> int | None:
    fewest, most = rules.minimum_units or 1, rules.maximum_units
    if most is not None and most < fewest:
        return None
    return max(fewest, count if most is None else min(count, most))


def units_asked(rules: BookingTerms, slot: Slot) -> int:
    """Return how many days or half days somebody wants who asks for this.

    Those that are open, where it begins and ends with open ones; else all of the calendar.
    """
    day = local_day(slot.starts_at, rules.zone)
    last_day = local_day(slot.ends_at - _INSTANT, rules.zone)
    days = open_days(rules.hours, rules.zone, day - ONE_DAY, last_day)
    units = [unit.slot for unit in day_units(days, rules.unit, rules.zone, rules.half_day_time)]
    inside = [unit for unit in units if slot.overlaps(unit)]
    if inside and inside[0].starts_at == slot.starts_at and inside[-1].ends_at == slot.ends_at:
        return len(inside)
    days_in_all = (last_day - day).days + 1
    half = _half(rules, slot)
    if half is None:
        return days_in_all
    last = (slot.ends_at - _INSTANT).astimezone(rules.zone)
    return max(1, days_in_all * 2 - half - int(last.time() < rules.half_day_time))


def _half(rules: BookingTerms, slot: Slot) -> int | None:
    if rules.unit is not Unit.HALF_DAY:
        return None
    return int(slot.starts_at.astimezone(rules.zone).time() >= rules.half_day_time)
