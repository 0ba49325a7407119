"""Pages that no address leads to: forms sent wrongly, what is shown once, what came too late."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.site import Site

Scene = Callable[[Page, Site], None]
BENCH = "/requests/new?facility=aisec-hardware-bench&from=2027-01-12T09:00&to=2027-01-12T12:00"


def _send(button: Locator) -> None:
    """Press a button that sends a form, and wait for the page that answers."""
    with button.page.expect_navigation():
        button.click()


def _press(page: Page, name: str) -> None:
    _send(page.get_by_role("main").get_by_role("button", name=name, exact=True))


def sign_in_with_a_wrong_password(page: Page, site: Site) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("partner@demo.example")
    page.get_by_label("Password").fill("not it")
    _press(page, "Sign in")


def request_an_account_with_an_empty_form(page: Page, site: Site) -> None:
    page.goto("/ask-for-account")
    _send(page.get_by_role("main").locator("button[type=submit]").last)


def welcome_with_a_short_password(page: Page, site: Site) -> None:
    page.goto(f"/welcome/{site.welcome_token}")
    page.get_by_role("main").locator("input[type=password]").first.fill("short")
    _send(page.get_by_role("main").locator("button[type=submit]").last)


def request_hours_with_an_empty_form(page: Page, site: Site) -> None:
    page.goto("/requests/new?facility=aisec-hardware-bench")
    _press(page, "Review request")


def request_days_that_are_too_soon(page: Page, site: Site) -> None:
    page.goto("/requests/new?facility=uas-denmark&first_day=2026-11-26&last_day=2026-11-25")
    _press(page, "Add another date")
    page.locator("#dates-1-first_day").fill("2026-11-28")
    _press(page, "Review request")


def request_half_days_by_agreement(page: Page, site: Site) -> None:
    page.goto("/requests/new?facility=avignon-technopole")
    _press(page, "Add another date")


def request_a_series_that_conflicts_in_part(page: Page, site: Site) -> None:
    page.goto("/requests/new?facility=com4innov&first_day=2027-02-01&repeat=daily")
    page.get_by_label("Or how many dates").fill("14")
    _press(page, "Review request")
    expect(page.locator("#series .series-bad").first).to_contain_text("not open")


def check_and_send(page: Page, site: Site) -> None:
    page.goto(BENCH)
    page.get_by_label("Title").fill("Seen once more before it is sent")
    page.get_by_label("Kind of activity").select_option(index=1)
    page.get_by_label("Purpose").fill("A purpose.\n\nWith a second paragraph.")
    page.get_by_label("People", exact=True).fill("2")
    page.get_by_role("radio", name="No", exact=True).check()
    _press(page, "Review request")
    expect(page.locator("h1")).to_have_text("Review request")


def cancel_without_a_reason(page: Page, site: Site) -> None:
    page.goto(f"/requests/{site.reference('Side-channel measurements, weekly')}/cancel")
    _send(page.get_by_role("main").locator("button.btn-danger").last)


def calendar_link_shown_once(page: Page, site: Site) -> None:
    page.goto("/account/feeds")
    page.get_by_role("main").get_by_role("radio").first.check()
    _press(page, "Create link")


def calendar_links_with_one_made(page: Page, site: Site) -> None:
    page.goto("/account/feeds")
    for summary in page.get_by_role("main").locator("summary").all():
        summary.click()


def change_the_password_wrongly(page: Page, site: Site) -> None:
    page.goto("/account/password")
    _send(page.get_by_role("main").locator("button[type=submit]").last)


def menu_and_filters_open(page: Page, site: Site) -> None:
    page.goto("/facilities?what=fire")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def all_that_opens_in_an_inbox_request(page: Page, site: Site) -> None:
    page.goto(f"/inbox/{site.reference('Flights beyond sight along the coast')}")
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")


def decline_without_a_reason(page: Page, site: Site) -> None:
    page.goto(f"/inbox/{site.reference('Flights beyond sight along the coast')}")
    page.locator("main summary", has_text="Decline").first.click()
    _send(page.locator("main details[open] button").last)


def enter_own_use_with_an_empty_form(page: Page, site: Site) -> None:
    page.goto("/manage/bookings/new?facility=uas-denmark")
    _send(page.get_by_role("main").locator("button.btn-primary").last)


def change_hours_wrongly(page: Page, site: Site) -> None:
    page.goto("/manage/facilities/uas-denmark/hours/week")
    page.get_by_label("Monday, opening 1, from").fill("20")
    page.locator("main summary", has_text="More openings: Tuesday").click()
    page.get_by_label("Tuesday, opening 2, to").fill("late")
    _press(page, "Check")


def change_hours_and_see_what_it_affects(page: Page, site: Site) -> None:
    page.goto("/manage/facilities/uas-denmark/hours/week")
    page.get_by_label("Monday, opening 1, from").fill("16")
    _press(page, "Copy Monday to Tuesday – Friday")
    _press(page, "Check")


def close_without_a_reason(page: Page, site: Site) -> None:
    page.goto("/manage/closures/new?facility=uas-denmark")
    page.get_by_label("First day").fill("2027-01-01")
    page.get_by_label("How often").select_option("weekly")
    _press(page, "Check")


def close_and_see_what_it_affects(page: Page, site: Site) -> None:
    page.goto("/manage/closures/new?facility=uas-denmark")
    page.get_by_label("First day").fill("2026-12-01")
    page.get_by_label("not known yet").check()
    page.get_by_role("textbox", name="Reason").fill("Storm damage")
    _press(page, "Check")


def close_and_resolve_with_an_empty_form(page: Page, site: Site) -> None:
    close_and_see_what_it_affects(page, site)
    _press(page, "Close")
    _press(page, "Keep selected dates")


def the_inbox_with_what_a_closure_affects(page: Page, site: Site) -> None:
    page.goto("/inbox?show=affected")


def remove_the_closure_again(page: Page, site: Site) -> None:
    page.goto("/manage/closures")
    page.get_by_role("link", name="UAS Denmark test centre").first.click()
    page.locator("main summary", has_text="Remove closure").click()
    _press(page, "Remove closure")


def confirm_what_another_window_declined(page: Page, site: Site) -> None:
    address = f"/inbox/{site.reference('Decided in two windows')}"
    page.goto(address)
    faster = page.context.new_page()
    faster.goto(address)
    faster.locator("main summary", has_text="Decline").first.click()
    faster.get_by_label("Why you decline").select_option("maintenance")
    faster.locator("main details[open] textarea").last.fill("The hall is being painted.")
    _send(faster.locator("main details[open] button").last)
    faster.close()
    _press(page, "Confirm")


def let_in_without_an_organisation(page: Page, site: Site) -> None:
    page.goto(f"/manage/people/{site.asking_keys['Demo Newcomer']}")
    page.get_by_label("Organisation", exact=True).select_option(index=0)
    page.locator("#new_name").fill("")
    _press(page, "Approve and create link")


def link_for_a_new_person_shown_once(page: Page, site: Site) -> None:
    page.goto(f"/manage/people/{site.asking_keys['Demo Stranger']}")
    _press(page, "Approve and create link")


SCENES: dict[str, tuple[Scene, ...]] = {
    "anonymous": (
        sign_in_with_a_wrong_password,
        request_an_account_with_an_empty_form,
        welcome_with_a_short_password,
        request_hours_with_an_empty_form,
        request_days_that_are_too_soon,
        request_half_days_by_agreement,
        request_a_series_that_conflicts_in_part,
        check_and_send,
        menu_and_filters_open,
    ),
    "partner": (
        check_and_send,
        cancel_without_a_reason,
        calendar_link_shown_once,
        calendar_links_with_one_made,
        change_the_password_wrongly,
    ),
    "approver": (
        all_that_opens_in_an_inbox_request,
        decline_without_a_reason,
        enter_own_use_with_an_empty_form,
        change_hours_wrongly,
        change_hours_and_see_what_it_affects,
        close_without_a_reason,
        close_and_see_what_it_affects,
        close_and_resolve_with_an_empty_form,
        the_inbox_with_what_a_closure_affects,
        remove_the_closure_again,
        confirm_what_another_window_declined,
    ),
    "coordinator": (let_in_without_an_organisation, link_for_a_new_person_shown_once),
}
