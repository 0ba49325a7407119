"""Signing in with a provider, through the pages of a real one, without scripts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.site import PROVIDER, Site
from tests.factories import PASSWORD, make_person
from tests.identity_provider import running_mock

NAME = "Harbour University"
#: Somebody of this test alone: it ends their sign-ins.
EMAIL = "linked@demo.example"


@pytest.fixture
def issuer(site: Site) -> Iterator[str]:
    """A provider that knows somebody called anna-1."""
    extensions = site.app.extensions
    before = extensions["settings"]
    with running_mock() as issuer:
        claims = {"name": "Anna Berg", "email": "anna@uni.example", "email_verified": True}
        requests.put(f"{issuer}/users/anna-1", json=claims, timeout=5)
        extensions["settings"] = replace(
            before, sign_in_providers=(replace(PROVIDER, issuer=issuer),)
        )
        yield issuer
        extensions["settings"] = before


def sign_on(page: Page, subject: str = "anna-1") -> None:
    page.goto("/sign-in")
    page.get_by_role("link", name=f"Sign in with {NAME}").press("Enter")
    page.locator("input[name=sub]").fill(subject)
    page.locator("input[name=sub]").press("Enter")
    page.wait_for_url("**/127.0.0.1:*/**")


def sign_out(page: Page) -> None:
    page.locator(".site-nav.wide summary").click()
    page.locator(".site-nav.wide").get_by_role("button", name="Sign out").click()


def test_somebody_links_a_provider_and_signs_in_with_it(visitor, site, issuer):
    with site.app.app_context():
        make_person(EMAIL)
    page = visitor(java_script_enabled=False)
    faults = []
    page.on("console", lambda one: faults.append(one.text))
    main = page.get_by_role("main")
    sign_on(page)
    expect(main).to_contain_text("Not linked to an account yet")
    main.get_by_role("link", name="Sign in and link").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    main.get_by_role("button", name="Sign in", exact=True).click()
    expect(main).to_contain_text("There you are anna@uni.example.")
    main.get_by_role("button", name=f"Link {NAME}").click()
    expect(page.locator("body")).to_contain_text("From now on you can sign in with")
    sign_out(page)
    expect(page.locator("body")).to_contain_text("You have signed out.")

    sign_on(page)

    expect(page.locator(".site-nav.wide")).to_contain_text("Sign out")
    assert [one for one in faults if "Content Security Policy" in one or "blocked" in one] == []
    page.goto("/account/single-sign-on")
    main.get_by_text(f"Unlink {NAME}").click()
    main.get_by_role("button", name="Unlink", exact=True).click()
    # The provider does not say when it asked, so the password is asked for.
    page.get_by_label("Your password").fill(PASSWORD)
    main.get_by_role("button", name="Continue").click()
    main.get_by_text(f"Unlink {NAME}").click()
    main.get_by_role("button", name="Unlink", exact=True).click()
    expect(main).to_contain_text("Nothing yet.")


def test_who_says_no_there_comes_back_to_a_plain_page(visitor, issuer):
    page = visitor()
    page.goto("/sign-in")
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.get_by_role("button", name="Deny").click()

    main = page.get_by_role("main")
    expect(main).to_contain_text("You cancelled there, or you may not use it")
    main.get_by_role("link", name="Sign in with password").click()
    expect(page.get_by_label("Password")).to_be_visible()
