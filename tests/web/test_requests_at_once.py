"""Requests that are confirmed at once, on the pages of both sides."""

import pytest

from booking.extensions import db
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    sign_in,
)
from tests.pages import csrf_token, get_page, post, read_page, submit
from tests.web.requests_pages import check, request_form

PAGE = "/manage/facilities/lab/named-organisations"


def sign_in_anew(client, person):
    """Sign in, and start a new transaction so that the test's own session sees it."""
    sign_in(client, person)
    db.session.rollback()


@pytest.fixture
def lab(app_context):
    return make_facility(
        make_cluster("censec", short_name="CenSec"),
        "lab",
        name="Drone lab",
        automatic_for="named",
        automatic_maximum_units=3,
    )


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def approver(lab, client):
    person = make_approver(lab, email="approver@example.org")
    sign_in_anew(client, person)
    return person


def name_drones(client):
    form = get_page(client, PAGE).one("form", action=PAGE)
    return submit(client, form, {"organisation": "Demo Drones"})


def test_a_named_organisation_sees_before_and_after_sending_that_it_is_immediate(
    client, other_client, lab, approver, partner
):
    assert name_drones(client).status_code == 302
    sign_in_anew(other_client, partner)
    page = check(other_client)
    assert "This will be confirmed at once" in page.text

    response = submit(other_client, request_form(page), {}, "Send")
    page = get_page(other_client, response.location)
    assert "Sent and confirmed" in page.text
    assert page.one("h1").text == "Confirmed"
    assert [step.one("strong").text for step in page.one("ol", class_="steps").all("li")] == [
        "Requested",
        "Confirmed",
        "Visit",
    ]
    rule = "Confirmed by rule: named organisations · up to 3 hours · without hazards"
    assert f"You sent the request. {rule}" in page.text

    updates = get_page(client, "/account/updates")
    assert "New booking, confirmed by your rule: Drone lab" in updates.text
    reference = response.location.rpartition("/")[2]
    assert rule in get_page(client, f"/inbox/{reference}").text


def test_others_see_that_it_is_a_request(client, other_client, lab, approver, partner):
    sign_in_anew(other_client, partner)
    page = check(other_client)
    assert "confirmed at once" not in page.text

    response = submit(other_client, request_form(page), {}, "Send")
    assert "Request sent" in get_page(other_client, response.location).text


def test_owners_name_organisations_and_take_them_back(client, lab, approver, partner):
    name_drones(client)
    page = get_page(client, PAGE)
    assert "Demo Drones" in page.one("ul", class_="manage-list").text

    remove = page.one("form", action=f"{PAGE}/remove")
    page = get_page(client, submit(client, remove).location)
    assert "No organisation is named." in page.text


@pytest.mark.parametrize("name", ["", "Demo None", "x" * 500, "\0"])
def test_an_organisation_that_does_not_exist_is_said_at_the_field(client, lab, approver, name):
    response = post(client, PAGE, {"organisation": name, "csrf_token": csrf_token(client)})

    assert response.status_code == 422
    assert read_page(response.text).one("div", id="organisation-error").text


def test_an_organisation_is_found_by_a_part_of_its_name(client, lab, approver):
    make_organisation("Robots One", home_cluster_id=lab.cluster_id)
    form = get_page(client, PAGE).one("form", action=PAGE)

    page = read_page(submit(client, form, {"organisation": "robots"}).text)
    assert page.all("div", id="errors") == []
    assert "Robots One" in page.one("div", id="found-organisations").text
    again = page.one("form", action=PAGE)
    assert submit(client, again, {"choose": "Robots One"}).status_code == 302
    assert "Robots One" in get_page(client, PAGE).one("ul", class_="manage-list").text


def test_a_list_that_somebody_changed_meanwhile_is_not_overwritten(client, lab, approver, partner):
    make_organisation("Demo Fly")
    db.session.rollback()
    form = get_page(client, PAGE).one("form", action=PAGE)
    name_drones(client)

    response = submit(client, form, {"organisation": "Demo Drones"})
    assert response.status_code == 302  # it is named already
    form = read_page(client.get(PAGE).text).one("form", action=PAGE)
    submit(client, get_page(client, PAGE).one("form", action=f"{PAGE}/remove"))
    response = submit(client, form, {"organisation": "Demo Fly"})
    assert response.status_code == 409
    assert "Organisations confirmed at once" in response.text
