"""The first free dates of one facility for somebody who needs it for so long."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.free_times import free_slots
from booking.rules.grid import first_on_grid
from booking.rules.many_dates import why_not_all
from booking.rules.opening import ONE_DAY, DayUnit, Unit, open_days
from booking.rules.reasons import why_not
from booking.rules.refusals import Refusal
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate
from booking.search.criteria import (
    DateWindow,
    NeededLength,
    may_be_a_date,
    needed_length,
    units_within,
    window_of,
)

_HOUR = timedelta(hours=1)

#: What can be asked for together: one date, or one on each of several open days in a row.
Offer = tuple[Slot, ...]


def first_dates(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime, limit: int
) -> list[Slot]:
    """Return the first dates that can be asked for now, apart from each other, at most `limit`.

    As `first_offers`, of a length for which one date is enough.
    """
    return [
        offer[0] for offer in first_offers(snapshot, date_window, now, limit) if len(offer) == 1
    ]


def first_offers(
    snapshot: FacilitySnapshot,
    date_window: DateWindow,
    now: datetime,
    limit: int,
    size: NeededLength | None = None,
) -> list[Offer]:
    """Return what can be asked for now first, apart from each other, at most `limit`.

    Each is one that the rules accept as it stands. Those over days that are not open come last,
    and of an hour calendar the first one of each free stretch before the second of any. `size`
    is looked for instead of what the length needs.
    """
    found: list[Offer] = []
    for offer in _possible(snapshot, date_window, now, size):
        if any(slot.overlaps(other) for slot in offer for one in found for other in one):
            continue
        if not _accepted(snapshot, offer, date_window, now):
            continue
        found.append(offer)
        if len(found) == limit:
            break
    return sorted(found)


def last_offer(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> Offer | None:
    """Return what can be asked for last in the window, to the day; None: nothing."""
    possible = sorted(_possible(snapshot, date_window, now, None), reverse=True)
    return next((one for one in possible if _accepted(snapshot, one, date_window, now)), None)


def free_in(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> list[Slot]:
    """Return what is free within the window, see `rules.free_times.free_slots`."""
    window = window_of(snapshot.rules, date_window)
    return free_slots(
        snapshot.rules,
        snapshot.deadlines,
        snapshot.room,
        snapshot.closures,
        window,
        now,
        places=date_window.places,
    )


def longest_free(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime
) -> NeededLength | None:
    """Return the longest that may be free in the window at a time; None: nothing.

    It is a bound: nights and set-up may still shorten it. Hours are whole ones.
    """
    rules = snapshot.rules
    free = free_in(snapshot, date_window, now)
    if not free:
        return None
    if rules.unit is Unit.HOUR:
        hours = max(slot.duration for slot in free) // _HOUR
        return NeededLength(hours) if hours else None
    return NeededLength(
        _longest_row([unit.slot in set(free) for unit in units_within(rules, date_window)])
    )


def longest_days(snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime) -> int:
    """Return on how many open days in a row an hour calendar is free all day, at most."""
    return _longest_row([slot is not None for _, slot in _whole_days(snapshot, date_window, now)])


def _longest_row(marks: Sequence[bool]) -> int:
    longest = row = 0
    for mark in marks:
        row = row + 1 if mark else 0
        longest = max(longest, row)
    return longest


def _accepted(
    snapshot: FacilitySnapshot, offer: Offer, date_window: DateWindow, now: datetime
) -> bool:
    rules = snapshot.rules
    whole = not rules.allows_shared
    asks = [RequestedDate(slot, date_window.places, whole, people=None) for slot in offer]
    around = snapshot.deadlines, snapshot.room, snapshot.closures
    if len(asks) == 1:
        return not why_not(rules, *around, asks[0], now)
    return not why_not_all(rules, *around, asks, now)


def _possible(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime, size: NeededLength | None
) -> Iterator[Offer]:
    needed = size or needed_length(snapshot.rules, date_window)
    if isinstance(needed, Refusal):
        return iter(())
    if snapshot.rules.unit is not Unit.HOUR:
        return _unit_dates(snapshot, date_window, now, needed.units)
    if needed.is_whole_days:
        return _days_in_a_row(snapshot, date_window, now, needed.days)
    return _hour_dates(snapshot, date_window, now, needed.units)


def _unit_dates(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime, needed: int
) -> Iterator[Offer]:
    units = units_within(snapshot.rules, date_window)
    free = set(free_in(snapshot, date_window, now))
    in_a_row = 0
    with_a_break: list[Offer] = []
    for position, unit in enumerate(units):
        in_a_row = in_a_row + 1 if unit.slot in free else 0
        if in_a_row >= needed:
            first = units[position - needed + 1]
            slot = Slot(first.slot.starts_at, unit.slot.ends_at)
            if _days_between(first, unit) < _days_of(needed, snapshot.rules.unit, first):
                yield (slot,)
            else:
                with_a_break.append((slot,))  # over a weekend: better than nothing
    yield from with_a_break


def _days_between(first: DayUnit, last: DayUnit) -> int:
    return (last.day - first.day).days


def _days_of(needed: int, unit: Unit, first: DayUnit) -> int:
    """Return over how many days so many units stretch when no day is left out."""
    if unit is Unit.DAY:
        return needed
    return -(-(needed + (first.half or 0)) // 2)


def _hour_dates(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime, hours: int
) -> Iterator[Offer]:
    rules = snapshot.rules
    step = timedelta(minutes=rules.step_minutes)
    length = -(-(hours * _HOUR) // step) * step
    later: list[Offer] = []
    for stretch in free_in(snapshot, date_window, now):
        starts_at = first_on_grid(stretch.starts_at, rules.zone, rules.step_minutes)
        is_first = True
        while starts_at + length <= stretch.ends_at:
            slot = Slot(starts_at, starts_at + length)
            if is_first:
                yield (slot,)
            else:
                later.append((slot,))
            is_first = False
            starts_at = first_on_grid(slot.ends_at, rules.zone, rules.step_minutes)
    yield from later


def _days_in_a_row(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime, number: int
) -> Iterator[Offer]:
    days = _whole_days(snapshot, date_window, now)
    row: list[tuple[date, Slot]] = []
    with_a_break: list[Offer] = []
    for day, slot in days:
        row = [*row, (day, slot)][-number:] if slot else []
        if len(row) < number:
            continue
        offer = tuple(one for _, one in row)
        if day - row[0][0] < ONE_DAY * number:
            yield offer
        else:
            with_a_break.append(offer)
    yield from with_a_break


def _whole_days(
    snapshot: FacilitySnapshot, date_window: DateWindow, now: datetime
) -> list[tuple[date, Slot | None]]:
    """Return the open days of the window, each with its opening where that is free and just one."""
    rules = snapshot.rules
    free = free_in(snapshot, date_window, now)
    found: list[tuple[date, Slot | None]] = []
    for day in open_days(rules.hours, rules.zone, date_window.first, date_window.last):
        if not day.slots:
            continue
        (slot, *others) = day.slots
        usable = (
            not others
            and may_be_a_date(rules, slot)
            and any(stretch.contains(slot) for stretch in free)
        )
        found.append((day.day, slot if usable else None))
    return found
