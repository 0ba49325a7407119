"""Pages of administrators: readable, operable, and used with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import ADMINS
from tests.browser.survey import Survey
from tests.browser.visiting import sign_in
from tests.factories import make_membership, make_organisation, make_person


@pytest.fixture
def names(site):
    """The key of a person of this test alone, of their organisation, and of their membership."""
    with site.app.app_context():
        firm = make_organisation()
        person = make_person()
        membership = make_membership(person, firm)
        return {"person": person.key, "organisation": firm.key, "member": membership.key}


def test_no_page_of_administrators_has_a_fault_light_or_dark_wide_or_narrow(visitor, site, names):
    survey, page = Survey(site.address), visitor()
    survey.watch(page)
    sign_in(page, "admin@demo.example")
    for address in ADMINS.values():
        survey.visit(page, address.format(**names))
    assert {what: found for what, found in survey.faults.items() if found} == {}


def test_an_account_is_deactivated_with_the_keyboard_and_without_scripts(visitor, site, names):
    page = visitor(java_script_enabled=False)
    sign_in(page, "admin@demo.example")
    page.goto(f"/admin/people/{names['person']}")
    for link in ("Deactivate the account", "Activate the account"):
        page.get_by_role("link", name=link).focus()
        page.keyboard.press("Enter")
        page.get_by_label("Reason").focus()
        page.keyboard.type("asked to")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("The account of")
