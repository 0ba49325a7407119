"""The details of a request: what is typed once is read on every page."""

from dataclasses import fields

import pytest

from booking.bookings.details import RequestDetails
from booking.bookings.models import BookingRequest
from booking.extensions import db
from tests.factories import make_approver, make_cluster, make_facility, make_partner, sign_in
from tests.pages import get_page, submit
from tests.web.requests_pages import check, request_form

#: One answer for each field, as it is typed.
TYPED = {
    "title": "Radar trial",
    "purpose": "Compare two radars.",
    "activity": "demonstration",
    "people": "7",
    "hazards": "yes",
    "hazards_note": "Flight up to 120 m.",
    "billing_reference": "PO 4711",
}
#: What the pages say of them; a yes is said by its note.
SAID = {name: text for name, text in TYPED.items() if name != "hazards"}


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec"), "lab", lead_time_days=7)


@pytest.fixture
def approver(lab):
    return make_approver(lab)


def test_a_request_keeps_every_detail_and_all_pages_show_it(client, other_client, approver):
    assert TYPED.keys() == {field.name for field in fields(RequestDetails)}
    sign_in(client, make_partner())

    checked = check(client, TYPED)
    sent = submit(client, request_form(checked), {}, "Send")
    shown = get_page(client, sent.location)
    sign_in(other_client, approver)
    reviewed = get_page(other_client, sent.location.replace("/requests/", "/inbox/"))

    for page in (checked, shown, reviewed):
        missing = [text for text in SAID.values() if text not in page.one("main").text]
        assert not missing, page.one("h1").text
    db.session.rollback()
    request = db.session.query(BookingRequest).one()
    assert request.details == RequestDetails(**TYPED | {"people": 7, "hazards": True})


def test_hazards_are_dropped_when_no_hazards_is_chosen(client, approver):
    page = check(client, TYPED | {"hazards": "no"})

    assert "none" in page.one("main").text
    assert TYPED["hazards_note"] not in page.one("main").text
