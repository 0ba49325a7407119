"""The page on which administrators merge a duplicate."""

from datetime import date

import pytest

from booking.extensions import db
from tests.factories import (
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def address(client, app):
    """The page of the firm; an administrator is signed in."""
    with app.app_context():
        firm, twin = make_organisation("Firm"), make_organisation("Firm Ltd")
        bo = make_person("bo@example.org", organisation=firm)
        make_membership(bo, twin, role="manager")
        hall = make_facility(make_cluster("here"), "hall", name="Quiet hall")
        make_request(bo, hall, [slot_on(date(2027, 1, 12))], organisation_id=twin.id, title="Radar")
        sign_in(client, make_person(is_admin=True))
        return f"/admin/organisations/{db.session.merge(firm).key}"


def test_an_administrator_sees_what_would_happen_gives_a_reason_and_merges(client, address):
    page = get_page(client, address)
    assert page.one("a", href=f"{address}/merge").text == "Merge a duplicate into it"

    page = get_page(client, f"{address}/merge?name=Firm+Ltd")
    text = page.one("main").text
    assert "bo@example.org manager works for both" in text
    assert "1 request, 1 booking" in text
    assert "Radar" not in text
    assert "Quiet hall" not in text
    form = page.one("form", method="post", action=f"{address}/merge")
    refused = submit(client, form, {"why": ""})
    assert refused.status_code == 422
    assert "Say why, in a few words." in read_page(refused.text).one(id="why-error").text
    assert submit(client, form, {"why": "Entered twice"}).status_code == 303

    page = get_page(client, address)
    assert "Firm Ltd was merged into Firm." in page.text
    assert "Also found by the names of merged duplicates: Firm Ltd." in page.text
    again = submit(client, form, {"why": "Entered twice"})
    assert again.status_code == 303
    assert "one of the two was merged before" in get_page(client, address).text
    listed = get_page(client, "/admin/organisations")
    assert "Firm Ltd" not in listed.one("main").text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Enter the name of the duplicate."),
        ("firm ltd", "There is no organisation of exactly this name."),
        ("Firm", "This is the same organisation."),
    ],
)
def test_a_wrong_name_is_kept_and_said_at_its_field(client, address, name, said):
    page = get_page(client, f"{address}/merge?name={name}", 422)

    assert said in page.one(id="name-error").text
    assert page.one("input", id="name").get("value") == name
    posted = post(client, f"{address}/merge", {"name": name, "why": "x", "duplicate": "x"})
    assert posted.status_code in (404, 422)
