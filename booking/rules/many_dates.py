"""Why the dates of one booking cannot be requested together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate

from booking.rules.availability import Room, assign, unavailable_slots, with_assignments
from booking.rules.deadlines import Deadlines
from booking.rules.reasons import why_not
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

MAX_DATES = 200
MAX_DATES_SIGNED_OUT = 60
"""Every week of a year fits; more is work that anybody could make the server do."""
MAX_OCCUPANCIES = 5000


def why_not_all(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    requested_dates: Sequence[RequestedDate],
    now: datetime,
    *,
    ignore: frozenset[RefusalCode] = frozenset(),
    by_place: Sequence[Slot] | None = None,
) -> list[Refusal]:
    """Return all refusals for the dates of one booking, with `date_index` from 0.

    Dates take places in order. A date that would fit alone but not with an earlier one gets
    DATES_OVERLAP. With too many dates or occupancies that is the only refusal, without index.
    `by_place` are the closures that concern dates by place; None: all that there are. The other
    arguments are those of `why_not`.
    """
    if len(requested_dates) > MAX_DATES:
        return [_too_many(RefusalCode.TOO_MANY_DATES, MAX_DATES, len(requested_dates))]
    occupancies = sum(_places_at_least(room, requested_date) for requested_date in requested_dates)
    if occupancies > MAX_OCCUPANCIES:
        return [_too_many(RefusalCode.TOO_MANY_OCCUPANCIES, MAX_OCCUPANCIES, occupancies)]
    found: list[Refusal] = []
    filling = room
    occupancies = 0
    occupied = [_occupied(rules, requested_date) for requested_date in requested_dates]
    for index, requested_date in enumerate(requested_dates):
        near = closures if requested_date.whole or by_place is None else by_place
        reasons = why_not(rules, deadlines, room, near, requested_date, now, ignore=ignore)
        found += [replace(reason, date_index=index) for reason in reasons]
        if not requested_date.whole and not 1 <= requested_date.places <= len(room.own):
            continue
        occupancy = occupied[index]
        assignments = assign(filling, occupancy, requested_date.places, requested_date.whole)
        if assignments is not None:
            occupancies += len(assignments)
            filling = replace(filling, taken=with_assignments(filling.taken, assignments))
        elif not unavailable_slots(room, occupancy, requested_date.places, requested_date.whole):
            found += _dates_overlap(occupied, index)
    if occupancies > MAX_OCCUPANCIES:
        return [_too_many(RefusalCode.TOO_MANY_OCCUPANCIES, MAX_OCCUPANCIES, occupancies)]
    return [refusal for refusal in found if refusal.code not in ignore]


def _too_many(code: RefusalCode, limit: int, asked: int) -> Refusal:
    return Refusal(code, {"limit": limit, "asked": asked})


def _places_at_least(room: Room, requested_date: RequestedDate) -> int:
    if requested_date.whole:
        return len(room.own) + len(room.below)
    return min(max(requested_date.places, 0), len(room.own))


def _occupied(rules: BookingTerms, requested_date: RequestedDate) -> Slot:
    return requested_date.slot.widened(rules.setup_minutes, rules.cleanup_minutes)


def _dates_overlap(occupied: Sequence[Slot], index: int) -> list[Refusal]:
    for other in range(index):
        # Asked first: making the common slot costs far more.
        shared = (
            occupied[index].intersection(occupied[other])
            if occupied[index].overlaps(occupied[other])
            else None
        )
        if shared is not None:
            return [Refusal(RefusalCode.DATES_OVERLAP, {"other": other, "slot": shared}, index)]
    return []


def overlap_each_other(
    rules: BookingTerms, own_places: int, requested_dates: Sequence[RequestedDate]
) -> bool:
    """Return whether these dates do not even fit together where nothing else is taken.

    It reads no calendar: what is taken, open or closed does not count.
    """
    changes = []
    for one in requested_dates:
        occupied = _occupied(rules, one)
        places = max(own_places, 1) if one.whole else one.places
        changes += [(occupied.ends_at, -places), (occupied.starts_at, places)]
    changes.sort()  # what ends frees its places before anything begins
    return max(accumulate(places for _, places in changes), default=0) > max(own_places, 1)
