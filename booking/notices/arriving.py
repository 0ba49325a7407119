"""Reminding people of bookings that take place soon; the worker calls it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.records import reload_booking
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.facilities.arrival_models import Arrival
from booking.facilities.arrivals import arrivals_of
from booking.facilities.models import Facility
from booking.notices.models import ArrivalReminder
from booking.rules.lifecycle import FIRM, Event, Side
from booking.rules.updates import REMINDER_DAYS, reminded_at

#: More than the days off between two working days, wherever a cluster is.
LONGEST_BREAK = timedelta(days=12)


def remind_of_arrivals() -> int:
    """Remind people of bookings whose first agreed date is near; returns of how many bookings.

    Each date is told of at most once: the first one of its booking, and a later one only where
    the first was cancelled. Each booking in a transaction of its own.

    Raises:
        ExceptionGroup: some failed, each with a note that names the booking; the others are done.
    """
    now = clock.now()
    rows = db.session.execute(_candidates(now)).all()
    if not rows:
        return 0
    arrivals = arrivals_of({row.facility_id for row in rows})
    reminded = 0
    failed: list[Exception] = []
    due = [
        row
        for row in rows
        if (days := arrivals[row.facility_id].reminder_days)
        and reminded_at(row.starts_at, days, deadlines_of(row.Cluster, now)) <= now
    ]
    for booking_id, facility_id in [(row.booking_id, row.facility_id) for row in due]:
        try:
            reminded += _remind(booking_id, facility_id)
        except Exception as error:  # noqa: BLE001  # the other bookings go on
            db.session.rollback()
            error.add_note(f"while reminding of booking {booking_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("some reminders could not be written", failed)
    return reminded


def _candidates(now: datetime) -> sa.Select[*tuple[object, ...]]:
    """Return the query of the first agreed dates that may be near enough."""
    longest = max(db.session.scalar(sa.select(sa.func.max(Arrival.reminder_days))) or 0, 0)
    working_days = max(longest, REMINDER_DAYS)
    # Five working days take a week.
    reach = timedelta(days=working_days // 5 * 7 + working_days % 5) + LONGEST_BREAK
    earlier = aliased(Occurrence)
    return (
        sa.select(Occurrence.booking_id, Occurrence.facility_id, Occurrence.starts_at, Cluster)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .where(
            Occurrence.state.in_(sorted(FIRM)),
            Occurrence.starts_at > now,
            Occurrence.starts_at <= now + reach,
            BookingRequest.organisation_id.is_not(None),
            ~sa.exists().where(ArrivalReminder.occurrence_id == Occurrence.id),
            ~sa.exists().where(
                earlier.booking_id == Occurrence.booking_id,
                earlier.state.in_(sorted(FIRM)),
                earlier.starts_at < Occurrence.starts_at,
            ),
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )


@retried
def _remind(booking_id: int, facility_id: int) -> bool:
    with writing(facility_id) as now:
        booking = reload_booking(booking_id)
        agreed = [date for date in booking.occurrences if date.state in FIRM]
        if not agreed or agreed[0].starts_at <= now:
            return False
        first = agreed[0]
        if db.session.get(ArrivalReminder, first.id):
            return False
        db.session.add(ArrivalReminder(occurrence_id=first.id, reminded_at=now))
        write_log(
            booking,
            [first],
            now,
            before=first.state,
            after=first.state,
            deciders=deciders_of([booking], now)[booking_id],
            actor_id=None,
            side=Side.NOBODY,
            event=Event.ARRIVING,
        )
        return True
