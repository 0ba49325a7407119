"""Sending a request: what is saved."""

from datetime import date

from booking.accounts.queries import account_of
from booking.bookings import new_request
from booking.bookings.models import Booking, BookingRequest
from booking.extensions import db
from booking.requests.service import send
from tests.factories import make_approver, make_cluster, make_facility, make_partner, slot_on
from tests.request_factories import sending_for

DAY = date(2027, 1, 12)


def test_a_request_whose_reference_is_taken_is_sent_under_another(app_context, monkeypatch):
    lab = make_facility(make_cluster("censec"), "lab")
    make_approver(lab)
    account = account_of(make_partner().id)
    references = iter(["K7M-4QX", "K7M-4QX", "BCD-FGH"])
    monkeypatch.setattr(new_request, "new_reference", lambda _chance: next(references))

    slots = slot_on(DAY, "09:00", "10:00"), slot_on(DAY, "12:00", "13:00")
    sent = [send(account, sending_for(lab, slot)) for slot in slots]

    assert sent == ["K7M-4QX", "BCD-FGH"]
    db.session.rollback()
    assert [db.session.query(table).count() for table in (BookingRequest, Booking)] == [2, 2]
