"""Taking, holding and freeing places for dates: the rows that say "taken"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy, Occurrence
from booking.db.in_ids import in_ids
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.models import Place
from booking.rules.availability import (
    PlaceAssignment,
    Room,
    assign,
    assign_beside,
    with_assignments,
)
from booking.rules.slots import Slot, subtract
from booking.rules.terms import BookingTerms


def occurrence_slot(occurrence: Occurrence) -> Slot:
    """Return the time of a date, without set-up and clean-up."""
    return Slot(occurrence.starts_at, occurrence.ends_at)


def taken_slot(occurrence: Occurrence, rules: BookingTerms) -> Slot:
    """Return the time that a date takes, set-up and clean-up included."""
    return occurrence_slot(occurrence).widened(rules.setup_minutes, rules.cleanup_minutes)


def seat_all(
    occurrences: Sequence[Occurrence],
    room: Room,
    rules: BookingTerms,
    now: datetime,
    *,
    hold: bool,
    has_expired: bool,
) -> None:
    """Take places for each date, in their order; a hold lasts until the date lapses.

    Call it inside `writing` with the root locked; `room` must not hold these dates' own rows.
    `has_expired`: expired holds may be in the way. Two statements, however many dates, else one.

    Raises:
        Conflict: `taken`, when one of them no longer fits. Then nothing is written.
    """
    rows = []
    taken = room.taken
    for occurrence in occurrences:
        slot = taken_slot(occurrence, rules)
        assigned = assign(replace(room, taken=taken), slot, occurrence.places, occurrence.whole)
        if assigned is None:
            raise Conflict("taken")
        taken = with_assignments(taken, assigned)
        held_until = occurrence.lapses_at if hold else None
        rows += _rows_of(occurrence, assigned, held_until=held_until)
    _insert(rows, now, has_expired=has_expired)


def fits_all(occurrences: Iterable[Occurrence], room: Room, rules: BookingTerms) -> bool:
    """Return whether there is room for all of these dates together, one after the other."""
    taken = room.taken
    for occurrence in occurrences:
        assigned = assign(
            replace(room, taken=taken),
            taken_slot(occurrence, rules),
            occurrence.places,
            occurrence.whole,
        )
        if assigned is None:
            return False
        taken = with_assignments(taken, assigned)
    return True


def hold_beside(
    occurrences: Sequence[Occurrence],
    had: Mapping[int, Sequence[Slot]],
    room: Room,
    rules: BookingTerms,
    now: datetime,
    *,
    refuse: bool = True,
) -> None:
    """Hold for each date, until it lapses, what it needs beyond what another one has.

    `had` maps places to what the other has there, which counts as free in `room`; of `room` only
    these dates' own rows may be in `had` too. `refuse` False: a date that does not fit is left
    out. Call it inside `writing` with the root locked.

    Raises:
        Conflict: `taken`, when one of them does not fit. Then nothing is written.
    """
    rows = []
    taken = room.taken
    for occurrence in occurrences:
        assigned = assign_beside(
            replace(room, taken=taken),
            taken_slot(occurrence, rules),
            occurrence.places,
            occurrence.whole,
            had,
        )
        if assigned is None:
            if refuse:
                raise Conflict("taken")
            continue
        taken = with_assignments(taken, assigned)
        rows += _rows_of(occurrence, assigned, held_until=occurrence.lapses_at)
    _insert(rows, now, has_expired=True)


def _rows_of(
    occurrence: Occurrence, assigned: Iterable[PlaceAssignment], *, held_until: datetime | None
) -> list[dict[str, Any]]:
    return [
        {
            "place_id": one.place_id,
            "occurrence_id": occurrence.id,
            "starts_at": one.slot.starts_at,
            "ends_at": one.slot.ends_at,
            "held_until": held_until,
        }
        for one in assigned
    ]


def _insert(rows: Sequence[dict[str, Any]], now: datetime, *, has_expired: bool) -> None:
    if not rows:
        return
    if has_expired:
        _clear_expired(rows, now)
    # RETURNING: else a driver may send the rows one by one, each with its triggers.
    db.session.execute(sa.insert(Occupancy).returning(Occupancy.id), rows).all()


def shrink(occurrence: Occurrence, rules: BookingTerms) -> None:
    """Give back what a date no longer needs of the places that it takes or holds.

    Call it inside `writing`, once the date has its new time and extent, which lie within the old
    ones. A hold ends when it would have ended; a date that holds nothing still holds nothing.
    """
    rows = db.session.execute(
        sa.select(
            Occupancy.place_id,
            Occupancy.starts_at,
            Occupancy.ends_at,
            Occupancy.held_until,
            Place.facility_id,
        )
        .join(Place, Place.id == Occupancy.place_id)
        .where(Occupancy.occurrence_id == occurrence.id)
        .order_by(Place.id)
    ).all()
    if not rows:
        return
    # Set-up may have become longer since: that was never taken.
    needed = taken_slot(occurrence, rules)
    slot = Slot(
        max(needed.starts_at, min(row.starts_at for row in rows)),
        min(needed.ends_at, max(row.ends_at for row in rows)),
    )
    had: dict[int, list[Slot]] = {}
    for row in rows:
        had.setdefault(row.place_id, []).append(Slot(row.starts_at, row.ends_at))
    own = {row.place_id: row.facility_id == occurrence.facility_id for row in rows}
    room = Room(
        own=tuple(place_id for place_id, is_own in own.items() if is_own),
        below=tuple(place_id for place_id, is_own in own.items() if not is_own),
        taken={place_id: subtract([slot], slots) for place_id, slots in had.items()},
    )
    assigned = assign(room, slot, occurrence.places, occurrence.whole)
    if assigned is None:
        raise ValueError("a date needs more than it had")
    free_all([occurrence])
    taken = _rows_of(occurrence, assigned, held_until=rows[0].held_until)
    _insert(taken, slot.starts_at, has_expired=False)


def free_all(occurrences: Iterable[Occurrence]) -> None:
    """Free the places that these dates take or hold."""
    ids = [occurrence.id for occurrence in occurrences]
    db.session.execute(sa.delete(Occupancy).where(Occupancy.occurrence_id.in_(ids)))


def holding(occurrences: Iterable[Occurrence], now: datetime) -> set[int]:
    """Return the ids of the dates that have a hold which has not expired."""
    ids = [occurrence.id for occurrence in occurrences]
    return set(
        db.session.scalars(
            sa.select(Occupancy.occurrence_id).where(
                Occupancy.occurrence_id.in_(ids), Occupancy.held_until > now
            )
        )
    )


def keep_places(occurrence_ids: Iterable[int]) -> None:
    """Make the holds of these dates permanent."""
    wanted = set(occurrence_ids)
    if not wanted:
        return
    db.session.execute(
        sa.update(Occupancy).where(Occupancy.occurrence_id.in_(wanted)).values(held_until=None)
    )


def hold_again(occurrences: Iterable[Occurrence]) -> None:
    """Make the places of these dates holds that last until each date lapses."""
    for occurrence in occurrences:
        db.session.execute(
            sa.update(Occupancy)
            .where(Occupancy.occurrence_id == occurrence.id)
            .values(held_until=occurrence.lapses_at)
        )


def move_holds(by_end: Mapping[datetime, Sequence[int]], now: datetime) -> None:
    """Let the holds of dates end at another instant; a hold that is gone stays gone.

    `by_end` has the ids of the dates for each new end (UTC).
    """
    for end, ids in by_end.items():
        db.session.execute(
            sa.update(Occupancy)
            .where(Occupancy.occurrence_id.in_(ids), Occupancy.held_until > now)
            .values(held_until=end)
        )


def _clear_expired(rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Delete expired holds on these places around these times: the overlap guard has no clock."""
    db.session.execute(
        sa.delete(Occupancy).where(
            in_ids(Occupancy.place_id, (row["place_id"] for row in rows)),
            Occupancy.ends_at > min(row["starts_at"] for row in rows),
            Occupancy.starts_at < max(row["ends_at"] for row in rows),
            Occupancy.held_until <= now,
        )
    )
