"""The places of facilities and what is taken on them, as `rules.availability.Room`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.db.in_ids import ids_value, in_given_ids, in_ids
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.models import Place
from booking.facilities.tree import trees_of
from booking.rules.availability import Room
from booking.rules.slots import Slot
from booking.rules.visibility import visible_taken


def rooms(
    facility_ids: Iterable[int],
    window: Slot,
    now: datetime,
    *,
    without: Collection[int] = (),
    hidden: Collection[int] = (),
) -> dict[int, Room]:
    """Return the places of each facility and what is taken on them within `window`.

    Expired holds count as free, and so do occupancies of the occurrences in `without`. Places of
    parts in `hidden` count as free too: pass what `hidden_from` returns unless it is for those
    who decide.

    One statement, however many facilities, beside that of `trees_of`.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    trees = trees_of(wanted)
    below = {facility_id: set(trees.below(facility_id)) for facility_id in wanted}
    everywhere = wanted.union(*below.values())
    places, taken = _places_and_taken(everywhere, window, now, without)
    return {
        facility_id: Room(
            own=tuple(places[facility_id]),
            below=tuple(
                place_id for child_id in sorted(below[facility_id]) for place_id in places[child_id]
            ),
            taken=visible_taken(
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


def _places_and_taken(
    facility_ids: Iterable[int], window: Slot, now: datetime, without: Collection[int]
) -> tuple[dict[int, list[int]], dict[int, list[Slot]]]:
    """Return the places by facility, and what is taken on them by place. One statement."""
    query = _query(db.session.get_bind().dialect.name, has_exceptions=bool(without))
    given: dict[str, object] = {
        "ids": ids_value(facility_ids),
        "after": window.starts_at,
        "before": window.ends_at,
        "now": now,
    }
    if without:
        given["without"] = ids_value(without)
    places: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, list[Slot]] = defaultdict(list)
    last = None
    for facility_id, place_id, starts_at, ends_at in db.session.execute(query, given):
        if place_id != last:
            places[facility_id].append(place_id)
            last = place_id
        if starts_at is not None:
            taken[place_id].append(Slot(starts_at, ends_at))
    return places, taken


# Cached: to put it together takes as long as to run it.
@cache
def _query(dialect: str, *, has_exceptions: bool) -> sa.Select[*tuple[Any, ...]]:
    in_the_way = [
        Occupancy.place_id == Place.id,
        Occupancy.ends_at > sa.bindparam("after", type_=UTCDateTime),
        Occupancy.starts_at < sa.bindparam("before", type_=UTCDateTime),
        sa.or_(
            Occupancy.held_until.is_(None),
            Occupancy.held_until > sa.bindparam("now", type_=UTCDateTime),
        ),
    ]
    if has_exceptions:
        in_the_way.append(sa.not_(in_given_ids(Occupancy.occurrence_id, "without", dialect)))
    return (
        sa.select(Place.facility_id, Place.id, Occupancy.starts_at, Occupancy.ends_at)
        .outerjoin(Occupancy, sa.and_(*in_the_way))
        .where(in_given_ids(Place.facility_id, "ids", dialect))
        .order_by(Place.id, Occupancy.starts_at)
    )


def taken_by(occurrence_ids: Collection[int], now: datetime) -> dict[int, dict[int, list[Slot]]]:
    """Return what each of these dates takes or holds now, by date and place. One statement."""
    found: dict[int, dict[int, list[Slot]]] = defaultdict(lambda: defaultdict(list))
    for key, place_id, starts_at, ends_at in db.session.execute(
        sa.select(
            Occupancy.occurrence_id, Occupancy.place_id, Occupancy.starts_at, Occupancy.ends_at
        ).where(
            in_ids(Occupancy.occurrence_id, occurrence_ids),
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
    ):
        found[key][place_id].append(Slot(starts_at, ends_at))
    return found
