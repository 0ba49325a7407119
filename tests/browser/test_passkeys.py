"""Passkeys in a real browser, with a virtual device that answers as a person would."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.survey import Survey
from tests.factories import PASSWORD, make_person

#: Somebody of this test alone: from now on others could not sign in as them.
EMAIL = "passkeys@demo.example"


@pytest.fixture
def here(site):
    """The site under a name, as passkeys hold for no IP address; returns its address."""
    settings = site.app.extensions["settings"]
    address = site.address.replace("127.0.0.1", "localhost")
    site.app.extensions["settings"] = replace(settings, base_url=address)
    yield address
    site.app.extensions["settings"] = settings


def test_a_passkey_is_added_and_signs_in_alone_and_after_the_password(visitor, site, here):
    with site.app.app_context():
        make_person(EMAIL)
    page, survey = visitor("anonymous"), Survey(here)
    survey.watch(page)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def enter_password():
        page.goto(f"{here}/sign-in?next=/account/two-step")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

    enter_password()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_role("main")).to_contain_text("Work laptop")

    page.goto(f"{here}/account/two-step/passkeys/new")
    page.get_by_label("Name").fill("The same again")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("has a passkey for your account already")

    page.context.clear_cookies()
    page.goto(f"{here}/sign-in?next=/account/two-step")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-step sign-in")

    page.context.clear_cookies()
    enter_password()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
    survey.look(page, "second step")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-step sign-in")

    assert {kind: faults for kind, faults in survey.faults.items() if faults} == {}
    devices.send(
        "WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device["authenticatorId"]}
    )
