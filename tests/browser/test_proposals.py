"""A proposal, a counter-proposal and taking one, each side in its own browser, on a phone."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.bookings import BENCH
from tests.browser.phones import SIZE, check
from tests.browser.visiting import sign_in


def send_request(page, title, day):
    page.goto(f"/requests/new?facility={BENCH}&from={day}T10:00&to={day}T12:00")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Kind of activity").select_option("experiment")
    page.get_by_label("Purpose").fill("Compare two sensors.")
    page.get_by_label("People", exact=True).fill("2")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Review request").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Awaiting Munich's decision")
    return page.url.rpartition("/")[2]


def propose(page, scripts, reference, *days):
    page.goto(f"/inbox/{reference}")
    page.get_by_role("link", name="Propose other dates").click()
    for number, day in enumerate(days):
        if number:
            page.get_by_role("button", name="Add another date").click()
        page.get_by_label("Day", exact=True).nth(number).fill(day.isoformat())
    page.get_by_label("Message to the requester").fill("The bench is free then.")
    check(page, scripts)
    page.locator(".actions").get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("the requester has not answered")


@pytest.mark.parametrize(
    ("scripts", "week"), [(True, 0), (False, 2)], ids=["with JavaScript", "without JavaScript"]
)
def test_a_date_is_agreed_on_by_proposals_of_both_sides(visitor, scripts, week):
    asking = visitor("partner", viewport=SIZE, java_script_enabled=scripts)
    deciding = visitor(viewport=SIZE, java_script_enabled=scripts)
    sign_in(deciding, "approver.munich@demo.example")
    monday = date(2027, 3, 1) + timedelta(weeks=week)
    days = [monday + timedelta(days=number) for number in range(4)]
    reference = send_request(asking, f"Agreed in week {week}", days[0])

    propose(deciding, scripts, reference, days[1], days[2])
    asking.reload()
    expect(asking.get_by_role("heading", name="Munich proposes other dates")).to_be_visible()
    check(asking, scripts)
    asking.get_by_role("link", name="Suggest other dates").click()
    asking.get_by_label("Day", exact=True).fill(days[3].isoformat())
    check(asking, scripts)
    asking.get_by_role("button", name="Send", exact=True).click()
    expect(asking.get_by_role("main")).to_contain_text("instead of Mon")

    propose(deciding, scripts, reference, days[1])
    asking.reload()
    asking.get_by_role("button", name="Accept this").click()
    expect(asking.get_by_role("heading", level=1)).to_contain_text("onfirmed")
    check(asking, scripts)
