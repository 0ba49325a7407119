"""Expiry of dates that nobody decided on in time; the worker calls it."""

from collections import defaultdict

import sqlalchemy as sa

from booking.bookings.conditions import has_lapsed
from booking.bookings.deciding import deciders_of
from booking.bookings.models import Booking, Occurrence
from booking.bookings.records import reload_booking, writing_on
from booking.bookings.transitions import take_step
from booking.db import clock
from booking.db.transactions import retried
from booking.extensions import db
from booking.rules.lifecycle import Act, Side, State, state_at

#: At most so many bookings of one call; the next call goes on.
BATCH = 100


def lapse_due() -> int:
    """Let dates lapse that nobody decided on in time; returns how many bookings it changed.

    Each booking in a transaction of its own, so that one that fails holds up no other.

    Raises:
        ExceptionGroup: some failed, each with a note that names the booking; the others are done.
    """
    now = clock.now()
    changed = 0
    failed: list[Exception] = []
    last_id = 0
    while changed < BATCH:
        bookings = db.session.execute(
            sa.select(Booking.id)
            .where(
                Booking.id > last_id,
                Booking.id.in_(sa.select(Occurrence.booking_id).where(has_lapsed(now))),
            )
            .order_by(Booking.id)
            .limit(BATCH)
        ).all()
        for (booking_id,) in bookings:
            try:
                changed += _lapse(booking_id)
            except Exception as error:  # noqa: BLE001  # the other bookings go on
                db.session.rollback()
                error.add_note(f"while letting dates of booking {booking_id} lapse")
                failed.append(error)
            last_id = booking_id
        if len(bookings) < BATCH:
            break
    if failed:
        raise ExceptionGroup("some bookings could not lapse", failed)
    return changed


@retried
def _lapse(booking_id: int) -> bool:
    with writing_on(booking_id, by_rules=False) as now:
        booking = reload_booking(booking_id)
        late: dict[State, list[Occurrence]] = defaultdict(list)
        for occurrence in booking.occurrences:
            if state_at(occurrence.state, occurrence.lapses_at, now) is not occurrence.state:
                late[occurrence.state].append(occurrence)
        deciders = deciders_of([booking], now)[booking_id]
        for occurrences in late.values():
            take_step(
                booking,
                occurrences,
                Act.LAPSE,
                now,
                deciders=deciders,
                actor_id=None,
                side=Side.NOBODY,
            )
        return bool(late)
