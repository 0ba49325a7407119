"""The places of facilities and what is taken on them, as `rules.availability.Room`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.bookings.on_places import (
    OnPlace,
    instant,
    set_aside_there,
    slot_between,
    taken_there,
)
from booking.bookings.set_aside import is_kept, is_named
from booking.db.in_ids import ids_value, in_given_ids, in_ids
from booking.db.rows import read_rows
from booking.extensions import db
from booking.facilities.models import Place
from booking.facilities.tree import trees_of
from booking.rules.availability import Room
from booking.rules.slots import Slot, merge, subtract
from booking.rules.visibility import ANYBODY, visible_taken


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
    wanted = set(facility_ids)
    is_one = len(wanted) == 1
    query = _query(
        db.session.get_bind().dialect.name,
        of_one=is_one,
        has_exceptions=bool(without),
        with_set_aside=for_organisation != ANYBODY,
    )
    given: dict[str, object] = {
        "ids": next(iter(wanted)) if is_one else ids_value(wanted),
        "after": window.starts_at,
        "before": window.ends_at,
        "now": now,
    }
    if without:
        given["without"] = ids_value(without)
    if for_organisation != ANYBODY:
        given["organisation"] = for_organisation
    slots_in = OnPlace(slot_between).of
    places: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, list[Slot]] = {}
    set_aside: dict[int, list[Slot]] = {}
    for facility_id, place_id, dates, kept_from_them, for_them in read_rows(query, given):
        places[facility_id].append(place_id)
        slots = sorted(slots_in(dates))
        if kept_from_them:
            # Dates of named organisations lie within it, and keep their own times.
            slots = sorted([*slots, *subtract(merge(slots_in(kept_from_them)), slots)])
        if slots:
            taken[place_id] = slots
        if for_them:
            set_aside[place_id] = merge(slots_in(for_them))
    return places, taken, set_aside


# Cached: to put it together takes as long as to run it.
@cache
def _query(
    dialect: str, *, of_one: bool, has_exceptions: bool, with_set_aside: bool
) -> sa.Select[int, int, str | None, str | None, str | None]:
    """Return the query for the facilities in the parameter `ids`: a number if `of_one`.

    PostgreSQL cannot know how long an array will be, so it plans this query anew for each one; for
    a number it keeps the plan.
    """
    counted = (
        [sa.not_(in_given_ids(Occupancy.occurrence_id, "without", dialect))]
        if has_exceptions
        else []
    )
    kept, named = is_kept(instant("now")), is_named(sa.bindparam("organisation", type_=sa.Integer))
    return (
        sa.select(
            Place.facility_id,
            Place.id,
            taken_there(dialect, *counted),
            *(
                set_aside_there(dialect, sa.and_(kept, condition)) if with_set_aside else sa.null()
                for condition in (sa.not_(named), named)
            ),
        )
        .where(
            Place.facility_id == sa.bindparam("ids", type_=sa.Integer)
            if of_one
            else in_given_ids(Place.facility_id, "ids", dialect)
        )
        .order_by(Place.id)
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
