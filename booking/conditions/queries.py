"""The conditions that a facility asks for, and those that hang on bookings: reading them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.conditions import Instant, in_states, upcoming
from booking.bookings.models import BookingCondition, Occurrence
from booking.extensions import db
from booking.facilities.condition_lists import listed_conditions
from booking.rules.conditions import (
    ConditionKind,
    ConditionStage,
    ConditionStatus,
    ListedCondition,
)
from booking.rules.lifecycle import State

#: Conditions but for those that came with a confirmation that was undone.
COUNTS = BookingCondition.taken_off_at.is_(None)


@dataclass(frozen=True)
class ConditionLine:
    """A condition of a booking; `note` was written with the latest change of its status."""

    id: int
    kind: ConditionKind
    text: str
    stage: ConditionStage
    due_at: datetime
    status: ConditionStatus
    note: str


def rows_of(booking_id: int) -> list[BookingCondition]:
    """Return the conditions of a booking, read again; call it once its root is locked."""
    return list(
        db.session.scalars(
            sa.select(BookingCondition)
            .where(BookingCondition.booking_id == booking_id, COUNTS)
            .order_by(BookingCondition.id)
            .execution_options(populate_existing=True)
        )
    )


def not_hung(
    listed: Sequence[ListedCondition], rows: Sequence[BookingCondition]
) -> list[ListedCondition]:
    """Return the conditions of a list that do not hang on a booking yet."""
    hung = {row.listed_id for row in rows}
    return [one for one in listed if one.id not in hung]


def conditions_of(booking_ids: Collection[int]) -> Mapping[int, Sequence[ConditionLine]]:
    """Return the conditions of these bookings by booking id; one statement."""
    found: dict[int, list[ConditionLine]] = defaultdict(list)
    for row in db.session.scalars(
        sa.select(BookingCondition)
        .where(BookingCondition.booking_id.in_(booking_ids), COUNTS)
        .order_by(BookingCondition.stage.desc(), BookingCondition.id)
    ):
        found[row.booking_id].append(
            ConditionLine(
                row.id,
                ConditionKind(row.kind),
                row.text,
                ConditionStage(row.stage),
                row.due_at,
                ConditionStatus(row.status),
                row.note,
            )
        )
    return found


def to_be_asked(
    facility_by_booking: Mapping[int, int],
) -> Mapping[int, Sequence[ListedCondition]]:
    """Return by booking which conditions of its facility do not hang on it yet; two statements."""
    listed = listed_conditions(set(facility_by_booking.values()))
    if not listed:
        return {}
    hung = set(
        db.session.execute(
            sa.select(BookingCondition.booking_id, BookingCondition.listed_id).where(
                BookingCondition.booking_id.in_(facility_by_booking), COUNTS
            )
        ).all()
    )
    return {
        booking_id: [one for one in listed.get(facility, ()) if (booking_id, one.id) not in hung]
        for booking_id, facility in facility_by_booking.items()
    }


def is_to_check(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that an `Occurrence` waits for the check of something marked as done."""
    done = sa.exists().where(
        BookingCondition.booking_id == Occurrence.booking_id,
        BookingCondition.status == ConditionStatus.DONE,
        COUNTS,
        sa.or_(
            BookingCondition.stage == ConditionStage.BEFORE_ARRIVAL,
            Occurrence.state == State.ACCEPTED,
        ),
    )
    accepted = in_states(frozenset({State.ACCEPTED}), now)
    return sa.and_(sa.or_(accepted, upcoming(now)), done)


def booking_of_condition(condition_id: int) -> int | None:
    """Return the booking on which a condition hangs, or None if there is none."""
    return db.session.scalar(
        sa.select(BookingCondition.booking_id).where(BookingCondition.id == condition_id, COUNTS)
    )
