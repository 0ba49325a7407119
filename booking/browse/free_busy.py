"""When one facility is free and busy, day by day, for whoever may see its calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from booking.availability.checks import check_context
from booking.browse.detail import first_free_dates
from booking.errors import NotFound
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.queries import get_facility
from booking.rules.drawn_days import DayState, day_states
from booking.rules.opening import ONE_DAY, day_starts_at
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class FreeBusy:
    """The days asked about, and the rules under which they can be asked for.

    `next_free` are the first free dates of the shortest length from now on, whatever days are
    asked about.
    """

    rules: BookingTerms
    days: Sequence[DayState]
    next_free: Sequence[Slot]


def times_of(slug: str, first: date, last: date, viewer: Viewer, now: datetime) -> FreeBusy:
    """Return the local days of the facility from `first` to `last`, both inclusive.

    Raises:
        NotFound: there is none, or its calendar is not for the viewer, or it has none to show.
    """
    facility = get_facility(slug)
    if not sees_calendar(facility, viewer):
        raise NotFound("calendar")
    zone = ZoneInfo(facility.cluster.time_zone)
    window = Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))
    facts = check_context(
        facility.id, [window], now, whole=not facility.allows_shared, viewer=viewer
    )
    rules = facts.effective.rules
    if rules.mode is not BookingMode.HERE:
        raise NotFound("calendar")
    return FreeBusy(
        rules,
        day_states(rules, facts.deadlines, facts.room, facts.closures, first, last, now),
        first_free_dates(facility.id, rules, facts.deadlines, viewer, now),
    )
