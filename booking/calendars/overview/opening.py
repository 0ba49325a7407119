"""The axis of the calendar across facilities, and the day on which it opens."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.calendars.drawing.axis import (
    HOUR,
    QUARTER,
    WHOLE_DAY,
    Axis,
    ShownHours,
    days_axis,
    days_window,
    hours_that_matter,
)
from booking.calendars.overview.params import Across
from booking.calendars.params import in_reach
from booking.calendars.rows import Basis, CalendarRow
from booking.rules.opening import ONE_DAY, local_day, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, earliest_day, status_allows

# What is open so long says nothing of when people are about.
_ROUND_THE_CLOCK = timedelta(hours=20)
# With the clock change in it; so each day of a month is one column.
_LONGEST_DAY = timedelta(hours=25)
_LOOK_DAYS = 14


class Opening(NamedTuple):
    """The day on which the calendar opens, and the first on which anything can be asked for."""

    on: date
    first: date


def opening_day(basis: Basis, now: datetime, zone: ZoneInfo) -> Opening:
    """Return the first day on which at least half of these can be asked for and are open.

    Those with no such day in the weeks to come, or that promise no times, do not count. Today
    where there is none at all.
    """
    today = local_day(now, zone)
    found = []
    for facility_id, effective in basis.effective.items():
        rules = effective.rules
        if rules.mode is not BookingMode.HERE or not status_allows(rules.status):
            continue
        first = earliest_day(rules, basis.deadlines_of(facility_id, now), now)
        for open_day in open_days(rules.hours, rules.zone, first, first + ONE_DAY * _LOOK_DAYS):
            if open_day.slots and in_reach(open_day.day, today):
                found.append((open_day.day, rules))
                break
    if not found:
        return Opening(today, today)
    days = sorted({day for day, _rules in found})
    for day in days:
        ready = [rules for since, rules in found if since <= day]
        is_open = [
            rules for rules in ready if open_days(rules.hours, rules.zone, day, day)[0].slots
        ]
        if len(is_open) * 2 >= len(found):
            return Opening(day, days[0])
    return Opening(days[0], days[0])


def axis_of(across: Across, rows: Sequence[CalendarRow]) -> Axis:
    """Return the axis: quarters of a day, hours of a week, days of a month."""
    first, last = across.days
    hours = WHOLE_DAY if across.asked.whole_day else _hours(across, rows)
    match across.asked.view:
        case "week":
            return days_axis(first, last, across.zone, hours, HOUR)
        case "month":
            return days_axis(first, last, across.zone, WHOLE_DAY, _LONGEST_DAY)
    return days_axis(first, last, across.zone, hours, QUARTER)


def _hours(across: Across, rows: Sequence[CalendarRow]) -> ShownHours:
    """Return the hours in which something opens or is booked, with an hour around."""
    first, last = across.days
    found = []
    matter: set[Slot] = set()
    for row in rows:
        rules = row.effective.rules
        if row.facts is None:
            continue
        if rules.hours.spans is not None:
            days = open_days(rules.hours, rules.zone, first - ONE_DAY, last + ONE_DAY)
            matter.update(slot for day in days for slot in day.slots)
        matter.update(seen.slot for seen in row.facts.dates)
    short = [slot for slot in matter if slot.duration < _ROUND_THE_CLOCK]
    for number in range((last - first).days + 1):
        window = days_window(first + ONE_DAY * number, first + ONE_DAY * number, across.zone)
        here = [slot for slot in short if slot.overlaps(window)]
        if here:
            found.append(hours_that_matter(here, across.zone, window))
    if not found:
        return hours_that_matter([], across.zone, across.window)
    return ShownHours(min(h.first for h in found), max(h.last for h in found))
