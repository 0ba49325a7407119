"""The days of a date: on which day, and in which half of it, a slot begins and ends.

This is the one place that turns a slot into days, for links, forms and words.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.rules.opening import (
    ONE_DAY,
    Unit,
    day_starts_at,
    local_day,
    open_days,
    opening_day,
    to_instant,
)
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class DateDays:
    """First and last day of a date, both inclusive, in the facility's calendar.

    By the half day `first_half` and `last_half` are 0 for the morning, 1 for the afternoon; else
    they are None.
    """

    first: date
    last: date
    first_half: int | None = None
    last_half: int | None = None

    @property
    def days_between(self) -> int:
        """Return how many days the last day is after the first."""
        return (self.last - self.first).days

    @property
    def units(self) -> int:
        """Return how many days or half days these are, open or not."""
        days = self.days_between + 1
        if self.first_half is None or self.last_half is None:
            return days
        return max(1, days * 2 - self.first_half - (1 - self.last_half))


def days_of_date(rules: BookingTerms, slot: Slot) -> DateDays:
    """Return the days of a date.

    By the day and half day an opening over midnight belongs to the day on which it begins, so
    18:00 to 02:00 is one day. By the hour they are the local days of its start and end.
    """
    ends_at = slot.ends_at - _INSTANT
    first, last = _day(rules, slot.starts_at), _day(rules, ends_at)
    if rules.unit is not Unit.HALF_DAY:
        return DateDays(first, last)
    return DateDays(first, last, _half(rules, first, slot.starts_at), _half(rules, last, ends_at))


def _day(rules: BookingTerms, at: datetime) -> date:
    if rules.unit is Unit.HOUR:
        return local_day(at, rules.zone)
    return opening_day(rules.hours, rules.zone, at)


def _half(rules: BookingTerms, day: date, at: datetime) -> int:
    return int(at >= to_instant(rules.zone, day, rules.half_day_time))


def day_stretch(rules: BookingTerms, day: date) -> Slot:
    """Return the stretch (UTC) that belongs to a day, without gap or overlap between days.

    It is the local day; by the day and half day without the end of an opening of the day before,
    and with the end of its own opening over midnight.
    """
    starts_at, ends_at = (day_starts_at(rules.zone, one) for one in (day, day + ONE_DAY))
    if rules.unit is Unit.HOUR or not rules.hours.run_over_midnight:
        return Slot(starts_at, ends_at)
    before, here = open_days(rules.hours, rules.zone, day - ONE_DAY, day)
    if before.slots:
        starts_at = max(starts_at, before.slots[-1].ends_at)
    if here.slots:
        ends_at = max(ends_at, here.slots[-1].ends_at)
    return Slot(starts_at, ends_at)
