"""Asking to be told when a time becomes free, on the pages."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.alerts.models import FreeTimeAlert
from booking.decisions.service import Decision, cancel
from booking.extensions import db
from booking.facilities.models import Facility
from booking.notices.free_time import tell_of_free_time
from booking.notices.mail import letter
from booking.notices.outbox import take_next
from booking.rules.lifecycle import State
from booking.rules.visibility import CalendarLevel
from tests.databases import settings_for
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit
from tests.postbox import text_of
from tests.web.requests_pages import check, request_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

SLOT = slot_on(date(2027, 1, 12), "08:00", "11:00")  # 09:00 to 12:00 in Copenhagen
BUTTON = "Tell me when it becomes free"


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), "lab", name="Drone lab")


@pytest.fixture
def taken(lab):
    request = make_request(make_partner(), lab, [SLOT], state=State.CONFIRMED)
    approver = account_of(make_approver(lab).id)
    ids = frozenset(one.id for one in request.bookings[0].occurrences)
    return lambda: cancel(approver, Decision(request.bookings[0].id, ids, "Moved."))


@pytest.fixture
def partner(client, lab):
    partner = make_partner(organisation=make_organisation("Demo Drones"))
    sign_in(client, partner)
    return partner


def ask(client):
    page = check(client, status=422)
    return submit(client, request_form(page), {}, BUTTON)


def test_from_a_taken_time_to_one_update_with_a_link_to_request_it(
    client, app, lab, taken, partner
):
    page = get_page(client, ask(client).location)
    assert "We will tell you when it becomes free: Tue 12 Jan 2027" in page.text
    db.session.rollback()
    taken()
    tell_of_free_time()

    page = get_page(client, "/account/updates")
    (link,) = [a for a in page.all("a") if "Free now: Drone lab" in a.text]
    settings = settings_for(app.config["SQLALCHEMY_DATABASE_URI"])
    mails = []
    while mail := take_next():
        mails.append(text_of(letter(mail, settings)))
    assert any("It is not kept for you" in text and "Drone lab" in text for text in mails)
    answer = client.get(link.get("href"))
    assert answer.status_code == 302
    assert "facility=lab" in answer.location
    form = request_form(get_page(client, answer.location))
    assert dict(form.values())["dates-0-day"] == "2027-01-12"
    assert "new" not in [tag.text for tag in get_page(client, "/account/updates").all("span")]


def test_a_time_is_taken_off_the_list(client, lab, taken, partner):
    page = get_page(client, ask(client).location)
    (form,) = [f for f in page.all("form") if f.get("action", "").endswith("/remove")]
    page = get_page(client, submit(client, form).location)

    assert "You will not be told about this time." in page.text
    assert client.post(form.get("action"), data=dict(form.values())).status_code == 404


def test_who_is_not_signed_in_signs_in_first_and_keeps_what_was_typed(client, lab, taken):
    answer = ask(client)

    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_a_time_that_is_free_meanwhile_is_requested_instead(client, lab, taken, partner):
    page = check(client, status=422)
    db.session.rollback()
    taken()

    response = submit(client, request_form(page), {}, BUTTON)

    assert response.status_code == 409
    assert "You can request it." in read_page(response.text).text


def test_a_facilitys_page_leads_from_taken_time_to_the_alert(client, lab, taken, partner):
    page = get_page(client, "/facilities/lab?on=2027-01-12&view=day")
    (link,) = [a for a in page.all("a") if a.get("href") == FILLED]

    (form,) = [
        one
        for one in get_page(client, link.get("href")).all("form")
        if one.get("action") == "/facilities/lab/tell-me"
    ]
    page = get_page(client, submit(client, form).location)

    assert "We will tell you when it becomes free: Tue 12 Jan 2027" in page.text


def alert_form(client, address):
    (form,) = [
        one
        for one in get_page(client, address).all("form")
        if one.get("action", "").endswith("/tell-me")
    ]
    return form


FILLED = "/facilities/lab/tell-me?from=2027-01-12T09:00&to=2027-01-12T12:00"


def test_who_signs_in_finds_the_alert_filled_in(client, lab, taken):
    answer = submit(client, alert_form(client, FILLED))
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    back = parse_qs(urlsplit(answer.location).query)["next"][0]
    sign_in(client, make_partner())

    values = dict(alert_form(client, back).values())

    assert values["dates-0-day"] == "2027-01-12"
    assert (values["dates-0-starts_time"], values["dates-0-ends_time"]) == ("09:00", "12:00")


def test_a_date_that_nobody_could_request_is_refused_at_its_field(client, lab, taken, partner):
    answer = submit(client, alert_form(client, FILLED), {"dates-0-day": "2027-01-16"})

    assert answer.status_code == 422
    assert "There is a problem" in read_page(answer.text).text
    assert db.session.scalars(sa.select(FreeTimeAlert)).all() == []


def test_a_free_date_can_be_requested_instead(client, lab, partner):
    db.session.rollback()
    make_approver(lab)

    answer = submit(client, alert_form(client, FILLED))

    assert answer.status_code == 409
    (link,) = [a for a in read_page(answer.text).all("a") if a.text == "Request it"]
    values = dict(request_form(get_page(client, link.get("href"))).values())
    assert values["dates-0-day"] == "2027-01-12"


def test_a_search_that_finds_nothing_free_leads_to_the_alert(client, lab, partner):
    db.session.rollback()
    make_approver(lab)
    whole_day = slot_on(date(2027, 1, 12), "07:00", "17:00")
    make_request(make_partner(), lab, [whole_day], state=State.CONFIRMED)

    page = get_page(client, "/facilities?first=2027-01-12&last=2027-01-12")

    (link,) = [a for a in page.all("a") if a.text == BUTTON]
    assert dict(alert_form(client, link.get("href")).values())["dates-0-day"] == "2027-01-12"


def test_a_hidden_calendar_leads_to_a_request_and_offers_no_alert(client, lab, taken, partner):
    db.session.rollback()
    hidden = db.session.get_one(Facility, lab.id)
    hidden.sees_signed_in = hidden.sees_public = CalendarLevel.NOTHING
    db.session.commit()

    page = get_page(client, "/facilities/lab?on=2027-01-12&view=day")
    assert "tell-me" not in str([a.get("href") for a in page.all("a")])
    assert BUTTON not in page.text
    answer = client.get(FILLED)
    assert (answer.status_code, "/requests/new" in answer.location) == (302, True)


@pytest.mark.parametrize("name", ["endpoint", "_anchor", "_external", "_method", "_scheme"])
def test_an_argument_that_means_something_to_the_framework_is_passed_on_like_others(
    client, app_context, name
):
    make_facility(make_cluster("censec"), "lab", mode="by_agreement")

    answer = client.get(f"/facilities/lab/tell-me?{name}=https&facility=other")

    assert answer.status_code == 302
    assert answer.location == f"/requests/new?{name}=https&facility=lab"
