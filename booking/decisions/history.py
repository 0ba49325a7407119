"""What happened before: the log of a booking, and earlier bookings of whoever asks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.lifecycle import FIRM, Event, State
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class OwnerLogLine:
    """One step; `actor` None: nobody, it lapsed. `date_ids`, `slots`: what it is about.

    With any `event` but STEP the dates stayed in their state.
    """

    at: datetime
    actor: str | None
    is_viewer: bool
    side: str
    colleague: bool
    event: Event
    before: str | None
    after: str
    reason: str
    date_ids: frozenset[int]
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Earlier:
    """Earlier bookings of the organisation in one cluster: took place, or were cancelled."""

    kept: int
    cancelled: int


def log_of(
    booking_ids: Sequence[int], slots: Mapping[int, Slot], viewer: Viewer
) -> dict[int, list[OwnerLogLine]]:
    """Return the log of each booking, newest first; `slots` are those of all their dates."""
    found: dict[int, list[OwnerLogLine]] = defaultdict(list)
    for entry, actor in db.session.execute(
        sa.select(LogEntry, Person.name)
        .outerjoin(Person, Person.id == LogEntry.actor_id)
        .where(LogEntry.booking_id.in_(booking_ids))
        .order_by(LogEntry.id.desc())
    ):
        found[entry.booking_id].append(
            OwnerLogLine(
                at=entry.at,
                actor=actor,
                is_viewer=entry.actor_id is not None and entry.actor_id == viewer.person_id,
                side=entry.side,
                colleague=entry.colleague,
                event=Event(entry.event),
                before=entry.before,
                after=entry.after,
                reason=entry.reason,
                date_ids=frozenset(entry.occurrence_ids),
                slots=tuple(sorted(slots[key] for key in entry.occurrence_ids if key in slots)),
            )
        )
    return found


def earlier_bookings(
    request: BookingRequest, cluster_ids: Collection[int], now: datetime
) -> dict[int, Earlier]:
    """Return what the organisation booked before in each of these clusters, and nowhere else."""
    if request.organisation_id is None:
        return {}
    kept = sa.and_(Occurrence.state.in_(FIRM), Occurrence.ends_at <= now)
    cancelled = Occurrence.state == State.CANCELLED

    def bookings_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((condition, Booking.id)).distinct())

    rows: Sequence[Any] = db.session.execute(
        sa.select(
            Facility.cluster_id,
            bookings_where(kept).label("kept"),
            bookings_where(cancelled).label("cancelled"),
        )
        .select_from(BookingRequest)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(
            BookingRequest.organisation_id == request.organisation_id,
            BookingRequest.id != request.id,
            Facility.cluster_id.in_(cluster_ids),
        )
        .group_by(Facility.cluster_id)
    ).all()
    return {row.cluster_id: Earlier(row.kept, row.cancelled) for row in rows}
