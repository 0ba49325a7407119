"""Time set aside for named organisations: when it is, until when it is kept, on which places."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.availability import Room
from booking.rules.closure_times import ClosingFaultCode, PlannedClosure, closed_times
from booking.rules.opening import day_starts_at, local_day
from booking.rules.slots import Slot


@dataclass(frozen=True)
class PlannedSetAside:
    """Time to set aside as typed, in wall time of the facility.

    Days and times are read as those of a closure that does not repeat. From the beginning of
    `release_day` on it is free for all; None: it is kept to its end. `places` None: the whole.
    """

    first_day: date
    last_day: date | None = None
    starts_time: time | None = None
    ends_time: time | None = None
    release_day: date | None = None
    places: int | None = None


class SetAsideFaultCode(StrEnum):
    """What is wrong with time to set aside; in brackets the params that come with it."""

    BEGINS_IN_PAST = "begins_in_past"  # today
    OVER_ALREADY = "over_already"
    END_BEFORE_START = "end_before_start"
    TOO_FAR = "too_far"  # latest: the last day that it may reach
    RELEASE_IN_PAST = "release_in_past"  # today
    RELEASE_AFTER_END = "release_after_end"
    TOO_MANY_PLACES = "too_many_places"  # own: how many there are
    NO_PLACES = "no_places"


@dataclass(frozen=True)
class SetAsideFault:
    """One thing that is wrong, at one field of `PlannedSetAside`."""

    field: str
    code: SetAsideFaultCode
    params: Mapping[str, int | date] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class SetAsideTimes:
    """When time is set aside, and the instant from which it is free for all (UTC)."""

    slot: Slot
    kept_until: datetime


def set_aside_times(
    planned: PlannedSetAside, zone: ZoneInfo, own_places: int, now: datetime
) -> tuple[SetAsideTimes | None, list[SetAsideFault]]:
    """Return the times, or None and all faults. They begin now at the earliest."""
    closing = PlannedClosure(
        planned.first_day, planned.last_day, planned.starts_time, planned.ends_time
    )
    closed, found = closed_times(closing, zone, now)
    faults = [
        SetAsideFault(one.field, SetAsideFaultCode(one.code.value), one.params)
        for one in found
        if isinstance(one.code, ClosingFaultCode)
    ]
    slot = Slot(closed[0].starts_at, closed[0].ends_at or closed[0].starts_at) if closed else None
    kept_until = slot.ends_at if slot else None
    if planned.release_day is not None:
        today = local_day(now, zone)
        kept_until = day_starts_at(zone, planned.release_day)
        if kept_until <= now:
            code = SetAsideFaultCode.RELEASE_IN_PAST
            faults.append(SetAsideFault("release_day", code, {"today": today}))
        elif slot and kept_until > slot.ends_at:
            faults.append(SetAsideFault("release_day", SetAsideFaultCode.RELEASE_AFTER_END))
    if planned.places is not None and planned.places > own_places:
        params = {"own": own_places}
        faults.append(SetAsideFault("places", SetAsideFaultCode.TOO_MANY_PLACES, params))
    if planned.places is not None and planned.places < 1:
        faults.append(SetAsideFault("places", SetAsideFaultCode.NO_PLACES))
    if slot is None or kept_until is None or faults:
        return None, faults
    return SetAsideTimes(slot, kept_until), []


def places_to_set_aside(
    room: Room, slot: Slot, places: int | None, named: Mapping[int, Sequence[Slot]]
) -> list[int] | None:
    """Return the ids of the places to set aside for `slot`, or None if others have too many.

    `room` has what all others have: dates of who is not named, and time set aside before. `named`
    is what named organisations have, by place; places with least of it are taken first. `places`
    None: all own places and all below.
    """
    wanted = room.own + room.below if places is None else room.own
    free = [
        place_id
        for place_id in wanted
        if not any(one.overlaps(slot) for one in room.taken.get(place_id, ()))
    ]
    if places is None:
        return free if free and len(free) == len(wanted) else None
    if len(free) < places:
        return None

    def dates_on(place_id: int) -> int:
        return sum(one.overlaps(slot) for one in named.get(place_id, ()))

    return sorted(free, key=dates_on)[:places]
