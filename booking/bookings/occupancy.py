"""Taking, holding and freeing places for dates: the rows that say "taken"."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.models import Occupancy, Occurrence
from booking.errors import Conflict
from booking.extensions import db
from booking.rules.availability import PlaceAssignment, Room, assign
from booking.rules.slots import Slot
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
) -> None:
    """Take places for each date, one after the other; a hold lasts until the date lapses.

    Call it inside `writing` with the root locked; `room` must not hold these dates' own rows.

    Raises:
        Conflict: `taken`, when one of them no longer fits.
    """
    taken = {place_id: list(slots) for place_id, slots in room.taken.items()}
    for occurrence in occurrences:
        current = Room(room.own, room.below, taken)
        seatings = assign(
            current, taken_slot(occurrence, rules), occurrence.places, occurrence.whole
        )
        if seatings is None:
            raise Conflict("taken")
        _clear_expired(seatings, now)
        for seating in seatings:
            db.session.add(
                Occupancy(
                    place_id=seating.place_id,
                    occurrence_id=occurrence.id,
                    starts_at=seating.slot.starts_at,
                    ends_at=seating.slot.ends_at,
                    held_until=occurrence.lapses_at if hold else None,
                )
            )
            taken.setdefault(seating.place_id, []).append(seating.slot)
            taken[seating.place_id].sort()
    db.session.flush()


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
    db.session.execute(
        sa.update(Occupancy)
        .where(Occupancy.occurrence_id.in_(set(occurrence_ids)))
        .values(held_until=None)
    )


def _clear_expired(seatings: Sequence[PlaceAssignment], now: datetime) -> None:
    """Delete expired holds in the way: the overlap guard cannot see the clock."""
    for seating in seatings:
        db.session.execute(
            sa.delete(Occupancy).where(
                Occupancy.place_id == seating.place_id,
                Occupancy.ends_at > seating.slot.starts_at,
                Occupancy.starts_at < seating.slot.ends_at,
                Occupancy.held_until <= now,
            )
        )
