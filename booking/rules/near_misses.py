"""What can be requested instead where a window has no free date: near misses of a search.

A shorter date, a few days later or earlier, fewer places or people, the first or last date.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from booking.rules.alternatives import Alternative, Change
from booking.rules.date_days import days_of_date
from booking.rules.date_windows import (
    DateWindow,
    NeededLength,
    needed_length,
    only_by_whole_days,
)
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.offers import first_offer, first_offers, last_offer, longest_days, longest_free
from booking.rules.opening import Unit
from booking.rules.refusals import Refusal
from booking.rules.terms import BookingTerms, earliest_day, latest_day

#: So many days beyond the window are searched for the same, later or earlier.
DAYS_BEYOND = 14
#: So many days are searched from the first possible one, or before the last.
DAYS_FROM_FIRST = 28
_SHORTER_TRIES = 4


def near_miss_window(
    rules: BookingTerms, deadlines: Deadlines, date_window: DateWindow, now: datetime
) -> DateWindow:
    """Return the days that `near_misses` looks at, to read beforehand what is taken there."""
    in_reach = _in_reach(rules, deadlines, date_window, now)
    return in_reach[1] if in_reach else date_window.extended(DAYS_BEYOND, DAYS_BEYOND)


def _in_reach(
    rules: BookingTerms, deadlines: Deadlines, date_window: DateWindow, now: datetime
) -> tuple[Change, DateWindow] | None:
    """Return where the first or last date is to be found, where the window is too soon or too far.

    None: some of the window is neither.
    """
    earliest, latest = earliest_day(rules, deadlines, now), latest_day(rules, now)
    if earliest > date_window.last:
        last = earliest + timedelta(days=DAYS_FROM_FIRST)
        return Change.FIRST_DATE, replace(date_window, first=earliest, last=last)
    if latest is not None and latest < date_window.first:
        first = latest - timedelta(days=DAYS_FROM_FIRST)
        return Change.LAST_DATE, replace(date_window, first=first, last=latest)
    return None


def near_misses(
    snapshot: FacilitySnapshot, date_window: DateWindow, people: int | None
) -> list[Alternative]:
    """Return what can be requested instead of a date in the window; empty: nothing is near.

    `snapshot` covers the days of `near_miss_window`. What no other date would help with comes
    first: fewer people and fewer places than there can ever be, whole days instead of half days.
    All that follows is for these; they have offers of their own where nothing else is missing.
    """
    rules = snapshot.rules
    limits = []
    if people is not None and rules.people_limit is not None and people > rules.people_limit:
        limits.append(Alternative(Change.FEWER_PEOPLE, (), rules.people_limit))
    own = len(snapshot.room.own)
    if rules.allows_shared and 0 < own < date_window.places:
        limits.append(Alternative(Change.FEWER_PLACES, (), date_window.places - own))
        date_window = replace(date_window, places=own)
    if only_by_whole_days(rules, date_window.length):
        limits.append(Alternative(Change.WHOLE_DAY, ()))
    offers = first_offers(snapshot, date_window, 2) if limits else []
    if offers:
        return [*limits[:-1], replace(limits[-1], offers=offers, places=date_window.places)]
    in_time = _in_time(snapshot, date_window)
    return [*limits, *in_time] if in_time else []


def _in_time(snapshot: FacilitySnapshot, date_window: DateWindow) -> list[Alternative]:
    places = date_window.places
    in_reach = _in_reach(snapshot.rules, snapshot.deadlines, date_window, snapshot.now)
    if in_reach is not None:
        change, within = in_reach
        find = first_offer if change is Change.FIRST_DATE else last_offer
        offer = find(snapshot, within)
        return [Alternative(change, [offer], places=places)] if offer else []
    found = _shorter(snapshot, date_window)
    if not isinstance(needed_length(snapshot.rules, date_window), Refusal):
        found += _shifted(snapshot, date_window)
    found = [replace(one, places=places) for one in found]
    if places > 1 and snapshot.rules.allows_shared:
        found += _fewer_places(snapshot, date_window)
    return found


def _shorter(snapshot: FacilitySnapshot, date_window: DateWindow) -> list[Alternative]:
    for size, shorter in _shorter_sizes(snapshot, date_window):
        offer = first_offer(snapshot, date_window, size)
        if offer:
            return [replace(shorter, offers=[offer])]
    return []


def _shorter_sizes(
    snapshot: FacilitySnapshot, date_window: DateWindow
) -> Iterator[tuple[NeededLength, Alternative]]:
    """Yield shorter lengths, the longest first, each with what is missing then."""
    rules = snapshot.rules
    needed = needed_length(rules, date_window)
    if isinstance(needed, Refusal):
        wanted, most = int(str(needed.params["asked"])), int(str(needed.params["maximum"]))
        needed = NeededLength(wanted)
    else:
        wanted, most = needed.units, needed.units - 1
    fewest = rules.minimum_units or 1
    if needed.is_whole_days:
        days = min(longest_days(snapshot, date_window), needed.days - 1)
        if days > 0:
            yield (
                NeededLength(0, days),
                Alternative(Change.SHORTER, (), needed.days - days, Unit.DAY),
            )
        most = rules.maximum_units or 24
    longest = longest_free(snapshot, date_window)
    if longest is None:
        return
    most = min(longest.units, most)
    for units in range(most, max(fewest, most - _SHORTER_TRIES + 1) - 1, -1):
        if needed.is_whole_days:
            yield NeededLength(units), Alternative(Change.NOT_ALL_DAY, (), units, Unit.HOUR)
        else:
            yield NeededLength(units), _so_much_shorter(wanted - units, rules.unit, date_window)


def _so_much_shorter(number: int, unit: Unit, date_window: DateWindow) -> Alternative:
    """Return what is missing, in days where the search was for days and halves make whole ones."""
    in_days = date_window.length is not None and date_window.length.unit is Unit.DAY
    if in_days and unit is Unit.HALF_DAY and number % 2 == 0:
        return Alternative(Change.SHORTER, (), number // 2, Unit.DAY)
    return Alternative(Change.SHORTER, (), number, unit)


def _shifted(snapshot: FacilitySnapshot, date_window: DateWindow) -> list[Alternative]:
    found = []
    if later := first_offer(snapshot, date_window.extended(0, DAYS_BEYOND)):
        last = days_of_date(snapshot.rules, later[-1]).last
        found.append(Alternative(Change.LATER, [later], (last - date_window.last).days))
    if earlier := last_offer(snapshot, date_window.extended(DAYS_BEYOND, 0)):
        first = days_of_date(snapshot.rules, earlier[0]).first
        found.append(Alternative(Change.EARLIER, [earlier], (date_window.first - first).days))
    return [one for one in found if one.number > 0]


def _fewer_places(snapshot: FacilitySnapshot, date_window: DateWindow) -> list[Alternative]:
    """Return the most places that are free together for the whole length."""
    fits: Alternative | None = None
    low, high = 1, min(date_window.places - 1, len(snapshot.room.own))
    while low <= high:
        places = (low + high + 1) // 2
        offer = first_offer(snapshot, replace(date_window, places=places))
        if offer:
            missing = date_window.places - places
            fits = Alternative(Change.FEWER_PLACES, [offer], missing, places=places)
            low = places + 1
        else:
            high = places - 1
    return [fits] if fits else []
