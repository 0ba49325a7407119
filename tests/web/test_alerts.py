"""Asking to be told when a time becomes free, on the pages."""

from datetime import date

import pytest

from booking.accounts.queries import account_of
from booking.decisions.service import Decision, cancel
from booking.extensions import db
from booking.notices.free_time import tell_of_free_time
from booking.notices.mail import letter
from booking.notices.outbox import take_next
from booking.rules.lifecycle import State
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
    assert "You can request them." in read_page(response.text).text
