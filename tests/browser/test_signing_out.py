"""Signing out leaves nothing in the browser for the next person."""

from playwright.sync_api import expect

from tests.browser.visiting import EMAILS, sign_in


def test_the_back_button_shows_nothing_after_signing_out(visitor, site):
    page = visitor()
    sign_in(page, EMAILS["partner"])
    title = "Radiated immunity of a control unit"
    page.goto(f"/requests/{site.reference(title)}")
    expect(page.get_by_role("main")).to_contain_text(title)
    page.goto("/facilities?compare=sdu-drone-hangar")
    page.goto("/facilities")  # the tab remembers what was chosen to compare
    expect(page.locator(".compare-bar")).to_contain_text("SDU drone hangar")
    page.goto(f"/requests/{site.reference(title)}")
    page.locator(".site-nav.wide summary").click()
    page.locator(".site-nav.wide").get_by_role("button", name="Sign out").click()
    expect(page.locator(".site-nav.wide")).to_contain_text("Sign in")

    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("body")).not_to_contain_text(title)
    page.goto("/facilities")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".compare-bar")).to_have_count(0)


def test_signing_out_in_one_window_ends_it_in_the_other(visitor):
    page = visitor()
    sign_in(page, EMAILS["partner"])
    other = page.context.new_page()
    other.goto("/requests")
    page.locator(".site-nav.wide summary").click()
    page.locator(".site-nav.wide").get_by_role("button", name="Sign out").click()
    expect(page.locator(".site-nav.wide")).to_contain_text("Sign in")

    other.reload()

    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
