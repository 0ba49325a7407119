"""Waiting for a taken time, on a phone: joining the list, the proposal, and taking it."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.bookings.models import Booking, BookingRequest
from booking.decisions.service import Decision, cancel, confirm
from booking.decisions.turns import offer_free_time
from booking.extensions import db
from booking.facilities.models import Facility
from booking.requests.service import send
from tests.browser.survey import axe_faults
from tests.request_factories import sending_for, slot_on

NARROW = {"width": 360, "height": 780}
BENCH = "aisec-hardware-bench"


def account(login):
    email = f"{login}@demo.example"
    return account_of(db.session.scalars(sa.select(Person.id).where(Person.email == email)).one())


def take(day):
    """A rival's confirmed booking; returns what cancels it."""
    bench = db.session.scalars(sa.select(Facility).where(Facility.slug == BENCH)).one()
    sending = sending_for(bench, slot_on(day, "09:00", "11:00"))
    db.session.rollback()
    reference = send(account("partner2"), sending)
    booking = db.session.scalars(
        sa.select(Booking).join(BookingRequest).where(BookingRequest.reference == reference)
    ).one()
    taken = Decision(booking.id, frozenset(one.id for one in booking.occurrences), "Moved.")
    confirm(account("approver.munich"), taken)
    return taken


def check(page, scripts):
    """Nothing is inaccessible, and nothing wider than the window: as scripts measure it."""
    if scripts:
        assert axe_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


@pytest.mark.parametrize(
    ("scripts", "week"), [(True, 1), (False, 3)], ids=["with JavaScript", "without JavaScript"]
)
def test_who_waits_gets_the_time_once_it_is_free(visitor, site, scripts, week):
    day = date(2027, 3, 1) + timedelta(weeks=week)
    with site.app.app_context():
        taken = take(day)
    page = visitor("partner", viewport=NARROW, java_script_enabled=scripts)
    page.goto(f"/requests/new?facility={BENCH}&from={day}T10:00&to={day}T12:00")
    page.get_by_label("Title").fill(f"Waits in week {week}")
    page.get_by_label("Kind of activity").select_option("experiment")
    page.get_by_label("Purpose").fill("Compare two sensors.")
    page.get_by_label("People").fill("2")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Review request").click()
    check(page, scripts)
    page.get_by_role("button", name="Wait for these dates").click()
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("On the waiting list")
    check(page, scripts)

    with site.app.app_context():
        cancel(account("approver.munich"), taken)
        offer_free_time()
    page.reload()
    expect(page.get_by_role("heading", name="Free now, and held for you")).to_be_visible()
    check(page, scripts)
    page.get_by_role("button", name="Accept this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmed")
