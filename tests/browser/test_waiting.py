"""Waiting for a taken time, on a phone: joining the list, the proposal, and taking it."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from booking.decisions.service import cancel
from booking.decisions.turns import offer_free_time
from tests.browser.bookings import BENCH, account, book
from tests.browser.phones import SIZE, check


@pytest.mark.parametrize(
    ("scripts", "week"), [(True, 1), (False, 3)], ids=["with JavaScript", "without JavaScript"]
)
def test_who_waits_gets_the_time_once_it_is_free(visitor, site, scripts, week):
    day = date(2027, 3, 1) + timedelta(weeks=week)
    with site.app.app_context():
        _, taken = book("partner2", day)
    page = visitor("partner", viewport=SIZE, java_script_enabled=scripts)
    page.goto(f"/requests/new?facility={BENCH}&from={day}T10:00&to={day}T12:00")
    page.get_by_label("Title").fill(f"Waits in week {week}")
    page.get_by_label("Kind of activity").select_option("experiment")
    page.get_by_label("Purpose").fill("Compare two sensors.")
    page.get_by_label("People", exact=True).fill("2")
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
