"""Conditions before arrival that were not met in time: who decides is asked once, nothing ends."""

import sqlalchemy as sa

from booking.bookings.conditions import upcoming
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingCondition, Occurrence
from booking.bookings.records import reload_booking
from booking.conditions.queries import COUNTS, rows_of
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.rules.conditions import ConditionStage, ConditionStatus
from booking.rules.lifecycle import FIRM, Event, Side

#: At most so many conditions of one call; the next call goes on.
BATCH = 100
_SETTLED = [status for status in ConditionStatus if status.is_settled]


def tell_of_missed() -> int:
    """Tell who decides of conditions before arrival whose time is up; returns how many there were.

    Each in a transaction of its own, so that one that fails holds up no other.

    Raises:
        ExceptionGroup: some failed, each with a note that names the condition.
    """
    now = clock.now()
    found = db.session.execute(
        sa.select(BookingCondition.id, Booking.id, Booking.facility_id)
        .join(Booking, Booking.id == BookingCondition.booking_id)
        .where(
            BookingCondition.due_at <= now,
            BookingCondition.missed_at.is_(None),
            COUNTS,
            BookingCondition.stage == ConditionStage.BEFORE_ARRIVAL,
            BookingCondition.status.not_in(_SETTLED),
            sa.exists().where(Occurrence.booking_id == Booking.id, upcoming(now)),
        )
        .order_by(BookingCondition.id)
        .limit(BATCH)
    ).all()
    told = 0
    failed: list[Exception] = []
    for condition_id, booking_id, facility_id in found:
        try:
            told += _tell(condition_id, booking_id, facility_id)
        except Exception as error:  # noqa: BLE001  # the others go on
            db.session.rollback()
            error.add_note(f"while telling of condition {condition_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("nobody could be told of some conditions", failed)
    return told


@retried
def _tell(condition_id: int, booking_id: int, facility_id: int) -> bool:
    with writing(facility_id) as now:
        booking = reload_booking(booking_id)
        row = next((one for one in rows_of(booking_id) if one.id == condition_id), None)
        dates = [one for one in booking.occurrences if one.state in FIRM and one.ends_at > now]
        if row is None or row.missed_at is not None or not dates:
            return False
        if ConditionStatus(row.status).is_settled:
            return False
        row.missed_at = now
        write_log(
            booking,
            dates,
            now,
            before=dates[0].state,
            after=dates[0].state,
            deciders=deciders_of([booking], now)[booking_id],
            actor_id=None,
            side=Side.NOBODY,
            event=Event.CONDITION_MISSED,
            condition_id=row.id,
        )
        return True
