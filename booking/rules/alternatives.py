"""What else could be asked for at the same facility when some dates cannot be."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from booking.rules.availability import free_places
from booking.rules.facility_snapshot import FacilitySnapshot, SearchWindow
from booking.rules.near_dates import NearDates, with_slots
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

MOST_MOVED = 20
"""Of more dates that do not work, none is moved by itself."""

_TRIES = 5
_MOST_STEPS = 48
Asks = tuple[RequestedDate, ...]
_OF_LENGTH = {RefusalCode.TOO_SHORT, RefusalCode.TOO_LONG}
_OF_PLACES = {RefusalCode.TAKEN, RefusalCode.TOO_MANY_PLACES, RefusalCode.NOT_BOOKABLE_WHOLE}


class Change(StrEnum):
    """In what another possibility differs from what was asked for."""

    SHIFTED = "shifted"  # all dates earlier or later
    MOVED = "moved"  # of several dates only those that do not work
    LENGTH = "length"  # shorter or longer, at the same time
    PART = "part"  # fewer places, or a part of it and not all
    FACILITY = "facility"  # at another one


@dataclass(frozen=True)
class Option:
    """Dates that the rules accept in place of those asked for: as many, in the same order."""

    change: Change
    asks: Asks


def options_here(
    ground: FacilitySnapshot, asks: Sequence[RequestedDate], now: datetime, look: SearchWindow
) -> list[Option]:
    """Return what else can be asked for at this facility now: shifts by how near they are.

    Every option is one that `why_not_all` accepts as it stands, and all are different. At most two
    shifts each way, and none where another length alone puts it right. Empty where nothing stands
    against the dates.
    """
    codes = reasons_by_date(ground, asks, now)
    broken = sorted(codes)
    if not broken:
        return []
    near = NearDates(ground, asks, now, look)
    all_codes = set().union(*codes.values())
    seen = {tuple(asks)}

    def works(changed: Asks) -> bool:
        if changed in seen or not ground.accepts(changed, now):
            return False
        seen.add(changed)
        return True

    moved: list[Option] = []
    if len(asks) > 1 and len(broken) <= MOST_MOVED:
        moved = _first(Change.MOVED, [_moved(near, ground.rules, asks, broken)], works)
    found: list[Option] = []
    for change in (near.shortened, near.lengthened):
        found += _first(Change.LENGTH, [_replaced(asks, broken, change)], works)
    if found and all_codes <= _OF_LENGTH:
        return [*moved, *found]
    found += _first(Change.PART, _in_part(ground, asks, all_codes), works)
    return [*moved, *_shifts(near, asks, broken[0], works), *found]


def reasons_by_date(
    ground: FacilitySnapshot, asks: Sequence[RequestedDate], now: datetime
) -> dict[int, set[RefusalCode]]:
    """Return why each date cannot be asked for, by its number; those that can are left out."""
    found: dict[int, set[RefusalCode]] = {}
    for refusal in ground.reasons(asks, now):
        if refusal.date_index is not None:
            found.setdefault(refusal.date_index, set()).add(refusal.code)
    return found


def _first(
    change: Change,
    tries: Iterable[Asks | None],
    works: Callable[[Asks], bool],
    most: int = 1,
) -> list[Option]:
    """Return the first of these that work; after some that do not it is given up."""
    found: list[Option] = []
    failed = 0
    for asks in tries:
        if asks is None:
            continue
        if works(asks):
            found.append(Option(change, asks))
        else:
            failed += 1
        if len(found) == most or failed == _TRIES:
            break
    return found


def _shifts(
    near: NearDates, asks: Sequence[RequestedDate], first: int, works: Callable[[Asks], bool]
) -> list[Option]:
    found: list[Option] = []
    for direction in (1, -1):
        beside = near.beside(first, direction)
        if len(asks) == 1:
            tries: Iterator[list[Slot] | None] = iter([[slot] for slot in beside])
        else:
            tries = _together(near, asks[first].slot, beside, direction)
        found += _first(
            Change.SHIFTED,
            (None if slots is None else with_slots(asks, slots) for slots in tries),
            works,
            most=2,
        )
    return sorted(found, key=lambda option: _distance(option.asks, asks))


def _distance(found: Sequence[RequestedDate], asked: Sequence[RequestedDate]) -> float:
    return abs((found[0].slot.starts_at - asked[0].slot.starts_at).total_seconds())


def _together(
    near: NearDates, asked: Slot, beside: Sequence[Slot], direction: int
) -> Iterator[list[Slot] | None]:
    """Return all dates shifted alike: as little as can be within their days, then by days."""
    deltas = [slot.starts_at - asked.starts_at for slot in beside[:1]]
    deltas += [near.step * number * direction for number in range(1, _MOST_STEPS)]
    yield next((slots for delta in deltas if (slots := near.moved_within_day(delta))), None)
    yield from near.all_shifted(direction)


def _moved(
    near: NearDates, rules: BookingTerms, asks: Sequence[RequestedDate], broken: Sequence[int]
) -> Asks | None:
    """Return the asks with each broken one at the nearest free date apart from all others."""
    slots = [ask.slot for ask in asks]
    kept = [slot for n, slot in enumerate(slots) if n not in broken]
    for index in broken:
        asked = slots[index]
        nearest = sorted(
            (slot for direction in (1, -1) for slot in near.beside(index, direction)),
            key=lambda slot: abs(slot.starts_at - asked.starts_at),
        )
        for slot in nearest:
            around = slot.widened(rules.setup_minutes, rules.cleanup_minutes)
            if not any(
                around.overlaps(other.widened(rules.setup_minutes, rules.cleanup_minutes))
                for other in kept
            ):
                slots[index] = slot
                kept.append(slot)
                break
        else:
            return None
    return with_slots(asks, slots)


def _replaced(
    asks: Sequence[RequestedDate], broken: Sequence[int], change: Callable[[int], Slot | None]
) -> Asks | None:
    """Return the asks with each broken one at another length; None: one has no other."""
    slots = [ask.slot for ask in asks]
    for index in broken:
        slot = change(index)
        if slot is None:
            return None
        slots[index] = slot
    return with_slots(asks, slots)


def _in_part(
    ground: FacilitySnapshot, asks: Sequence[RequestedDate], codes: Collection[RefusalCode]
) -> Iterator[Asks | None]:
    """Return the same dates as a whole, or for as many places as are free at all of them."""
    rules, room = ground.rules, ground.room
    if RefusalCode.NOT_BOOKABLE_BY_PLACE in codes and rules.allows_exclusive:
        yield tuple(replace(ask, whole=True) for ask in asks)
    if not _OF_PLACES.intersection(codes) or not rules.allows_shared:
        return
    free = min(
        free_places(room, ask.slot.widened(rules.setup_minutes, rules.cleanup_minutes))
        for ask in asks
    )
    if not asks[0].whole:
        free = min(free, asks[0].places - 1)
    if free > 0:
        yield tuple(replace(ask, whole=False, places=free) for ask in asks)
