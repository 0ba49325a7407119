"""The places of facilities and what is taken on them, as `rules.availability.Room`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.bookings.set_aside import is_kept, is_named
from booking.bookings.set_aside_models import SetAside, SetAsidePlace
from booking.db.in_ids import ids_value, in_given_ids, in_ids
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.models import Place
from booking.facilities.tree import trees_of
from booking.rules.availability import Room
from booking.rules.slots import Slot, merge, subtract
from booking.rules.visibility import ANYBODY, visible_taken

# What a row of the statement is: taken, or set aside.
_TAKEN, _KEPT_FROM_THEM, _FOR_THEM = range(3)


def rooms(
    facility_ids: Iterable[int],
    window: Slot,
    now: datetime,
    *,
    for_organisation: int,
    without: Collection[int] = (),
    hidden: Collection[int] = (),
) -> dict[int, Room]:
    """Return the places of each facility and what is taken on them within `window`.

    Expired holds count as free, and so do occupancies of the occurrences in `without`. Places of
    parts in `hidden` count as free too: pass what `hidden_from` returns unless it is for those
    who decide. Time set aside counts as taken unless it is for `for_organisation`: then it is in
    `Room.set_aside`. For `NOT_NAMED`, who works for none, all of it is taken, and for
    `ANYBODY` none.

    One statement, however many facilities, beside that of `trees_of`.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    trees = trees_of(wanted)
    below = {facility_id: set(trees.below(facility_id)) for facility_id in wanted}
    everywhere = wanted.union(*below.values())
    places, taken, set_aside = _places_and_taken(everywhere, window, now, without, for_organisation)
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
            set_aside={
                place_id: set_aside[place_id]
                for place_id in places[facility_id]
                if place_id in set_aside
            },
        )
        for facility_id in wanted
    }


def _places_and_taken(
    facility_ids: Iterable[int],
    window: Slot,
    now: datetime,
    without: Collection[int],
    for_organisation: int,
) -> tuple[dict[int, list[int]], dict[int, list[Slot]], dict[int, list[Slot]]]:
    """Return the places by facility, what is taken on them, and what is set aside for them.

    The last two are by place. One statement.
    """
    query = _query(
        db.session.get_bind().dialect.name,
        has_exceptions=bool(without),
        with_set_aside=for_organisation != ANYBODY,
    )
    given: dict[str, object] = {
        "ids": ids_value(facility_ids),
        "after": window.starts_at,
        "before": window.ends_at,
        "now": now,
    }
    if without:
        given["without"] = ids_value(without)
    if for_organisation != ANYBODY:
        given["organisation"] = for_organisation
    places: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, list[Slot]] = defaultdict(list)
    kept_from_them: dict[int, list[Slot]] = defaultdict(list)
    for_them: dict[int, list[Slot]] = defaultdict(list)
    last = None
    for facility_id, place_id, starts_at, ends_at, kind in db.session.execute(query, given):
        if place_id != last:
            places[facility_id].append(place_id)
            last = place_id
        if kind == _KEPT_FROM_THEM:
            kept_from_them[place_id].append(Slot(starts_at, ends_at))
        elif kind == _FOR_THEM:
            for_them[place_id].append(Slot(starts_at, ends_at))
        elif starts_at is not None:
            taken[place_id].append(Slot(starts_at, ends_at))
    for place_id, slots in kept_from_them.items():
        # Dates of named organisations lie within it, and keep their own times.
        rest = subtract(merge(slots), taken.get(place_id, ()))
        taken[place_id] = sorted([*taken.get(place_id, ()), *rest])
    return places, taken, {place_id: merge(slots) for place_id, slots in for_them.items()}


# Cached: to put it together takes as long as to run it.
@cache
def _query(
    dialect: str, *, has_exceptions: bool, with_set_aside: bool
) -> sa.Select[*tuple[Any, ...]] | sa.CompoundSelect[*tuple[Any, ...]]:
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
    dates = (
        sa.select(
            Place.facility_id,
            Place.id.label("place_id"),
            Occupancy.starts_at.label("starts_at"),
            Occupancy.ends_at,
            sa.literal_column(str(_TAKEN), sa.Integer),
        )
        .outerjoin(Occupancy, sa.and_(*in_the_way))
        .where(in_given_ids(Place.facility_id, "ids", dialect))
    )
    if not with_set_aside:
        return dates.order_by(Place.id, Occupancy.starts_at)
    kept = (
        sa.select(
            Place.facility_id,
            Place.id,
            SetAside.starts_at,
            SetAside.ends_at,
            sa.case(
                (is_named(sa.bindparam("organisation", type_=sa.Integer)), _FOR_THEM),
                else_=_KEPT_FROM_THEM,
            ),
        )
        .join(SetAsidePlace, SetAsidePlace.place_id == Place.id)
        .join(SetAside, SetAside.id == SetAsidePlace.set_aside_id)
        .where(
            in_given_ids(Place.facility_id, "ids", dialect),
            SetAside.ends_at > sa.bindparam("after", type_=UTCDateTime),
            SetAside.starts_at < sa.bindparam("before", type_=UTCDateTime),
            is_kept(sa.bindparam("now", type_=UTCDateTime)),
        )
    )
    return sa.union_all(dates, kept).order_by("place_id", "starts_at")


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
