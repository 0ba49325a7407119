"""Adding and removing places of a facility without losing a future occupancy."""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.bookings.conditions import still_to_come
from booking.bookings.models import Occupancy, Occurrence
from booking.bookings.rooms import rooms
from booking.bookings.set_aside import add_to_wholes, set_aside_of
from booking.bookings.set_aside_models import SetAsidePlace
from booking.db import clock
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility, Place
from booking.facilities.tree import trees_of
from booking.rules.availability import PlaceAssignment, Room, assign
from booking.rules.slots import Slot, merge
from booking.rules.visibility import ANYBODY

_MARGIN = timedelta(days=4)


def add_places(facility: Facility, count: int) -> None:
    """Add `count` places; whole bookings of the facility, or of one above, take them as well.

    They are set aside with what is set aside as a whole. Call it inside `writing`, with the root
    locked.
    """
    new = [Place(facility_id=facility.id) for _ in range(count)]
    if not new:
        return
    db.session.add_all(new)
    db.session.flush()
    above = trees_of([facility.id]).above(facility.id)
    add_to_wholes([facility.id, *above], [place.id for place in new], clock.now())
    db.session.add_all(
        Occupancy(
            place_id=place.id,
            occurrence_id=occurrence_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            held_until=held_until,
        )
        for (occurrence_id, held_until), slots in _taken_whole([facility.id, *above]).items()
        for slot in merge(slots)
        for place in new
    )
    db.session.flush()


def _taken_whole(facility_ids: Iterable[int]) -> dict[tuple[int, datetime | None], list[Slot]]:
    """Return when whole bookings take anything, by occurrence id and held until.

    A proposal may take one place longer than another, which the date that it would replace has.
    """
    found: dict[tuple[int, datetime | None], list[Slot]] = defaultdict(list)
    for occurrence_id, held_until, starts_at, ends_at in db.session.execute(
        sa.select(
            Occupancy.occurrence_id, Occupancy.held_until, Occupancy.starts_at, Occupancy.ends_at
        )
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .where(Occurrence.facility_id.in_(set(facility_ids)), Occurrence.whole)
        .distinct()
        .order_by(Occupancy.occurrence_id, Occupancy.starts_at, Occupancy.ends_at)
    ):
        found[occurrence_id, held_until].append(Slot(starts_at, ends_at))
    return found


def remove_places(facility: Facility, count: int, now: datetime) -> set[int]:
    """Remove `count` places; returns the dates (occurrence ids) that would no longer fit.

    Confirmed, held and merely requested dates all count. If the set is empty the places are gone
    and their occupancies moved to other places; those of past dates that fit nowhere are deleted.
    If not, roll back. Call it inside `writing`, with the root locked.

    Raises:
        Invalid: `places` is `set_aside`: one that goes is set aside.
    """
    places = db.session.scalars(
        sa.select(Place.id).where(Place.facility_id == facility.id).order_by(Place.id)
    ).all()
    _clear_expired(places, now)
    without_places = _without_places(facility.id, now)
    fitting = _dates_that_fit(facility.id, without_places, now)
    set_aside = set_aside_of(places, now)
    going = sorted(_least_used(places, now), key=set_aside.__contains__)[:count]
    if set_aside.intersection(going):
        raise Invalid("places", "set_aside")
    staying = [place_id for place_id in places if place_id not in going]
    without_room = _move(going, staying, now)
    db.session.execute(sa.delete(Occupancy).where(Occupancy.place_id.in_(going)))
    db.session.execute(sa.delete(SetAsidePlace).where(SetAsidePlace.place_id.in_(going)))
    db.session.execute(sa.delete(Place).where(Place.id.in_(going)))
    db.session.flush()
    return without_room | (fitting - _dates_that_fit(facility.id, without_places, now))


def _clear_expired(place_ids: Collection[int], now: datetime) -> None:
    db.session.execute(
        sa.delete(Occupancy).where(Occupancy.place_id.in_(place_ids), Occupancy.held_until <= now)
    )


def _least_used(place_ids: Sequence[int], now: datetime) -> list[int]:
    """Return the places sorted by future occupancies, fewest first; of equal ones the newest."""
    counts = dict(
        db.session.execute(
            sa.select(Occupancy.place_id, sa.func.count())
            .where(Occupancy.place_id.in_(place_ids), Occupancy.ends_at > now)
            .group_by(Occupancy.place_id)
        ).all()
    )
    return sorted(place_ids, key=lambda place_id: (counts.get(place_id, 0), -place_id))


def _move(going: Collection[int], staying: Collection[int], now: datetime) -> set[int]:
    """Move occupancies from places that go to those that stay; returns the dates that do not fit.

    A date may move to several places, one after the other. Whole bookings need no other place.
    """
    taken: dict[int, list[Slot]] = defaultdict(list)
    for place_id, starts_at, ends_at in db.session.execute(
        sa.select(Occupancy.place_id, Occupancy.starts_at, Occupancy.ends_at)
        .where(Occupancy.place_id.in_(staying))
        .order_by(Occupancy.starts_at)
    ):
        taken[place_id].append(Slot(starts_at, ends_at))
    without_room: set[int] = set()
    for occupancy in db.session.scalars(
        sa.select(Occupancy)
        .join(Occurrence, Occurrence.id == Occupancy.occurrence_id)
        .where(Occupancy.place_id.in_(going), sa.not_(Occurrence.whole))
        # Past occupancies come last, so that they take no place from future ones.
        .order_by(Occupancy.ends_at <= now, Occupancy.starts_at, Occupancy.id)
    ).all():
        slot = Slot(occupancy.starts_at, occupancy.ends_at)
        assignments = assign(Room(tuple(staying), (), taken), slot, 1, whole=False)
        if assignments is not None:
            _write_assignments(occupancy, assignments)
            for assignment in assignments:
                insort(taken[assignment.place_id], assignment.slot)
        elif occupancy.ends_at > now:
            without_room.add(occupancy.occurrence_id)
    db.session.flush()
    return without_room


def _write_assignments(occupancy: Occupancy, assignments: Sequence[PlaceAssignment]) -> None:
    first, *others = assignments
    occupancy.place_id = first.place_id
    occupancy.starts_at, occupancy.ends_at = first.slot.starts_at, first.slot.ends_at
    db.session.add_all(
        Occupancy(
            place_id=assignment.place_id,
            occurrence_id=occupancy.occurrence_id,
            starts_at=assignment.slot.starts_at,
            ends_at=assignment.slot.ends_at,
            held_until=occupancy.held_until,
        )
        for assignment in others
    )


def _without_places(facility_id: int, now: datetime) -> Sequence[Occurrence]:
    """Return the future dates by place in this facility that hold no place."""
    holding = sa.select(Occupancy.id).where(Occupancy.occurrence_id == Occurrence.id)
    return db.session.scalars(
        sa.select(Occurrence).where(
            Occurrence.facility_id == facility_id,
            sa.not_(Occurrence.whole),
            still_to_come(now),
            sa.not_(holding.exists()),
        )
    ).all()


def _dates_that_fit(facility_id: int, dates: Sequence[Occurrence], now: datetime) -> set[int]:
    """Return the ids of the dates that would fit now, each on its own."""
    if not dates:
        return set()
    rules = effective_terms([facility_id])[facility_id].rules
    starts = min(date.starts_at for date in dates)
    window = Slot(starts - _MARGIN, max(date.ends_at for date in dates) + _MARGIN)
    room: Room = rooms([facility_id], window, now, for_organisation=ANYBODY)[facility_id]
    fitting = set()
    for date in dates:
        slot = Slot(date.starts_at, date.ends_at)
        needed = slot.widened(rules.setup_minutes, rules.cleanup_minutes)
        if date.places and assign(room, needed, date.places, whole=False) is not None:
            fitting.add(date.id)
    return fitting
