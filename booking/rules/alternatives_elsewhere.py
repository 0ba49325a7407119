"""The dates requested at one facility, as they would be at another with rules of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from booking.rules.alternatives import Alternative, Change, instead
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.near_dates import NearDates, ShiftWindow, with_slots
from booking.rules.opening import Unit, atoms, instant, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_INSTANT = timedelta(microseconds=1)


def slot_there(here: BookingTerms, slot: Slot, there: BookingTerms) -> Slot | None:
    """Return the date on the same local days and, by the hour, at the same wall time there.

    By days or half days it is all units that the date touches. A requested day becomes the whole
    opening there, or as much of it as one date may have. None: nothing there is like it.
    """
    starts = slot.starts_at.astimezone(here.zone)
    ends = (slot.ends_at - _INSTANT).astimezone(here.zone)
    if here.unit is Unit.HOUR and there.unit is Unit.HOUR:
        starts_at = instant(there.zone, starts.date(), starts.time())
        return Slot(starts_at, starts_at + slot.duration)
    wanted = Slot(
        instant(there.zone, starts.date(), starts.time()),
        instant(there.zone, ends.date(), ends.time()) + _INSTANT,
    )
    days = open_days(there.hours, there.zone, starts.date(), ends.date())
    if there.unit is not Unit.HOUR:
        units = atoms(days, there.unit, there.zone, there.half_day_time)
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
    snapshot: FacilitySnapshot,
    requested: Sequence[RequestedDate],
    now: datetime,
    window: ShiftWindow,
) -> Alternative | None:
    """Return the dates there, its number the days by which they shift; None: none near fit.

    `requested` are what `slot_there` made of the dates. The same days come first, then all of them
    later or earlier, the nearest first. No date is ever longer or shorter.
    """
    near = NearDates(snapshot, requested, now, window)
    if near.changes_lengths:
        return None
    for shift in window.all_shifts():
        slots = near.shifted(shift)
        dates = with_slots(requested, slots) if slots else None
        if dates and snapshot.accepts(dates, now):
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
