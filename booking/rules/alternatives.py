"""What can be requested instead of dates that cannot be had: at the same facility or another."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from booking.rules.availability import free_places
from booking.rules.facility_snapshot import Dates, FacilitySnapshot
from booking.rules.near_dates import NearDates, ShiftWindow, with_slots
from booking.rules.offers import Offer
from booking.rules.opening import Unit, day_units, local_day, open_days, to_instant
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

MOST_MOVED = 20
"""Of more dates that do not work, none is moved by itself."""

_MOST_FAILURES = 5
_MOST_STEPS = 48
_INSTANT = timedelta(microseconds=1)
_LENGTH_CODES = {RefusalCode.TOO_SHORT, RefusalCode.TOO_LONG}
_PLACE_CODES = {RefusalCode.TAKEN, RefusalCode.TOO_MANY_PLACES, RefusalCode.NOT_BOOKABLE_WHOLE}


class Change(StrEnum):
    """In what an alternative differs from what was requested or searched for."""

    EARLIER = "earlier"  # number (of days), 0 on the same day
    LATER = "later"  # number (of days), 0 on the same day
    MOVED = "moved"  # of several dates only those that cannot be had
    SHORTER = "shorter"  # in a window: number (so much), unit
    LONGER = "longer"
    WHOLE_DAY = "whole_day"  # in a window: whole days instead of half days
    NOT_ALL_DAY = "not_all_day"  # number (of hours instead), unit
    FIRST_DATE = "first_date"
    LAST_DATE = "last_date"
    FEWER_PLACES = "fewer_places"  # in a window: number (so many)
    PART = "part"  # some places instead of the whole facility
    WHOLE = "whole"  # the whole facility instead of some places
    FEWER_PEOPLE = "fewer_people"  # number (at most)
    ELSEWHERE = "elsewhere"  # number (of days later; below 0 earlier)


@dataclass(frozen=True)
class Alternative:
    """One change, in numbers, and what the rules accept then.

    Each offer is for `places` places, or for the whole facility. In place of requested dates
    there is one offer with as many dates, in their order.
    """

    change: Change
    offers: Sequence[Offer]
    number: int = 0
    unit: Unit = Unit.DAY
    places: int = 1
    is_whole: bool = False

    @property
    def slots(self) -> Offer:
        """Return the dates of the first offer."""
        return self.offers[0]


def instead(change: Change, dates: Dates, number: int = 0) -> Alternative:
    """Return these dates as the alternative to as many others."""
    slots = tuple(one.slot for one in dates)
    return Alternative(change, [slots], number, places=dates[0].places, is_whole=dates[0].whole)


def alternatives_to_dates(
    snapshot: FacilitySnapshot, requested: Dates, window: ShiftWindow, *, even_if_free: bool = False
) -> list[Alternative]:
    """Return what can be requested now instead of dates that the rules refuse.

    The rules accept each, and all are different. At most two are earlier and two later, the
    nearest first, and none if another length alone is enough. Where the dates can be requested,
    none, or with `even_if_free` those that are earlier or later.
    """
    codes = reasons_by_date(snapshot, requested)
    broken = sorted(codes)
    near = NearDates(snapshot, requested, window)
    if not broken:
        every = range(len(requested))
        return _DateAlternatives(near, every).shifts() if even_if_free else []
    return _DateAlternatives(near, broken).find(set().union(*codes.values()))


def reasons_by_date(snapshot: FacilitySnapshot, requested: Dates) -> dict[int, set[RefusalCode]]:
    """Return why each date cannot be requested, by its number; those that can are left out."""
    found: dict[int, set[RefusalCode]] = {}
    for refusal in snapshot.reasons(requested):
        if refusal.date_index is not None:
            found.setdefault(refusal.date_index, set()).add(refusal.code)
    return found


class _DateAlternatives:
    """The walk over changes to some dates; those numbered in `broken` are refused."""

    def __init__(self, near: NearDates, broken: Sequence[int]) -> None:
        self._near, self._broken = near, broken
        self._snapshot, self._requested = near.snapshot, near.requested
        self._seen = {near.requested}

    def find(self, codes: Collection[RefusalCode]) -> list[Alternative]:
        """Return the alternatives to dates refused for these reasons."""
        near = self._near
        moved: list[Alternative] = []
        if len(self._requested) > 1 and len(self._broken) <= MOST_MOVED:
            moved = self._first(Change.MOVED, [self._moved()])
        found = [
            *self._first(Change.SHORTER, [self._replaced(near.shortened)]),
            *self._first(Change.LONGER, [self._replaced(near.lengthened)]),
        ]
        if found and _LENGTH_CODES.issuperset(codes):
            return [*moved, *found]
        found += self._with_other_places(codes)
        return [*moved, *self.shifts(), *found]

    def _first(
        self, change: Change, candidates: Iterable[Dates | None], limit: int = 1
    ) -> list[Alternative]:
        """Return the first of these that the rules accept; the walk stops after some failures."""
        found = self._snapshot.first_accepted(
            (one for one in candidates if one is not None),
            limit,
            is_new=lambda dates, others: dates not in self._seen and dates not in others,
            most_failures=_MOST_FAILURES,
        )
        self._seen.update(found)
        return [instead(change, dates) for dates in found]

    def shifts(self) -> list[Alternative]:
        """Return all dates earlier and later, the nearest first."""
        first = self._broken[0]
        found: list[Alternative] = []
        for change, direction in ((Change.LATER, 1), (Change.EARLIER, -1)):
            near_slots = self._near.free_near(first, direction)
            if len(self._requested) == 1:
                tries: Iterable[list[Slot] | None] = [[slot] for slot in near_slots]
            else:
                tries = self._together(self._requested[first].slot, near_slots, direction)
            candidates = (with_slots(self._requested, slots) if slots else None for slots in tries)
            found += self._first(change, candidates, limit=2)
        starts_at = self._requested[0].slot.starts_at
        found.sort(key=lambda one: abs(one.slots[0].starts_at - starts_at))
        return [replace(one, number=self._days_off(one.slots[0])) for one in found]

    def _days_off(self, slot: Slot) -> int:
        zone = self._snapshot.rules.zone
        day = local_day(self._requested[0].slot.starts_at, zone)
        return abs((local_day(slot.starts_at, zone) - day).days)

    def _together(
        self, requested: Slot, near_slots: Sequence[Slot], direction: int
    ) -> Iterator[list[Slot] | None]:
        """Return all dates shifted alike: as little as possible within their days, then by days."""
        near = self._near
        deltas = [slot.starts_at - requested.starts_at for slot in near_slots[:1]]
        deltas += [near.step * number * direction for number in range(1, _MOST_STEPS)]
        yield next((slots for delta in deltas if (slots := near.moved_within_day(delta))), None)
        yield from near.all_shifted(direction)

    def _moved(self) -> Dates | None:
        """Return the dates with each broken one at the nearest free date apart from all others."""
        rules = self._snapshot.rules
        slots = [one.slot for one in self._requested]
        kept = [_occupied(rules, s) for n, s in enumerate(slots) if n not in self._broken]
        for index in self._broken:
            for slot in self._nearest(index):
                around = _occupied(rules, slot)
                if not any(around.overlaps(other) for other in kept):
                    slots[index] = slot
                    kept.append(around)
                    break
            else:
                return None
        return with_slots(self._requested, slots)

    def _nearest(self, index: int) -> list[Slot]:
        starts_at = self._requested[index].slot.starts_at
        found = [slot for direction in (1, -1) for slot in self._near.free_near(index, direction)]
        return sorted(found, key=lambda slot: abs(slot.starts_at - starts_at))

    def _replaced(self, change: Callable[[int], Slot | None]) -> Dates | None:
        """Return the dates with each broken one changed; None: one cannot be."""
        slots = [one.slot for one in self._requested]
        for index in self._broken:
            slot = change(index)
            if slot is None:
                return None
            slots[index] = slot
        return with_slots(self._requested, slots)

    def _with_other_places(self, codes: Collection[RefusalCode]) -> list[Alternative]:
        """Return the same dates for the whole, or for as many places as are free at all of them."""
        rules, requested = self._snapshot.rules, self._requested
        found: list[Alternative] = []
        if RefusalCode.NOT_BOOKABLE_BY_PLACE in codes and rules.allows_exclusive:
            whole = tuple(replace(one, whole=True) for one in requested)
            found = self._first(Change.WHOLE, [whole])
        if found or not _PLACE_CODES.intersection(codes) or not rules.allows_shared:
            return found
        room = self._snapshot.room
        free = min(free_places(room, _occupied(rules, one.slot)) for one in requested)
        change = Change.PART
        if not requested[0].whole:
            change = Change.FEWER_PLACES
            free = min(free, requested[0].places - 1)
        if free < 1:
            return []
        return self._first(change, [tuple(replace(r, whole=False, places=free) for r in requested)])


def _occupied(rules: BookingTerms, slot: Slot) -> Slot:
    """Return the date with its set-up and clean-up."""
    return slot.widened(rules.setup_minutes, rules.cleanup_minutes)


def slot_there(here: BookingTerms, slot: Slot, there: BookingTerms) -> Slot | None:
    """Return the date on the same local days and, by the hour, at the same wall time there.

    By days or half days it is all units that the date touches. A requested day becomes the whole
    opening there, or as much of it as one date may have. None: nothing there is like it.
    """
    starts = slot.starts_at.astimezone(here.zone)
    ends = (slot.ends_at - _INSTANT).astimezone(here.zone)
    if here.unit is Unit.HOUR and there.unit is Unit.HOUR:
        starts_at = to_instant(there.zone, starts.date(), starts.time())
        return Slot(starts_at, starts_at + slot.duration)
    wanted = Slot(
        to_instant(there.zone, starts.date(), starts.time()),
        to_instant(there.zone, ends.date(), ends.time()) + _INSTANT,
    )
    days = open_days(there.hours, there.zone, starts.date(), ends.date())
    if there.unit is not Unit.HOUR:
        units = day_units(days, there.unit, there.zone, there.half_day_time)
        touched = [unit.slot for unit in units if unit.slot.overlaps(wanted)]
        return Slot(touched[0].starts_at, touched[-1].ends_at) if touched else None
    if len(days) > 1 or len(days[0].slots) != 1:
        return None
    (opening,) = days[0].slots
    wanted = opening if here.unit is Unit.DAY else opening.intersection(wanted) or opening
    if there.maximum_units is not None:
        longest = wanted.starts_at + timedelta(hours=there.maximum_units)
        wanted = Slot(wanted.starts_at, min(wanted.ends_at, longest))
    return wanted


def alternative_there(
    snapshot: FacilitySnapshot, requested: Dates, window: ShiftWindow
) -> Alternative | None:
    """Return the dates there, its number the days by which they shift; None: none near fit.

    `requested` are what `slot_there` made of the dates. The same days come first, then all of them
    later or earlier, the nearest first. No date is ever longer or shorter.
    """
    near = NearDates(snapshot, requested, window)
    if near.changes_lengths:
        return None
    for shift in window.all_shifts():
        slots = near.shifted(shift)
        dates = with_slots(requested, slots) if slots else None
        if dates and snapshot.accepts(dates):
            return instead(Change.ELSEWHERE, dates, shift)
    return None


def extent_there(
    requested: RequestedDate, rules: BookingTerms, *, had_choice: bool
) -> RequestedDate | None:
    """Return as much of another facility as was requested, or None: it cannot be had there.

    Where there was no choice but the whole, a part will do; where there was one, somebody who
    wanted the whole gets the whole or nothing.
    """
    if requested.whole:
        if rules.allows_exclusive:
            return requested
        will_do = rules.allows_shared and not had_choice
        return replace(requested, whole=False, places=1) if will_do else None
    if rules.allows_shared:
        return requested
    will_do = rules.allows_exclusive and requested.places == 1
    return replace(requested, whole=True) if will_do else None
