"""Telling administrators about requests on which nobody can decide; the worker calls it."""

from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.second_factor_duty import ACTS_AS_ADMIN
from booking.bookings.conditions import in_states
from booking.bookings.deciding import BookingDeciders, deciders_of
from booking.bookings.models import Booking, BookingRequest, LogEntry, Occurrence
from booking.bookings.records import reload_booking
from booking.db import clock
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.choices import choices_of
from booking.notices.delivery import NewNotice, add_notices
from booking.notices.models import Notice
from booking.rules.lifecycle import WAIT_FOR_OWNER, Audience


def tell_admins() -> int:
    """Tell the administrators, once, of each waiting booking that nobody can decide on.

    That is so when roles end, accounts are closed, or everybody named works for a rival. Returns
    how many bookings it told them about.
    """
    now = clock.now()
    if not _admins():
        return 0
    told = sa.exists().where(Notice.booking_id == Booking.id, Notice.side == Audience.ADMIN)
    rows = db.session.execute(
        sa.select(
            Booking.id, Booking.facility_id, BookingRequest.requester_id, BookingRequest.entered
        )
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(Booking.id.in_(sa.select(Occurrence.booking_id).where(_waiting(now))), ~told)
        .order_by(Booking.id)
    ).all()
    decided = BookingDeciders({row.facility_id for row in rows}, now)
    undecidable = [
        row
        for row in rows
        if not decided.of(row.id, row.facility_id, None if row.entered else row.requester_id).all
    ]
    return sum(_tell(row.id, row.facility_id) for row in undecidable)


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    return in_states(WAIT_FOR_OWNER, now)


def _admins() -> list[int]:
    return list(db.session.scalars(sa.select(Person.id).where(Person.is_active, ACTS_AS_ADMIN)))


@retried
def _tell(booking_id: int, facility_id: int) -> bool:
    with writing(facility_id) as now:
        booking = reload_booking(booking_id)
        told = sa.select(Notice.id).where(
            Notice.booking_id == booking_id, Notice.side == Audience.ADMIN
        )
        if deciders_of([booking], now)[booking_id].all or db.session.scalar(told.limit(1)):
            return False
        sent = db.session.scalars(
            sa.select(LogEntry).where(LogEntry.booking_id == booking_id).order_by(LogEntry.id)
        ).first()
        if sent is None:
            return False
        admins = _admins()
        # An administrator may have been told of this line before, as approver or coordinator.
        db.session.execute(
            sa.delete(Notice).where(Notice.log_id == sent.id, Notice.person_id.in_(admins))
        )
        found = [
            NewNotice(
                person_id,
                Audience.ADMIN,
                booking_id=booking_id,
                log_id=sent.id,
                after=sent.after,
            )
            for person_id in admins
        ]
        add_notices(found, choices_of(admins), now)
        return True
