"""From the search to the calendar: find, request, sign in, decide, read the feed."""

import urllib.request

import icalendar
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Keys, Pointer
from tests.browser.site import PASSWORD

BENCH = "Physical security technologies bench, AISEC"
PURPOSE = "Can the enclosure be opened without a trace? Two samples, one day.\nSecond line."


def find_and_request(hand, title):
    """Find the bench on the start page and fill in its form; returns the text of the date."""
    page = hand.page
    page.goto("/")
    hand.write(page.get_by_label("What", exact=True), "tamper protection")
    hand.press(page.get_by_role("button", name="Show what is free"))
    hand.press(page.get_by_role("main").get_by_role("link", name=BENCH, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(BENCH)
    first_free = page.locator(".box-free + .slot-links a").first
    date = first_free.inner_text()
    hand.press(first_free)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Request {BENCH}")
    hand.write(page.get_by_label("Title"), title)
    hand.choose(page.get_by_label("Kind of activity"), "experiment")
    hand.write(page.get_by_label("Purpose"), PURPOSE)
    hand.write(page.get_by_label("People", exact=True), "3")
    hand.press(page.get_by_role("radio", name="No", exact=True))
    hand.press(page.get_by_role("button", name="Review request"))
    return date


def sign_in(hand, email):
    page = hand.page
    hand.write(page.get_by_label("E-mail"), email)
    hand.write(page.get_by_label("Password"), PASSWORD)
    hand.press(page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))


def check_and_send(hand, title, date):
    """Send the form, signing in on the way; returns the reference."""
    page = hand.page
    for is_signed_in in (False, True):
        expect(page.get_by_role("heading", level=1)).to_have_text("Review request")
        main = page.get_by_role("main")
        for kept in (title, "Second line.", date.partition(",")[0], date.partition(", ")[2]):
            expect(main).to_contain_text(kept)
        hand.press(page.get_by_role("button", name="Send", exact=True))
        if not is_signed_in:
            expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
            sign_in(hand, "partner@demo.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Awaiting Munich's decision")
    expect(page.locator(".lead")).to_contain_text(title)
    expect(page.get_by_role("status")).to_contain_text("Request sent")
    return page.url.rpartition("/")[2]


def confirm(hand, title, reference):
    page = hand.page
    page.goto("/sign-in")
    sign_in(hand, "approver.munich@demo.example")
    hand.press(page.get_by_role("link", name="Inbox").first)
    hand.press(page.get_by_role("main").locator(f"a[href*='{reference}']").first)
    expect(page.locator(".lead")).to_contain_text(title)
    hand.press(page.get_by_role("button", name="Confirm", exact=True))
    expect(page.get_by_role("status")).to_contain_text("onfirmed")


def make_calendar_link(hand):
    """Make a calendar link; returns its address, which is shown only once."""
    page = hand.page
    hand.press(page.locator(".site-nav.wide summary"))
    hand.press(page.locator(".site-nav.wide").get_by_role("link", name="Calendar links"))
    hand.press(page.get_by_role("radio", name="My requests"))
    hand.press(page.get_by_role("button", name="Create link"))
    return page.get_by_label("Address of the calendar").input_value()


def state_in_calendar(address, reference):
    """The state of the one event of this request, as a calendar program will see this."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310  # our own site
        calendar = icalendar.Calendar.from_ical(answer.read())
    events = [event for event in calendar.walk("VEVENT") if reference in event.to_ical().decode()]
    assert len(events) == 1
    return events[0]["STATUS"]


@pytest.mark.parametrize(
    ("make_hand", "options"),
    [
        pytest.param(Pointer, {}, id="with JavaScript"),
        pytest.param(Pointer, {"java_script_enabled": False}, id="without JavaScript"),
        pytest.param(Keys, {}, id="with keys alone"),
    ],
)
def test_a_partner_finds_requests_and_gets_a_confirmed_date_in_a_calendar(
    visitor, make_hand, options, request
):
    title = f"Opened {request.node.callspec.id}"
    asking, deciding = make_hand(visitor(**options)), make_hand(visitor(**options))
    date = find_and_request(asking, title)
    reference = check_and_send(asking, title, date)
    expect(asking.page.get_by_role("main")).to_contain_text("not a booking yet")

    confirm(deciding, title, reference)

    asking.page.reload()
    expect(asking.page.locator("main .state").first).to_contain_text("confirmed")
    address = make_calendar_link(asking)
    assert state_in_calendar(address, reference) == "CONFIRMED"


def test_the_first_tab_of_a_page_offers_to_skip_its_header(visitor):
    page = visitor()
    for path in ("/", "/facilities", "/calendar", "/sign-in"):
        page.goto(path)
        hand = Keys(page)
        hand.skip_to_content()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null"), path
