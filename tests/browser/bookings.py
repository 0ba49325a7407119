"""Bookings of the demonstration's people, made without a browser."""

from datetime import date

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest
from booking.decisions.service import Decision, confirm
from booking.extensions import db
from booking.facilities.models import Facility
from booking.requests.service import send
from booking.rules.visibility import Account
from tests.request_factories import sending_for, slot_on

BENCH = "aisec-hardware-bench"


def account(login: str) -> Account:
    email = f"{login}@demo.example"
    person_id = db.session.scalars(sa.select(Person.id).where(Person.email == email)).one()
    found = account_of(person_id)
    assert found is not None
    return found


def book(login: str, day: date) -> tuple[str, Decision]:
    """Book the bench from 9 to 11 on a day; return the reference, and what cancels it."""
    bench = db.session.scalars(sa.select(Facility).where(Facility.slug == BENCH)).one()
    sending = sending_for(bench, slot_on(day, "09:00", "11:00"))
    db.session.rollback()
    reference = send(account(login), sending)
    booking = db.session.scalars(
        sa.select(Booking).join(BookingRequest).where(BookingRequest.reference == reference)
    ).one()
    taken = Decision(booking.id, frozenset(one.id for one in booking.occurrences), "Moved.")
    confirm(account("approver.munich"), taken)
    return reference, taken
