"""The dates asked for at one facility, as they would be at another with rules of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from booking.rules.alternatives import Change, Option
from booking.rules.facility_snapshot import FacilitySnapshot, SearchWindow
from booking.rules.near_dates import NearDates, with_slots
from booking.rules.opening import Unit, day_units, open_days, to_instant
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_INSTANT = timedelta(microseconds=1)


def slot_there(here: BookingTerms, slot: Slot, there: BookingTerms) -> Slot | None:
    """Return the date on the same local days and, by the hour, at the same wall time there.

    In days or half days it is all that it touches. A day that was asked for becomes the whole
    opening there, or what of it may be asked for at once. None: nothing there is like it.
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


def option_there(
    ground: FacilitySnapshot, asks: Sequence[RequestedDate], now: datetime, look: SearchWindow
) -> tuple[Option, int] | None:
    """Return the dates there and by how many days they are shifted, or None: none near fit.

    `asks` are what `slot_there` made of the dates. The same days come first, then all of them
    later or earlier, the nearest first. No date is ever longer or shorter.
    """
    near = NearDates(ground, asks, now, look)
    if near.changes_lengths:
        return None
    shifts = sorted(range(look.shift - look.days, look.shift + look.days + 1), key=_nearness)
    for shift in shifts:
        slots = near.shifted(shift)
        if slots is None:
            continue
        found = with_slots(asks, slots)
        if ground.accepts(found, now):
            return Option(Change.FACILITY, found), shift
    return None


def _nearness(shift: int) -> tuple[int, bool]:
    return abs(shift), shift < 0


def extent_there(
    ask: RequestedDate, rules: BookingTerms, *, had_choice: bool
) -> RequestedDate | None:
    """Return as much of another facility as was asked for, or None: it cannot be had there.

    Who could only ask for all of it may do with a part; who could choose and wanted nobody
    beside them gets all of it or nothing.
    """
    if ask.whole:
        if rules.allows_exclusive:
            return ask
        return (
            replace(ask, whole=False, places=1) if rules.allows_shared and not had_choice else None
        )
    if rules.allows_shared:
        return ask
    return replace(ask, whole=True) if rules.allows_exclusive and ask.places == 1 else None
