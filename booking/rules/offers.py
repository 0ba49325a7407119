"""The first free dates of one facility for somebody who needs it for so long."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain, islice

from booking.rules.date_windows import DateWindow, NeededLength, may_be_a_date, needed_length
from booking.rules.facility_snapshot import Dates, FacilitySnapshot, FreeTime, in_a_row
from booking.rules.grid import first_on_grid
from booking.rules.opening import DayUnit, Unit, open_days
from booking.rules.refusals import Refusal
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

_HOUR = timedelta(hours=1)
# Most facilities have as many free dates as are asked for within so many days.
_NEAR_DAYS = 10

#: What can be requested together: one date, or one on each of several open days in a row.
Offer = tuple[Slot, ...]


def first_dates(snapshot: FacilitySnapshot, date_window: DateWindow, limit: int) -> list[Slot]:
    """Return the first dates that can be requested now, apart from each other, at most `limit`.

    As `first_offers`, of a length for which one date is enough.
    """
    return [offer[0] for offer in first_offers(snapshot, date_window, limit) if len(offer) == 1]


def first_offers(
    snapshot: FacilitySnapshot,
    date_window: DateWindow,
    limit: int,
    size: NeededLength | None = None,
) -> list[Offer]:
    """Return the first offers that the rules accept, apart from each other, at most `limit`.

    Sorted. Of an hour calendar the first date of each free stretch is taken before the second of
    any. `size` replaces what the window's length needs.
    """
    needed = size or needed_length(snapshot.rules, date_window)
    if isinstance(needed, Refusal):
        return []
    near = date_window.first_days(_NEAR_DAYS)
    if near != date_window:
        found = _accepted(snapshot, _first_candidates(snapshot, near, needed), near, limit)
        if len(found) == limit:
            return sorted(found)
    candidates = _candidates(snapshot, date_window, needed)
    return sorted(_accepted(snapshot, candidates, date_window, limit))


def first_offer(
    snapshot: FacilitySnapshot, date_window: DateWindow, size: NeededLength | None = None
) -> Offer | None:
    """Return the first of `first_offers`; None: there is none."""
    return next(iter(first_offers(snapshot, date_window, 1, size)), None)


def last_offer(snapshot: FacilitySnapshot, date_window: DateWindow) -> Offer | None:
    """Return the last offer in the window, to the day; None: there is none."""
    needed = needed_length(snapshot.rules, date_window)
    if isinstance(needed, Refusal):
        return None
    candidates = sorted(_candidates(snapshot, date_window, needed), reverse=True)
    return next(iter(_accepted(snapshot, candidates, date_window, 1)), None)


def longest_free(snapshot: FacilitySnapshot, date_window: DateWindow) -> NeededLength | None:
    """Return the longest that may be free in the window at a time; None: nothing.

    It is a bound: nights and set-up may still shorten it. Hours are whole ones.
    """
    free = snapshot.free_time(date_window)
    if not free.slots:
        return None
    if snapshot.rules.unit is Unit.HOUR:
        hours = max(slot.duration for slot in free.slots) // _HOUR
        return NeededLength(hours) if hours else None
    return NeededLength(max(free.in_a_row, default=0))


def longest_days(snapshot: FacilitySnapshot, date_window: DateWindow) -> int:
    """Return on how many open days in a row an hour calendar is free all day, at most."""
    return max(_whole_days(snapshot, date_window).in_a_row, default=0)


def _accepted(
    snapshot: FacilitySnapshot, offers: Iterable[Offer], date_window: DateWindow, limit: int
) -> list[Offer]:
    whole = not snapshot.rules.allows_shared

    def requested(offer: Offer) -> Dates:
        return tuple(RequestedDate(slot, date_window.places, whole, people=None) for slot in offer)

    found = snapshot.first_accepted(map(requested, offers), limit, is_new=_are_apart)
    return [tuple(one.slot for one in dates) for dates in found]


def _are_apart(dates: Dates, others: Sequence[Dates]) -> bool:
    return not any(a.slot.overlaps(b.slot) for a in dates for other in others for b in other)


def _first_candidates(
    snapshot: FacilitySnapshot, near: DateWindow, needed: NeededLength
) -> Iterator[Offer]:
    """Return the first of the `_candidates` of any window that begins as `near` does.

    In their order. What ends after `near` may be missing, and so may all that come after it.
    """
    if _is_by_hours(snapshot.rules, needed):
        return _first_of_each(_by_stretch(snapshot, near, needed.units))
    return _candidates(snapshot, near, needed)


def _candidates(
    snapshot: FacilitySnapshot, date_window: DateWindow, needed: NeededLength
) -> Iterator[Offer]:
    """Return all offers of this length in the window, those that come first first."""
    if _is_by_hours(snapshot.rules, needed):
        return _one_of_each_first(_by_stretch(snapshot, date_window, needed.units))
    if snapshot.rules.unit is not Unit.HOUR:
        rows = _rows(snapshot.free_time(date_window), needed.units)
        return ((Slot(row[0].slot.starts_at, row[-1].slot.ends_at),) for row in rows)
    rows = _rows(_whole_days(snapshot, date_window), needed.days)
    return (tuple(unit.slot for unit in row) for row in rows)


def _is_by_hours(rules: BookingTerms, needed: NeededLength) -> bool:
    return rules.unit is Unit.HOUR and not needed.is_whole_days


def _rows(free: FreeTime, needed: int) -> Iterator[Sequence[DayUnit]]:
    """Return all rows of so many free units, the first ones first, also over days not open."""
    for number, row in enumerate(free.in_a_row):
        if row >= needed:
            yield free.units[number : number + needed]


def _by_stretch(
    snapshot: FacilitySnapshot, date_window: DateWindow, hours: int
) -> Iterator[Iterator[Offer]]:
    """Return the offers of so many hours in each free stretch, one after the other."""
    rules = snapshot.rules
    step = timedelta(minutes=rules.step_minutes)
    length = -(-(hours * _HOUR) // step) * step

    def within(stretch: Slot) -> Iterator[Offer]:
        starts_at = first_on_grid(stretch.starts_at, rules.zone, rules.step_minutes)
        while starts_at + length <= stretch.ends_at:
            slot = Slot(starts_at, starts_at + length)
            yield (slot,)
            starts_at = first_on_grid(slot.ends_at, rules.zone, rules.step_minutes)

    return map(within, snapshot.free_time(date_window).slots)


def _first_of_each(stretches: Iterable[Iterator[Offer]]) -> Iterator[Offer]:
    return (offer for stretch in stretches for offer in islice(stretch, 1))


def _one_of_each_first(stretches: Iterable[Iterator[Offer]]) -> Iterator[Offer]:
    all_of_them = list(stretches)
    yield from _first_of_each(all_of_them)
    yield from chain.from_iterable(all_of_them)


def _whole_days(snapshot: FacilitySnapshot, date_window: DateWindow) -> FreeTime:
    """Return the open days of an hour calendar as units, free where all of the opening is.

    A day with a break is never free: one date cannot fill it.
    """
    rules = snapshot.rules
    free = snapshot.free_time(date_window).slots
    units = []
    are_free = []
    for day in open_days(rules.hours, rules.zone, date_window.first, date_window.last):
        if not day.slots:
            continue
        (slot, *others) = day.slots
        units.append(DayUnit(day.day, None, slot))
        are_free.append(
            not others
            and may_be_a_date(rules, slot)
            and any(stretch.contains(slot) for stretch in free)
        )
    return FreeTime(free, units, in_a_row(are_free))
