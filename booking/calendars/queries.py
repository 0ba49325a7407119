"""What is taken and what is shut, as the rules want it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from booking.bookings.models import Occupancy
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility, Place
from booking.rules.availability import Room
from booking.rules.slots import Slot, merge
from booking.rules.visibility import known_taken


def rooms(
    facility_ids: Iterable[int],
    window: Slot,
    now: datetime,
    *,
    without: Collection[int] = (),
    hidden: Collection[int] = (),
) -> dict[int, Room]:
    """Return the places of each facility and what is taken on them within `window`.

    A hold past its end counts as free. The occupancies of the occurrences in `without` are left
    out. Of parts in `hidden` (see `facilities.hidden`) nothing is known to be taken: give them
    whenever it is for somebody who does not decide. Three statements, however many facilities.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    below = _below(wanted)
    places: dict[int, list[int]] = defaultdict(list)
    everywhere = wanted.union(*below.values())
    for place_id, facility_id in db.session.execute(
        sa.select(Place.id, Place.facility_id)
        .where(in_ids(Place.facility_id, everywhere))
        .order_by(Place.id)
    ):
        places[facility_id].append(place_id)
    taken = _taken(everywhere, window, now, without)
    return {
        facility_id: Room(
            own=tuple(places[facility_id]),
            below=tuple(
                place_id for child_id in sorted(below[facility_id]) for place_id in places[child_id]
            ),
            taken=known_taken(
                {
                    place_id: taken[place_id]
                    for node_id in (facility_id, *below[facility_id])
                    for place_id in places[node_id]
                    if place_id in taken
                },
                [
                    place_id
                    for node_id in below[facility_id].intersection(hidden)
                    for place_id in places[node_id]
                ],
            ),
        )
        for facility_id in wanted
    }


def closures(facility_ids: Iterable[int], window: Slot) -> dict[int, list[Slot]]:
    """Return when each facility is shut within `window`: by itself or by one above it.

    For *whole*, ask for the facilities below as well: a closure of any part refuses it.
    An open-ended closure ends with the window.
    """
    merged: dict[int, list[Slot]] = {facility_id: [] for facility_id in facility_ids}
    # Of thousands only a few are shut at any time.
    concerned = _near_a_closure(merged, window)
    above = _above(concerned)
    shut: dict[int, list[Slot]] = defaultdict(list)
    for node_id, found in closure_slots(concerned.union(*above.values()), window).items():
        shut[node_id] = [slot for _, slot in found]
    for facility_id in concerned:
        merged[facility_id] = merge(
            slot for node_id in (facility_id, *above[facility_id]) for slot in shut[node_id]
        )
    return merged


def _near_a_closure(facility_ids: Iterable[int], window: Slot) -> set[int]:
    """Return those of the facilities in whose tree or cluster something is shut. One statement."""
    closed = sa.select(Closure.id).join(Closure.slots).where(_in(window))
    trees = sa.select(Facility.root_id).where(
        Facility.id.in_(closed.with_only_columns(Closure.facility_id))
    )
    clusters = closed.with_only_columns(Closure.cluster_id).where(Closure.facility_id.is_(None))
    return set(
        db.session.scalars(
            sa.select(Facility.id).where(
                sa.or_(Facility.root_id.in_(trees), Facility.cluster_id.in_(clusters)),
                in_ids(Facility.id, facility_ids),
            )
        )
    )


def _in(window: Slot) -> sa.ColumnElement[bool]:
    return sa.and_(
        ClosureSlot.starts_at < window.ends_at,
        sa.or_(ClosureSlot.ends_at.is_(None), ClosureSlot.ends_at > window.starts_at),
    )


def closure_slots(
    facility_ids: Iterable[int], window: Slot
) -> dict[int, list[tuple[ClosureSlot, Slot]]]:
    """Return what shuts each of these facilities by its own name or its cluster's.

    With each slot comes its stretch; an open-ended one ends with the window. What shuts one
    above is not in it. Two statements; `ClosureSlot.closure` is loaded.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(ClosureSlot, Closure.facility_id, Closure.cluster_id)
        .join(ClosureSlot.closure)
        .options(contains_eager(ClosureSlot.closure))
        .where(
            _in(window),
            sa.or_(Closure.facility_id.is_(None), in_ids(Closure.facility_id, wanted)),
        )
    ).all()
    clusters = {cluster_id for _, facility_id, cluster_id in rows if facility_id is None}
    members: dict[int, list[int]] = defaultdict(list)
    if clusters:
        for member_id, cluster_id in db.session.execute(
            sa.select(Facility.id, Facility.cluster_id).where(
                Facility.cluster_id.in_(clusters), in_ids(Facility.id, wanted)
            )
        ):
            members[cluster_id].append(member_id)
    found: dict[int, list[tuple[ClosureSlot, Slot]]] = defaultdict(list)
    for row, facility_id, cluster_id in rows:
        end = row.ends_at or max(window.ends_at, row.starts_at)
        slot = Slot(row.starts_at, end)
        for node_id in members[cluster_id] if facility_id is None else [facility_id]:
            found[node_id].append((row, slot))
    return found


def _taken(
    facility_ids: Iterable[int], window: Slot, now: datetime, without: Collection[int]
) -> dict[int, list[Slot]]:
    query = (
        sa.select(Occupancy.place_id, Occupancy.starts_at, Occupancy.ends_at)
        .join(Place, Place.id == Occupancy.place_id)
        .where(
            in_ids(Place.facility_id, facility_ids),
            Occupancy.ends_at > window.starts_at,
            Occupancy.starts_at < window.ends_at,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .order_by(Occupancy.place_id, Occupancy.starts_at)
    )
    if without:
        query = query.where(Occupancy.occurrence_id.not_in(set(without)))
    taken: dict[int, list[Slot]] = defaultdict(list)
    for place_id, starts_at, ends_at in db.session.execute(query):
        taken[place_id].append(Slot(starts_at, ends_at))
    return taken


def _parents(facility_ids: set[int]) -> dict[int, int | None]:
    """Return the parent of every facility in the trees of these. One statement."""
    roots = sa.select(Facility.root_id).where(in_ids(Facility.id, facility_ids))
    rows = db.session.execute(
        sa.select(Facility.id, Facility.parent_id).where(Facility.root_id.in_(roots))
    )
    return dict(rows.all())


def _below(facility_ids: set[int]) -> dict[int, set[int]]:
    parents = _parents(facility_ids)
    below: dict[int, set[int]] = {facility_id: set() for facility_id in facility_ids}
    for node_id in parents:
        ancestor = parents[node_id]
        while ancestor is not None:
            if ancestor in below:
                below[ancestor].add(node_id)
            ancestor = parents[ancestor]
    return below


def _above(facility_ids: set[int]) -> dict[int, list[int]]:
    if not facility_ids:
        return {}
    parents = _parents(facility_ids)
    above: dict[int, list[int]] = {}
    for facility_id in facility_ids:
        above[facility_id] = []
        ancestor = parents.get(facility_id)
        while ancestor is not None:
            above[facility_id].append(ancestor)
            ancestor = parents[ancestor]
    return above
