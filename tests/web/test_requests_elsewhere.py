"""Proposals at another facility, as both sides' pages show and take them."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, Occurrence
from booking.decisions.proposing import Proposal, propose
from booking.extensions import db
from booking.requests.answering import accept
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post

DAY = date(2027, 1, 14)


@pytest.fixture
def cluster(app_context):
    return make_cluster()


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "lab")


@pytest.fixture
def hall(cluster):
    return make_facility(cluster, "hall", people_limit=40, city="Odense")


@pytest.fixture
def approver(lab, hall):
    return make_approver(lab, hall)


@pytest.fixture
def partner(lab):
    return make_partner()


@pytest.fixture
def sent(lab, partner):
    return make_request(partner, lab, [slot_on(DAY)], title="Night flight")


def dates():
    db.session.rollback()
    return db.session.scalars(sa.select(Occurrence).order_by(Occurrence.id)).all()


def states():
    return [one.state.value for one in dates()]


@pytest.fixture
def proposed(sent, approver, hall):
    """The uid of what is proposed at the hall."""
    booking = sent.bookings[0]
    values = (booking.id, booking.occurrences[0].id, (slot_on(DAY),), False, 1, date(2026, 12, 4))
    propose(account_of(approver.id), Proposal(*values, "More room there.", facility_id=hall.id))
    return dates()[-1].uid


def typed(request, facility="hall", step="propose", **fields):
    return {
        "date": request.bookings[0].occurrences[0].uid,
        "part": "1",
        "step": step,
        "facility": facility,
        "dates-0-day": "2027-01-15",
        "dates-0-starts_time": "10:00",
        "dates-0-ends_time": "13:00",
        "places": "1",
        "until": "2026-12-04",
        "words": "Rather there?",
        **fields,
    }


def test_an_approver_proposes_dates_at_another_facility(client, sent, approver, hall):
    sign_in(client, approver)
    address = f"/inbox/{sent.reference}/propose"
    page = get_page(client, f"{address}?part=1")
    offered = [one.text for one in page.all("option")]
    assert offered == ["Lab (as requested)", "Hall"]

    chosen = post(client, address, typed(sent, step="place"))
    assert chosen.status_code == 200
    assert "What you propose at Hall" in chosen.text
    assert "at most 40 people" in chosen.text
    assert 'value="2027-01-15"' in chosen.text
    assert "Rather there?" in chosen.text
    answer = post(client, address, typed(sent))

    assert answer.status_code == 302
    assert states() == ["requested", "proposed"]
    assert dates()[-1].facility_id == hall.id
    shown = get_page(client, f"/inbox/{sent.reference}").text
    assert "Another facility instead:" in shown
    assert "Nothing to decide" in get_page(client, "/inbox").text


@pytest.mark.parametrize("slug", ["far", "nowhere", "x" * 3000])
def test_facilities_that_are_not_offered_are_refused_and_what_was_typed_is_kept(
    client, sent, approver, slug
):
    make_facility(make_cluster(), "far")
    sign_in(client, approver)
    address = f"/inbox/{sent.reference}/propose"

    answer = post(client, address, typed(sent, facility=slug))

    assert answer.status_code == 422
    assert "Choose a facility from the list." in answer.text
    assert "Rather there?" in answer.text
    assert 'value="2027-01-15"' in answer.text
    assert states() == ["requested"]
    assert client.get(f"{address}?part=1&facility={slug}").status_code == 404


def test_taken_time_there_is_refused_and_what_was_typed_is_kept(
    client, sent, approver, partner, hall
):
    make_request(make_partner(), hall, [slot_on(date(2027, 1, 15))], state=State.CONFIRMED)
    sign_in(client, approver)

    answer = post(client, f"/inbox/{sent.reference}/propose", typed(sent))

    assert answer.status_code == 422
    assert "What you propose at Hall" in answer.text
    assert "Rather there?" in answer.text


def test_the_requester_sees_which_facility_it_is_and_accepts_it_once(
    client, sent, proposed, partner
):
    sign_in(client, partner)
    page = get_page(client, f"/requests/{sent.reference}")
    text = re.sub(r"\s+", " ", page.text)
    for words in (
        "proposed another facility. Awaiting your answer",
        "Odense",
        "Instead of Thu 14 Jan 2027",
        "at Lab",
        "at most 40 people",
        "More room there.",
        "Your date here stays as it is until you accept.",
    ):
        assert words in text

    fields = {"booking": "2", "date": proposed}
    answer = post(client, f"/requests/{sent.reference}/accept", fields)

    assert answer.status_code == 302
    assert states() == ["replaced", "confirmed"]
    shown = get_page(client, f"/requests/{sent.reference}").text
    assert "has moved to Hall" in re.sub(r"\s+", " ", shown)
    listed = get_page(client, "/requests").text
    assert "Hall" in listed
    assert "Lab" not in listed
    again = post(client, f"/requests/{sent.reference}/accept", fields)
    assert again.status_code == 409
    assert "Nothing was changed." in again.text


def test_the_requester_suggests_other_dates_there(client, sent, proposed, partner, approver):
    sign_in(client, partner)
    address = f"/requests/{sent.reference}/suggest"
    page = get_page(client, f"{address}?booking=2&date={proposed}")
    assert "at Lab" in re.sub(r"\s+", " ", page.text)

    fields = dict(page.one("form", class_="narrow-form").values())
    answer = post(client, address, {**fields, "dates-0-day": "2027-01-18"})

    assert answer.status_code == 302
    assert states() == ["requested", "declined", "requested"]
    shown = re.sub(r"\s+", " ", get_page(client, f"/requests/{sent.reference}").text)
    assert "You asked for Mon 18 Jan 2027" in shown
    late = post(client, address, {**fields, "dates-0-day": "2027-01-19"})
    assert late.status_code == 409


def test_who_decides_there_alone_learns_nothing_of_the_old_facility(client, sent, proposed, hall):
    sign_in(client, make_approver(hall))

    page = get_page(client, f"/inbox/{sent.reference}")

    assert "Night flight" in page.text
    assert "instead of a date at another facility" in page.text
    assert "Lab" not in page.text
    db.session.rollback()
    assert len(db.session.scalars(sa.select(Booking)).all()) == 2


@pytest.mark.parametrize("taken", [False, True])
def test_who_decides_on_the_old_facility_alone_learns_neither_where_nor_when(
    client, sent, approver, partner, lab, hall, taken
):
    booking = sent.bookings[0]
    there = (slot_on(date(2027, 1, 20)),)
    values = (booking.id, booking.occurrences[0].id, there, False, 1, date(2026, 12, 4))
    propose(account_of(approver.id), Proposal(*values, "More room there.", facility_id=hall.id))
    if taken:
        new = dates()[-1]
        accept(account_of(partner.id), new.booking_id, new.id)

    sign_in(client, make_approver(lab))
    text = get_page(client, f"/inbox/{sent.reference}").text

    assert ("Moved to another facility." if taken else "Another facility instead:") in text
    # Nor until when it can be answered: that may be when the date begins.
    for secret in ("Hall", "Odense", "20 Jan", "More room there.", "can answer until"):
        assert secret not in text
