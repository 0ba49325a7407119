"""Pages of somebody who works for several organisations."""

from datetime import date

import pytest

from booking.accounts.models import Membership, Organisation
from booking.extensions import db
from tests.factories import (
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
DAY = date(2027, 1, 12)


@pytest.fixture
def rows(app):
    """A request of each of two organisations; one person works for both."""
    with app.app_context():
        lab = make_facility(make_cluster("here"), "lab")
        firm, university = make_organisation("Firm"), make_organisation("University")
        both = make_person("both@example.org", organisation=firm)
        keys = {"University": make_membership(both, university).key}
        keys["Firm"] = db.session.query(Membership.key).filter_by(organisation_id=firm.id).scalar()
        found = {"both": both, "keys": keys, "stranger": make_partner()}
        for organisation in (firm, university):
            colleague = make_person(organisation=organisation)
            request = make_request(
                colleague, lab, [slot_on(DAY)], title=f"Of the {organisation.name}"
            )
            found[organisation.name] = request.reference
        return found


def switch(client, rows, name, **fields):
    return post(client, "/account/organisation", {"key": rows["keys"][name], **fields})


def test_the_header_names_the_active_organisation_and_switches(client, rows):
    sign_in(client, rows["both"])
    page = get_page(client, "/requests")
    assert "You act for Firm" in page.text
    assert "Switch to University" in page.text
    assert "Of the Firm" in page.text
    assert "Of the University" not in page.text

    answer = switch(client, rows, "University")

    assert (answer.status_code, answer.location) == (303, "/requests")
    page = get_page(client, "/requests")
    assert "You act for University now." in page.text
    assert "Switch to Firm" in page.text
    assert "Of the University" in page.text
    assert "Of the Firm" not in page.text


def test_who_works_for_one_organisation_has_nothing_to_switch(client, rows):
    sign_in(client, rows["stranger"])
    page = get_page(client, "/requests")
    assert "You act for" not in page.text
    assert "Switch to" not in page.text


def test_a_link_to_the_other_organisation_offers_to_switch_and_leads_there(client, rows):
    sign_in(client, rows["both"])
    address = f"/requests/{rows['University']}"
    answer = client.get(address)
    page = read_page(answer.text)
    assert answer.status_code == 403
    assert (
        "This page belongs to University. You work there too, but you act for Firm now."
        in page.text
    )
    assert "Of the University" not in page.text

    answer = switch(client, rows, "University", next=address)

    assert answer.location == address
    assert "Of the University" in get_page(client, address).text
    assert client.get("/requests/222-222").status_code == 404


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_switching_leads_to_no_other_site(client, rows, elsewhere):
    sign_in(client, rows["both"])
    assert switch(client, rows, "University", next=elsewhere).location == "/requests"


def test_a_form_from_before_the_switch_is_refused(client, rows):
    """What was typed for the firm in another tab does not go out in the university's name."""
    sign_in(client, rows["both"])
    page = get_page(client, "/account")
    token = page.all("input", name="csrf_token")[0].get("value")
    switch(client, rows, "University")

    answer = client.post("/account", data={"csrf_token": token, "time_zone": "Europe/Oslo"})

    assert answer.status_code == 400


def test_somebody_leaves_from_their_account_page(client, rows):
    sign_in(client, rows["both"])
    page = get_page(client, "/account")
    assert "Organisations you work for" in page.text
    assert "you act for it now" in page.text

    answer = post(client, f"/account/organisations/{rows['keys']['Firm']}/leave", {})

    assert answer.location == "/account"
    page = get_page(client, "/account")
    assert "You have left." in page.text
    assert "Leave Firm" not in page.text
    assert "Leave University" in page.text
    assert client.get(f"/requests/{rows['Firm']}").status_code == 404


def test_the_only_manager_is_told_why_they_cannot_leave(app, client, rows):
    with app.app_context():
        firm = db.session.query(Organisation).filter_by(name="Firm").one()
        manager = make_person()
        key = make_membership(manager, firm, role="manager").key
    sign_in(client, manager)

    answer = post(client, f"/account/organisations/{key}/leave", {})

    assert answer.location == "/account"
    assert "You are the only manager while others work there." in get_page(client, "/account").text
