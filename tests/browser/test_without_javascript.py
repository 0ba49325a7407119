"""Everything works where no script runs."""

import pytest
from playwright.sync_api import expect

from tests.browser.hands import Keys

NARROW = {"width": 360, "height": 780}
OFF = {"java_script_enabled": False}


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, NARROW], ids=["wide", "narrow"])
def test_the_menu_opens_and_leads_on_without_scripts(visitor, size):
    page = visitor("partner", viewport=size, **OFF)
    page.goto("/")
    menu = page.locator(".menu").locator("visible=true").first
    menu.locator("summary").click()

    menu.get_by_role("link", name="Calendar links").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Calendar links")


def test_the_catalogue_is_filtered_and_a_filter_removed_without_scripts(visitor):
    page = visitor(**OFF)
    page.goto("/facilities")
    page.get_by_role("checkbox", name="Workbench").check()
    page.get_by_role("button", name="Apply filters").click()
    page.wait_for_url("**/*kind=workbench*")
    filtered = page.locator("#answer").inner_text()

    page.locator(".chip-on").first.click()

    expect(page.locator("#answer")).not_to_have_text(filtered)


def test_the_calendar_is_filtered_by_keyboard_without_scripts(visitor):
    page = visitor(**OFF)
    hand = Keys(page)
    page.goto("/calendar?on=2026-12-01")
    filters = page.get_by_role("form", name="Filters")

    hand.press(filters.locator("summary", has_text="Where"))
    hand.press(filters.get_by_label("Tampere"))
    hand.press(filters.get_by_role("button", name="Show").locator("visible=true"))

    page.wait_for_url("**/*cluster=tampere*")
    expect(page.locator(".timeline-group")).to_have_count(1)
    expect(page.get_by_label("Active filters")).to_contain_text("Tampere")


def test_the_calendar_is_collapsed_and_shown_in_another_zone_without_scripts(visitor):
    page = visitor(**OFF)
    page.goto("/calendar?on=2026-12-01&cluster=tampere")
    page.locator("summary", has_text="Change").click()
    page.get_by_role("link", name="Helsinki time").click()

    expect(page.locator(".lead")).to_contain_text("Helsinki time")
    expect(page.locator(".timeline-group")).to_have_count(1)
    page.locator(".timeline").get_by_role("link", name="Tampere").click()
    expect(page.locator(".timeline-group")).to_contain_text("9 facilities")
    expect(page.locator(".timeline-row")).to_have_count(0)


def test_dates_are_added_and_removed_without_scripts_and_input_is_kept(visitor):
    page = visitor(**OFF)
    page.goto("/requests/new?facility=aisec-hardware-bench")
    page.get_by_label("Title").fill("Kept while dates come and go")
    page.get_by_label("Day", exact=True).first.fill("2027-01-12")
    page.get_by_role("button", name="Add another date").click()
    expect(page.get_by_role("group", name="Date 2")).to_be_visible()
    page.get_by_role("group", name="Date 2").get_by_label("Day", exact=True).fill("2027-01-13")

    page.get_by_role("button", name="Remove date 1").click()

    expect(page.get_by_label("Day", exact=True)).to_have_value("2027-01-13")
    expect(page.get_by_label("Title")).to_have_value("Kept while dates come and go")


def test_a_confirmed_date_is_cancelled_with_a_reason_without_scripts(visitor, site):
    page = visitor("partner", **OFF)
    page.goto(f"/requests/{site.reference('Encrypted radio under load')}")
    page.get_by_role("link", name="Cancel the booking", exact=True).click()
    page.get_by_role("button", name="Cancel this date").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    page.get_by_label("Reason").fill("The radios are not delivered in time.")

    page.get_by_role("button", name="Cancel this date").click()

    expect(page.locator("main .state").first).to_contain_text("cancelled")
    expect(page.get_by_role("main")).to_contain_text("The radios are not delivered in time.")


def test_an_approver_declines_with_a_reason_without_scripts(visitor, site):
    page = visitor("approver", **OFF)
    address = f"/inbox/{site.reference('Declined without scripts')}"
    page.goto(address)
    page.locator("main summary", has_text="Decline").click()
    page.get_by_label("Why you decline").select_option("maintenance")
    page.locator("main details[open] select").last.select_option(index=1)
    page.get_by_role("button", name="Insert").locator("visible=true").click()
    reason = page.get_by_label("Reason in words")
    expect(reason).not_to_have_value("")
    reason.fill("The hall is being painted.")

    page.get_by_role("button", name="Decline this date").click()
    expect(page.get_by_role("status").first).to_contain_text("eclined")

    page.goto(address)
    expect(page.locator("main .state").first).to_contain_text("declined")
