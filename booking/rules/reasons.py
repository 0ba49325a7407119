"""Why a date cannot be requested: the one answer for pages, services and search.

Times are checked against opening hours, closures and what is taken. Set-up and clean-up may be
outside opening hours, but not in a closure or in taken time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from booking.rules.availability import (
    Room,
    free_places,
    unavailable_slots,
)
from booking.rules.date_days import days_of_date
from booking.rules.deadlines import Deadlines
from booking.rules.grid import on_grid
from booking.rules.opening import (
    ONE_DAY,
    OpenDay,
    Unit,
    day_starts_at,
    day_units,
    local_day,
    merged_openings,
    open_days,
)
from booking.rules.refusals import Param, Refusal, RefusalCode
from booking.rules.slots import Slot, merge
from booking.rules.terms import (
    FARTHEST_DAYS,
    LONGEST_DAYS,
    BookingMode,
    BookingTerms,
    RequestedDate,
    broken_terms,
    earliest_day,
    farthest_at,
    horizon_at,
    latest_day,
    lead_day,
    reach,
    status_allows,
)

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
_LONG_AGO = timedelta(days=366)
# And the hour of a clock change.
_LONGEST = timedelta(days=LONGEST_DAYS, hours=1)


def units_of(rules: BookingTerms, slot: Slot) -> int:
    """Return the length of the slot in units: hours rounded up, or the open units it touches."""
    if rules.unit is Unit.HOUR:
        return -(-slot.duration // _HOUR)
    units = day_units(_days_around(rules, slot), rules.unit, rules.zone, rules.half_day_time)
    return sum(unit.slot.overlaps(slot) for unit in units)


def why_not(
    rules: BookingTerms,
    deadlines: Deadlines,
    room: Room,
    closures: Sequence[Slot],
    requested: RequestedDate,
    now: datetime,
    *,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> list[Refusal]:
    """Return all reasons why the date cannot be requested, in the order of `RefusalCode`.

    An empty list means that it can. `closures` are those of the facility and all above it, for a
    whole booking also of all below. Codes in `ignore` are left out: own use and bookings on
    behalf ignore lead time, due day and horizon; a viewer who may not see the calendar gets no
    TAKEN. `room` must not contain what this date itself already holds.
    """
    if rules.mode is BookingMode.ELSEWHERE and RefusalCode.BOOKED_ELSEWHERE not in ignore:
        return [Refusal(RefusalCode.BOOKED_ELSEWHERE)]
    senseless = _out_of_all_bounds(rules, requested.slot, now)
    if senseless is not None:
        return [senseless]
    found = _status_refusals(rules)
    found += _timing(rules, deadlines, requested.slot, now, ignore)
    if requested.slot.duration > _LONGEST:
        # Opening hours are not worked out: for 200 dates of ten years that takes many seconds.
        found.append(
            _wrong_length(
                RefusalCode.TOO_LONG,
                "maximum",
                LONGEST_DAYS,
                -(-requested.slot.duration // ONE_DAY),
                Unit.DAY,
            )
        )
        return [refusal for refusal in found if refusal.code not in ignore]
    found += _closures(rules, closures, requested.slot)
    if rules.mode is not BookingMode.BY_AGREEMENT:
        found += _opening(rules, requested.slot)
        found += _length(rules, requested.slot)
    found += _places(rules, room, requested)
    if requested.people is not None and requested.people < 1:
        found.append(Refusal(RefusalCode.NO_PEOPLE))
    found += broken_terms(rules, requested)
    return [refusal for refusal in found if refusal.code not in ignore]


def _out_of_all_bounds(rules: BookingTerms, slot: Slot, now: datetime) -> Refusal | None:
    # No exception lifts these, so the hours of the year 9999 need not be worked out.
    if slot.starts_at < now - _LONG_AGO:
        return Refusal(RefusalCode.IN_THE_PAST)
    if slot.ends_at > farthest_at(now):
        latest = latest_day(rules, now) or local_day(now, rules.zone) + ONE_DAY * FARTHEST_DAYS
        return _beyond_horizon(rules, slot, latest, now)
    return None


def _status_refusals(rules: BookingTerms) -> list[Refusal]:
    found = []
    if not status_allows(rules.status):
        found.append(Refusal(RefusalCode.CLOSED_STATUS, {"status": rules.status}))
    if not rules.has_deciders:
        found.append(Refusal(RefusalCode.NOBODY_ANSWERS))
    return found


def _timing(
    rules: BookingTerms,
    deadlines: Deadlines,
    slot: Slot,
    now: datetime,
    ignore: frozenset[RefusalCode],
) -> list[Refusal]:
    found = []
    if slot.starts_at < now:
        found.append(Refusal(RefusalCode.IN_THE_PAST))
    elif slot.starts_at < reach(rules, deadlines, now, ignore).from_at:
        # One refusal only: `earliest` already respects both bounds.
        earliest = earliest_day(rules, deadlines, now)
        lead_at = day_starts_at(rules.zone, lead_day(rules, now))
        lead_counts = RefusalCode.TOO_LATE not in ignore and not rules.late_asking
        if slot.starts_at < lead_at and lead_counts:
            days = rules.lead_time_days or 0
            asked = (local_day(slot.starts_at, rules.zone) - local_day(now, rules.zone)).days
            params: dict[str, Param] = {"earliest": earliest, "days": days, "asked": asked}
            found.append(Refusal(RefusalCode.TOO_LATE, params))
        else:
            found.append(Refusal(RefusalCode.DUE_ALREADY, {"earliest": earliest}))
    latest = latest_day(rules, now)
    until_at = horizon_at(rules, now)
    if latest is not None and until_at is not None and slot.ends_at > until_at:
        found.append(_beyond_horizon(rules, slot, latest, now))
    return found


def _beyond_horizon(rules: BookingTerms, slot: Slot, latest: date, now: datetime) -> Refusal:
    params: dict[str, Param] = {"latest": latest}
    if rules.horizon_days is not None:
        last_day = local_day(slot.ends_at - _INSTANT, rules.zone)
        asked = (last_day - local_day(now, rules.zone)).days
        # An opening over midnight still belongs to the latest day.
        params |= {"days": rules.horizon_days, "asked": max(asked, rules.horizon_days + 1)}
    return Refusal(RefusalCode.BEYOND_HORIZON, params)


def _opening(rules: BookingTerms, slot: Slot) -> list[Refusal]:
    days = _days_around(rules, slot)
    if rules.unit is Unit.HOUR:
        open_slots = merged_openings(days)
        fits = any(open_slot.contains(slot) for open_slot in open_slots)
        starts_well = any(o.starts_at <= slot.starts_at < o.ends_at for o in open_slots)
    else:
        units = [unit.slot for unit in day_units(days, rules.unit, rules.zone, rules.half_day_time)]
        starts_well = any(unit.starts_at == slot.starts_at for unit in units)
        fits = starts_well and any(unit.ends_at == slot.ends_at for unit in units)
    found = []
    if not fits:
        wrong_at = slot.ends_at - _INSTANT if starts_well else slot.starts_at
        found.append(_not_open(rules, days, local_day(wrong_at, rules.zone)))
    if rules.unit is Unit.HOUR and not (
        on_grid(slot.starts_at, rules.zone, rules.step_minutes)
        and not slot.duration % timedelta(minutes=rules.step_minutes)
    ):
        found.append(Refusal(RefusalCode.OFF_GRID, {"step": rules.step_minutes}))
    return found


def _not_open(rules: BookingTerms, days: Sequence[OpenDay], day: date) -> Refusal:
    params: dict[str, Param] = {"day": day, "unit": rules.unit.value}
    for open_day in days:
        if open_day.day == day:
            params |= {f"hours_{n}": slot for n, slot in enumerate(open_day.slots, start=1)}
    holiday = rules.hours.holiday_on(day)
    if holiday is not None:
        params["holiday"] = holiday
    return Refusal(RefusalCode.NOT_OPEN, params)


def _length(rules: BookingTerms, slot: Slot) -> list[Refusal]:
    # Of a date on which nothing is open all days count, so that it is told all its faults.
    counted, in_all = units_of(rules, slot), days_of_date(rules, slot).units
    units = counted or in_all
    shortest, longest = rules.minimum_units, rules.maximum_units
    too_short = shortest is not None and units < shortest
    if rules.unit is Unit.HOUR:
        # Exact durations are compared; the one reported is exact or rounded away from the limit,
        # so that it never looks as if it were within it.
        too_short = shortest is not None and slot.duration < shortest * _HOUR
    if shortest is not None and too_short:
        if rules.unit is Unit.HOUR:
            return [_too_few_hours(shortest, slot)]
        found = [_wrong_length(RefusalCode.TOO_SHORT, "minimum", shortest, units, rules.unit)]
    elif longest is not None and units > longest:
        found = [_wrong_length(RefusalCode.TOO_LONG, "maximum", longest, units, rules.unit)]
    else:
        found = []
    if rules.unit is not Unit.HOUR and 0 < counted < in_all:
        return [replace(one, params={**one.params, "left_out": 1}) for one in found]
    return found


def _too_few_hours(shortest: int, slot: Slot) -> Refusal:
    params: dict[str, Param] = {
        "minimum": shortest,
        "asked": slot.duration // _HOUR,
        "asked_minutes": slot.duration // _MINUTE,
        "unit": Unit.HOUR.value,
    }
    return Refusal(RefusalCode.TOO_SHORT, params)


def _wrong_length(
    code: RefusalCode, limit_name: str, limit: int, asked: int, unit: Unit
) -> Refusal:
    return Refusal(code, {limit_name: limit, "asked": asked, "unit": unit.value})


def _closures(rules: BookingTerms, closures: Sequence[Slot], slot: Slot) -> list[Refusal]:
    occupancy = slot.widened(rules.setup_minutes, rules.cleanup_minutes)
    return [
        Refusal(RefusalCode.CLOSURE, {"slot": closure, "until": closure.ends_at})
        for closure in merge(closures)
        if closure.overlaps(occupancy)
    ]


def _places(rules: BookingTerms, room: Room, requested: RequestedDate) -> list[Refusal]:
    found = []
    if requested.whole:
        if not rules.allows_exclusive or not (room.own or room.below):
            return [Refusal(RefusalCode.NOT_BOOKABLE_WHOLE)]
    else:
        if not rules.allows_shared:
            found.append(Refusal(RefusalCode.NOT_BOOKABLE_BY_PLACE))
        if requested.places < 1:
            return [*found, Refusal(RefusalCode.NO_PLACES)]
        own = len(room.own)
        if requested.places > own:
            params = {"own": own, "asked": requested.places}
            return [*found, Refusal(RefusalCode.TOO_MANY_PLACES, params)]
    occupancy = requested.slot.widened(rules.setup_minutes, rules.cleanup_minutes)
    unavailable = unavailable_slots(room, occupancy, requested.places, requested.whole)
    if unavailable:
        free, asked = (
            (0, 1) if requested.whole else (free_places(room, occupancy), requested.places)
        )
        params_taken: dict[str, Param] = {"free": free, "asked": asked, "slot": unavailable[0]}
        found.append(Refusal(RefusalCode.TAKEN, params_taken))
    return found


def _days_around(rules: BookingTerms, slot: Slot) -> list[OpenDay]:
    # One more day before: an opening of the evening before may run over midnight.
    first = local_day(slot.starts_at, rules.zone) - ONE_DAY
    return open_days(rules.hours, rules.zone, first, local_day(slot.ends_at, rules.zone))
