"""What almost fits: a shorter date, a few days later or earlier, fewer places, the first day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.opening import Unit, local_day
from booking.rules.refusals import Refusal
from booking.rules.terms import BookingTerms, earliest_day, latest_day
from booking.search.criteria import DateWindow, NeededLength, moved, needed_length
from booking.search.first_free import Offer, first_offers, last_offer, longest_days, longest_free

#: How many days beyond the window are looked at for the same, later or earlier.
DAYS_BEYOND = 14
#: How many days from the first possible one, where the whole window is too soon.
DAYS_FROM_FIRST = 28
_SHORTER_TRIES = 4
_INSTANT = timedelta(microseconds=1)


class NearMissKind(StrEnum):
    """What is missing for a date to fit."""

    SHORTER = "shorter"  # number (so much), unit
    NOT_ALL_DAY = "not_all_day"  # number (of hours instead), unit
    EARLIER = "earlier"  # number (of days)
    LATER = "later"  # number (of days)
    FEWER_PLACES = "fewer_places"  # number (so many)
    FIRST_DATE = "first_date"
    LAST_DATE = "last_date"
    FEWER_PEOPLE = "fewer_people"  # number (at most)


@dataclass(frozen=True)
class NearMiss:
    """One thing that is missing, in numbers, and what could be asked for then.

    The offers are for so many `places`.
    """

    kind: NearMissKind
    offers: Sequence[Offer]
    number: int = 0
    unit: Unit = Unit.DAY
    places: int = 1


def near_miss_window(
    rules: BookingTerms, deadlines: Deadlines, date_window: DateWindow, now: datetime
) -> DateWindow:
    """Return the days that `near_misses` looks at, to read what is taken there beforehand."""
    first, last = date_window.first, date_window.last
    earliest, latest = earliest_day(rules, deadlines, now), latest_day(rules, now)
    if earliest > last:
        last = earliest + timedelta(days=DAYS_FROM_FIRST)
    elif latest is not None and latest < first:
        first = latest - timedelta(days=DAYS_FROM_FIRST)
    return moved(replace(date_window, first=first, last=last), DAYS_BEYOND, DAYS_BEYOND)


def near_misses(
    snapshot: FacilitySnapshot, date_window: DateWindow, people: int | None, now: datetime
) -> list[NearMiss]:
    """Return what is missing, each with what could be asked for then; none: nothing near.

    `snapshot` covers the days of `near_miss_window`. Too many people or places come first, and all
    that follows is for fewer; they have offers of their own where nothing else is missing.
    """
    rules = snapshot.rules
    limits = []
    if people is not None and rules.people_limit is not None and people > rules.people_limit:
        limits.append(NearMiss(NearMissKind.FEWER_PEOPLE, (), rules.people_limit))
    own = len(snapshot.room.own)
    if rules.allows_shared and 0 < own < date_window.places:
        limits.append(NearMiss(NearMissKind.FEWER_PLACES, (), date_window.places - own))
        date_window = replace(date_window, places=own)
    offers = first_offers(snapshot, date_window, now, 2) if limits else []
    if offers:
        return [*limits[:-1], replace(limits[-1], offers=offers, places=date_window.places)]
    in_time = _in_time(snapshot, date_window, now)
    return [*limits, *in_time] if in_time else []


def _in_time(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> list[NearMiss]:
    out_of_reach = _out_of_reach(snapshot, date_window, now)
    if out_of_reach is not None:
        return [replace(one, places=date_window.places) for one in out_of_reach]
    found = _shorter(snapshot, date_window, now)
    if not isinstance(needed_length(snapshot.rules, date_window), Refusal):
        found += [*_later(snapshot, date_window, now), *_earlier(snapshot, date_window, now)]
    found = [replace(one, places=date_window.places) for one in found]
    if date_window.places > 1 and snapshot.rules.allows_shared:
        found += _fewer_places(snapshot, date_window, now)
    return found


def _out_of_reach(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime
) -> list[NearMiss] | None:
    """Return the first or last date there is where the window is too soon or too far."""
    rules = snapshot.rules
    earliest, latest = earliest_day(rules, snapshot.deadlines, now), latest_day(rules, now)
    if earliest > date_window.last:
        ahead = replace(
            date_window, first=earliest, last=earliest + timedelta(days=DAYS_FROM_FIRST)
        )
        offers = first_offers(snapshot, ahead, now, 1)
        return [NearMiss(NearMissKind.FIRST_DATE, offers)] if offers else []
    if latest is not None and latest < date_window.first:
        before = replace(date_window, first=latest - timedelta(days=DAYS_FROM_FIRST), last=latest)
        offer = last_offer(snapshot, before, now)
        return [NearMiss(NearMissKind.LAST_DATE, [offer])] if offer else []
    return None


def _shorter(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> list[NearMiss]:
    for size, missing in _shorter_sizes(snapshot, date_window, now):
        offers = first_offers(snapshot, date_window, now, 1, size)
        if offers:
            return [replace(missing, offers=offers)]
    return []


def _shorter_sizes(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime
) -> Iterator[tuple[NeededLength, NearMiss]]:
    """Yield shorter sizes, the longest first, each with what is missing then."""
    rules = snapshot.rules
    needed = needed_length(rules, date_window)
    if isinstance(needed, Refusal):
        asked, most = int(str(needed.params["asked"])), int(str(needed.params["maximum"]))
        needed = NeededLength(asked)
    else:
        asked, most = needed.units, needed.units - 1
    fewest = rules.minimum_units or 1
    if needed.is_whole_days:
        days = min(longest_days(snapshot, date_window, now), needed.days - 1)
        if days > 0:
            yield (
                NeededLength(0, days),
                NearMiss(NearMissKind.SHORTER, (), needed.days - days, Unit.DAY),
            )
        most = rules.maximum_units or 24
    longest = longest_free(snapshot, date_window, now)
    if longest is None:
        return
    most = min(longest.units, most)
    for units in range(most, max(fewest, most - _SHORTER_TRIES + 1) - 1, -1):
        if needed.is_whole_days:
            yield NeededLength(units), NearMiss(NearMissKind.NOT_ALL_DAY, (), units, Unit.HOUR)
        else:
            yield NeededLength(units), _so_much_shorter(asked - units, rules.unit, date_window)


def _so_much_shorter(number: int, unit: Unit, date_window: DateWindow) -> NearMiss:
    """Return what is missing, in days where days were asked for and halves make whole ones."""
    in_days = date_window.length is not None and date_window.length.unit is Unit.DAY
    if in_days and unit is Unit.HALF_DAY and number % 2 == 0:
        return NearMiss(NearMissKind.SHORTER, (), number // 2, Unit.DAY)
    return NearMiss(NearMissKind.SHORTER, (), number, unit)


def _later(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> list[NearMiss]:
    offers = first_offers(snapshot, moved(date_window, 0, DAYS_BEYOND), now, 1)
    if not offers:
        return []
    last = local_day(offers[0][-1].ends_at - _INSTANT, snapshot.rules.zone)
    days = (last - date_window.last).days
    return [NearMiss(NearMissKind.LATER, offers, days)] if days > 0 else []


def _earlier(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> list[NearMiss]:
    offer = last_offer(snapshot, moved(date_window, DAYS_BEYOND, 0), now)
    if offer is None:
        return []
    days = (date_window.first - local_day(offer[0].starts_at, snapshot.rules.zone)).days
    return [NearMiss(NearMissKind.EARLIER, [offer], days)] if days > 0 else []


def _fewer_places(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime
) -> list[NearMiss]:
    """Return the most places that are free together for the whole length."""
    fits: list[Offer] = []
    places = 0
    low, high = 1, min(date_window.places - 1, len(snapshot.room.own))
    while low <= high:
        middle = (low + high + 1) // 2
        offers = first_offers(snapshot, replace(date_window, places=middle), now, 1)
        if offers:
            fits, places, low = offers, middle, middle + 1
        else:
            high = middle - 1
    missing = date_window.places - places
    return [NearMiss(NearMissKind.FEWER_PLACES, fits, missing, places=places)] if fits else []
