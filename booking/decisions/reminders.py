"""Reminders of requests that wait for their answer; the worker calls it."""

from datetime import datetime

import sqlalchemy as sa

from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.records import reload_booking
from booking.bookings.replacements import waiting_for_owner
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.decisions.queries import to_decide
from booking.extensions import db
from booking.messages.queries import clock_stands_still
from booking.rules.lifecycle import Event, Side
from booking.rules.reminders import Reminder, next_reminder

#: At most so many bookings of one call; the next call goes on.
BATCH = 100


def remind_due() -> int:
    """Remind who decides at half time, and the coordinators at the due date, once each.

    Returns for how many bookings it did. While a question stops the clock nobody is reminded. Each
    booking in a transaction of its own, so that one that fails holds up no other.

    Raises:
        ExceptionGroup: some failed, each with a note that names the booking; the others are done.
    """
    now = clock.now()
    rows = db.session.execute(
        sa.select(
            Booking.id,
            Booking.facility_id,
            BookingRequest.sent_at,
            Booking.due_at,
            Booking.reminded_at,
        )
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            Booking.due_at.is_not(None),
            Booking.escalated_at.is_(None),
            sa.or_(Booking.reminded_at.is_(None), Booking.due_at <= now),
            Booking.id.in_(sa.select(Occurrence.booking_id).where(to_decide(now))),
            sa.not_(clock_stands_still(now)),
        )
        .order_by(Booking.due_at, Booking.id)
    ).all()
    reminded, failed = 0, []
    for row in rows:
        if reminded == BATCH:
            break
        is_reminded = row.reminded_at is not None
        if next_reminder(row.sent_at, row.due_at, now, reminded=is_reminded) is None:
            continue
        try:
            reminded += _remind(row.id, row.facility_id)
        except Exception as error:  # noqa: BLE001  # the other bookings go on
            db.session.rollback()
            error.add_note(f"while reminding of booking {row.id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("some bookings got no reminder", failed)
    return reminded


@retried
def _remind(booking_id: int, facility_id: int) -> bool:
    with writing(facility_id) as now:
        booking = reload_booking(booking_id)
        waiting = waiting_for_owner(booking, now)
        reminder = _reminder_of(booking, now)
        if not waiting or reminder is None:
            return False
        if reminder is Reminder.OVERDUE:
            booking.escalated_at = now
        else:
            booking.reminded_at = now
        write_log(
            booking,
            waiting,
            now,
            before=waiting[0].state,
            after=waiting[0].state,
            deciders=deciders_of([booking], now)[booking_id],
            actor_id=None,
            side=Side.NOBODY,
            event=Event.OVERDUE if reminder is Reminder.OVERDUE else Event.REMINDED,
        )
        return True


def _reminder_of(booking: Booking, now: datetime) -> Reminder | None:
    stands_still = sa.select(Booking.id).where(Booking.id == booking.id, clock_stands_still(now))
    if booking.due_at is None or db.session.scalar(stands_still):
        return None
    return next_reminder(
        booking.request.sent_at,
        booking.due_at,
        now,
        reminded=booking.reminded_at is not None,
        escalated=booking.escalated_at is not None,
    )
