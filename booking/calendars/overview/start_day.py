"""The day on which the calendar across facilities starts, and its axis."""

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
    relevant_hours,
)
from booking.calendars.overview.params import OverviewParams
from booking.calendars.params import in_calendar_range
from booking.calendars.rows import CalendarContext, CalendarRow
from booking.rules.opening import ONE_DAY, local_day, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, earliest_day, status_allows

# What is open as long as this does not count for the hours shown.
_ROUND_THE_CLOCK = timedelta(hours=20)
# A day with a clock change; so each day of a month is one column.
_LONGEST_DAY = timedelta(hours=25)
_SEARCH_DAYS = 14


class StartDay(NamedTuple):
    """The day the calendar starts on, and the first day that can be requested at all."""

    on: date
    first: date


def start_day(context: CalendarContext, now: datetime, zone: ZoneInfo) -> StartDay:
    """Return the first day on which at least half of these facilities can be requested.

    Facilities without such a day in the next two weeks after their lead time, and those that
    show no free times, do not count. If none are left: today.
    """
    today = local_day(now, zone)
    found = []
    for facility_id, effective in context.effective.items():
        rules = effective.rules
        if rules.mode is not BookingMode.HERE or not status_allows(rules.status):
            continue
        first = earliest_day(rules, context.deadlines_of(facility_id, now), now)
        for open_day in open_days(rules.hours, rules.zone, first, first + ONE_DAY * _SEARCH_DAYS):
            if open_day.slots and in_calendar_range(open_day.day, today):
                found.append((open_day.day, rules))
                break
    if not found:
        return StartDay(today, today)
    days = sorted({day for day, _rules in found})
    for day in days:
        ready = [rules for since, rules in found if since <= day]
        is_open = [
            rules for rules in ready if open_days(rules.hours, rules.zone, day, day)[0].slots
        ]
        if len(is_open) * 2 >= len(found):
            return StartDay(day, days[0])
    return StartDay(days[0], days[0])


def overview_axis(overview: OverviewParams, rows: Sequence[CalendarRow]) -> Axis:
    """Return the axis: quarters of an hour for a day, hours for a week, days for a month."""
    first, last = overview.days
    hours = WHOLE_DAY if overview.filters.whole_day else _hours(overview, rows)
    match overview.filters.view:
        case "week":
            return days_axis(first, last, overview.zone, hours, HOUR)
        case "month":
            return days_axis(first, last, overview.zone, WHOLE_DAY, _LONGEST_DAY)
    return days_axis(first, last, overview.zone, hours, QUARTER)


def _hours(overview: OverviewParams, rows: Sequence[CalendarRow]) -> ShownHours:
    """Return the hours in which something is open or booked, with an hour around."""
    first, last = overview.days
    found = []
    matter: set[Slot] = set()
    for row in rows:
        rules = row.effective.rules
        if row.data is None:
            continue
        if rules.hours.spans is not None:
            days = open_days(rules.hours, rules.zone, first - ONE_DAY, last + ONE_DAY)
            matter.update(slot for day in days for slot in day.slots)
        matter.update(seen.slot for seen in row.data.dates)
    short = [slot for slot in matter if slot.duration < _ROUND_THE_CLOCK]
    for number in range((last - first).days + 1):
        window = days_window(first + ONE_DAY * number, first + ONE_DAY * number, overview.zone)
        here = [slot for slot in short if slot.overlaps(window)]
        if here:
            found.append(relevant_hours(here, overview.zone, window))
    if not found:
        return relevant_hours([], overview.zone, overview.window)
    return ShownHours(min(h.first for h in found), max(h.last for h in found))
