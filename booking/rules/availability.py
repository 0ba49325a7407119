"""Places and what is taken on them: how many are free, which to assign, which dates compete.

Opening hours and closures do not count here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from booking.rules.slots import Slot, common, merge, subtract, touching_window, with_slot

_NONE = timedelta()


@dataclass(frozen=True)
class Room:
    """The places of one facility (`own`) and of all facilities below it, and what is taken.

    `taken` maps a place id to its taken slots, sorted and apart: with set-up and clean-up, without
    expired holds. A place that is missing in it is free. `set_aside` is time on own places that is
    set aside for whoever asks: they get these places first, which others cannot have then.
    """

    own: tuple[int, ...]
    below: tuple[int, ...]
    taken: Mapping[int, Sequence[Slot]]
    set_aside: Mapping[int, Sequence[Slot]] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaceAssignment:
    """One place for one slot: an occupancy to be written."""

    place_id: int
    slot: Slot


class FreePlaces(NamedTuple):
    """A slot and how many own places and places below are free throughout it."""

    slot: Slot
    own_free: int
    below_free: int


@dataclass(frozen=True)
class PlaceDemand:
    """The places that one date needs, for finding rivals.

    `key` is the caller's own id for it. `slot` includes set-up and clean-up; `own` and `below`
    are the places of the facility that is requested.
    """

    key: int
    slot: Slot
    places: int
    whole: bool
    own: tuple[int, ...]
    below: tuple[int, ...]


def assign(room: Room, slot: Slot, places: int, whole: bool) -> list[PlaceAssignment] | None:
    """Return the places to take for `slot` (with set-up and clean-up), or None if too few are free.

    `whole`: all own places and all places below, for the whole slot; `places` is not used. Else
    `places` own places at each instant: those that are set aside first, and else such that the
    date changes places as seldom as possible.

    Raises:
        ValueError: fewer than one place.
    """
    if whole:
        everything = room.own + room.below
        if not everything or any(_taken(room, place_id, slot) for place_id in everything):
            return None
        return [PlaceAssignment(place_id, slot) for place_id in everything]
    if places < 1:
        raise ValueError("at least one place")
    if places > len(room.own):
        return None
    gaps = {place_id: subtract([slot], _taken(room, place_id, slot)) for place_id in room.own}
    return _assign_by_place(gaps, slot, places, room.set_aside)


def _assign_by_place(
    gaps: Mapping[int, list[Slot]],
    slot: Slot,
    places: int,
    set_aside: Mapping[int, Sequence[Slot]],
) -> list[PlaceAssignment] | None:
    # Greedy: keep a place as long as it is free, then take the one that is set aside for longest,
    # or else stays free longest. Where nothing is set aside that gives the fewest changes.
    assigned: list[PlaceAssignment] = []
    at = slot.starts_at
    lasting: dict[int, datetime] = {}
    since: dict[int, datetime] = {}
    while True:
        free = [
            (_overlap(set_aside.get(place_id, ()), Slot(at, gap.ends_at)), gap.ends_at, place_id)
            for place_id, free_slots in gaps.items()
            if place_id not in lasting
            for gap in free_slots
            if gap.starts_at <= at < gap.ends_at
        ]
        missing = places - len(lasting)
        if len(free) < missing:
            return None
        # A stable sort: among equally long gaps the facility's order of places decides.
        free.sort(key=lambda candidate: candidate[:2], reverse=True)
        for _set_aside, ends_at, place_id in free[:missing]:
            lasting[place_id] = ends_at
            since[place_id] = at
        at = min(lasting.values())
        for place_id in [key for key, ends_at in lasting.items() if ends_at == at]:
            assigned.append(PlaceAssignment(place_id, Slot(since[place_id], at)))
            del lasting[place_id]
        if at == slot.ends_at:
            return assigned


def _overlap(slots: Sequence[Slot], window: Slot) -> timedelta:
    """Return how much of the window these slots, which are apart, cover."""
    return sum((one.duration for one in common(slots, [window])), timedelta()) if slots else _NONE


def assign_beside(
    room: Room,
    slot: Slot,
    places: int,
    whole: bool,
    had: Mapping[int, Sequence[Slot]],
) -> list[PlaceAssignment] | None:
    """Return what a date must take beyond what another one has, in whose place it would be.

    `had` maps places to the slots that the other has there; in `room` these count as free. None:
    too few are free. Empty: it needs nothing more. Once both give back what they have, `assign`
    finds room for it, whatever others have taken meanwhile.
    """
    if assign(room, slot, places, whole) is None:
        return None
    if whole:
        return [
            PlaceAssignment(place_id, part)
            for place_id in room.own + room.below
            for part in subtract([slot], had.get(place_id, ()))
        ]
    taken = {place_id: list(slots) for place_id, slots in room.taken.items()}
    for place_id, slots in had.items():
        taken[place_id] = merge([*taken.get(place_id, ()), *slots])
    beside = replace(room, taken=taken)
    own = [slots for place_id, slots in had.items() if place_id in room.own]
    ends = sorted({at for slots in own for one in slots for at in one if slot.starts_at < at})
    found: list[PlaceAssignment] = []
    since = slot.starts_at
    for at in [*(end for end in ends if end < slot.ends_at), slot.ends_at]:
        part = Slot(since, at)
        covered = sum(any(one.contains(part) for one in slots) for slots in own)
        since = at
        if places > covered:
            more = assign(beside, part, places - covered, whole=False)
            if more is None:
                return None
            found += more
    return _joined(found)


def _joined(assigned: Iterable[PlaceAssignment]) -> list[PlaceAssignment]:
    by_place: dict[int, list[Slot]] = {}
    for one in assigned:
        by_place.setdefault(one.place_id, []).append(one.slot)
    return [
        PlaceAssignment(place_id, slot)
        for place_id, slots in by_place.items()
        for slot in merge(slots)
    ]


def free_places(room: Room, slot: Slot) -> int:
    """Return how many own places are free at the worst instant of `slot`."""
    return min(level.own_free for level in free_places_by_slot(room, slot))


def free_places_by_slot(room: Room, window: Slot) -> list[FreePlaces]:
    """Return the slots that make up `window`, sorted, each with its numbers of free places."""
    changes: dict[datetime, list[int]] = {}
    _add_changes(changes, room, room.own, window, 0)
    _add_changes(changes, room, room.below, window, 1)
    free = [len(room.own), len(room.below)]
    found: list[FreePlaces] = []
    since = window.starts_at
    for at in sorted(changes):
        own_change, below_change = changes[at]
        if not own_change and not below_change:
            continue  # one date ends as another begins
        if since < at:
            found.append(FreePlaces(Slot(since, at), free[0], free[1]))
        free[0] += own_change
        free[1] += below_change
        since = at
    found.append(FreePlaces(Slot(since, window.ends_at), free[0], free[1]))
    return found


def _add_changes(
    changes: dict[datetime, list[int]],
    room: Room,
    place_ids: Iterable[int],
    window: Slot,
    column: int,
) -> None:
    for place_id in place_ids:
        for slot in _taken(room, place_id, window):
            starts_at = max(slot.starts_at, window.starts_at)
            changes.setdefault(starts_at, [0, 0])[column] -= 1
            if slot.ends_at < window.ends_at:
                changes.setdefault(slot.ends_at, [0, 0])[column] += 1


def unavailable_slots(room: Room, window: Slot, places: int, whole: bool) -> list[Slot]:
    """Return when fewer than `places` own places are free: merged slots, clipped to `window`.

    `whole`: when any own place or place below is taken.
    """
    if whole or places == len(room.own):
        place_ids = room.own + room.below if whole else room.own
        return common([window], _all_taken(room, place_ids, window))
    return merge(
        level.slot for level in free_places_by_slot(room, window) if level.own_free < places
    )


def busy_slots(room: Room, window: Slot, *, only_whole: bool) -> list[Slot]:
    """Return when nobody can have anything of it: merged slots, clipped to `window`.

    By place that is when no own place is free. What can be had only as a whole (`only_whole`, and
    every facility without own places) is busy as soon as any part of it is taken.
    """
    if not room.own and not room.below:
        return [window]
    return merge(unavailable_slots(room, window, 1, only_whole or not room.own))


def partly_taken_slots(
    room: Room, window: Slot, *, only_whole: bool, busy: Sequence[Slot] | None = None
) -> list[Slot]:
    """Return when an own place is free and something is taken: merged slots, clipped to `window`.

    What can be had only as a whole is never partly taken. `busy` may be given where `busy_slots`
    of the same are known.
    """
    if only_whole or len(room.own) + len(room.below) <= 1:
        return []
    if busy is None:
        busy = busy_slots(room, window, only_whole=only_whole)
    return subtract(unavailable_slots(room, window, 1, True), busy)


def no_longer_fit(
    taken: Mapping[int, Sequence[Slot]], chosen: PlaceDemand, others: Iterable[PlaceDemand]
) -> list[PlaceDemand]:
    """Return the rivals of `chosen`: those of `others` that fit now but not together with it.

    Each is checked on its own. `taken` covers the places of all of them, without what they hold
    themselves. If `chosen` does not fit, there are none.
    """
    assignments = assign(_room_of(chosen, taken), chosen.slot, chosen.places, chosen.whole)
    if assignments is None:
        return []
    after = with_assignments(taken, assignments)
    touched = {assignment.place_id for assignment in assignments}
    return [
        demand
        for demand in others
        if demand.slot.overlaps(chosen.slot)
        and not touched.isdisjoint(demand.own + demand.below)
        and _fits(demand, taken)
        and not _fits(demand, after)
    ]


def competes(
    taken: Mapping[int, Sequence[Slot]], ours: Iterable[PlaceDemand], theirs: Iterable[PlaceDemand]
) -> bool:
    """Return whether dates of two sides that meet, in time and places, cannot all take place.

    `taken` is what third parties have, without what any of these dates holds itself. Dates that
    do not fit even without the other side compete too: for what may become free.
    """
    theirs = list(theirs)
    our_near = [one for one in ours if any(_meet(one, other) for other in theirs)]
    their_near = [other for other in theirs if any(_meet(one, other) for one in our_near)]
    for one in (*their_near, *our_near):
        assignments = assign(_room_of(one, taken), one.slot, one.places, one.whole)
        if assignments is None:
            return True
        taken = with_assignments(taken, assignments)
    return False


def not_beside(
    taken: Mapping[int, Sequence[Slot]], ours: Iterable[PlaceDemand], theirs: Iterable[PlaceDemand]
) -> list[PlaceDemand]:
    """Return those of `ours` that compete with `theirs`, as `competes` says.

    Each is checked together with those before it that do not.
    """
    theirs = list(theirs)
    beside: list[PlaceDemand] = []
    found: list[PlaceDemand] = []
    for one in ours:
        near = [other for other in theirs if _meet(one, other)]
        before = [other for other in beside if _meet(one, other)]
        competing = bool(near) and competes(taken, [*before, one], near)
        (found if competing else beside).append(one)
    return found


def _meet(one: PlaceDemand, other: PlaceDemand) -> bool:
    return one.slot.overlaps(other.slot) and not _needed(one).isdisjoint(_needed(other))


def _needed(demand: PlaceDemand) -> set[int]:
    return {*demand.own, *demand.below} if demand.whole else {*demand.own}


def with_assignments(
    taken: Mapping[int, Sequence[Slot]], assignments: Iterable[PlaceAssignment]
) -> dict[int, Sequence[Slot]]:
    """Return a copy of `taken` with the assignments added, for which it has room."""
    after = dict(taken)
    for assignment in assignments:
        after[assignment.place_id] = with_slot(after.get(assignment.place_id, ()), assignment.slot)
    return after


def _fits(demand: PlaceDemand, taken: Mapping[int, Sequence[Slot]]) -> bool:
    room = _room_of(demand, taken)
    return assign(room, demand.slot, demand.places, demand.whole) is not None


def _room_of(demand: PlaceDemand, taken: Mapping[int, Sequence[Slot]]) -> Room:
    return Room(demand.own, demand.below, taken)


def _taken(room: Room, place_id: int, window: Slot) -> Sequence[Slot]:
    slots = room.taken.get(place_id, ())
    return touching_window(slots, window) if slots else ()


def _all_taken(room: Room, place_ids: Iterable[int], window: Slot) -> list[Slot]:
    return [slot for place_id in place_ids for slot in _taken(room, place_id, window)]
