"""Competing requests on one page: choose, and the others are declined."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occurrence
from booking.decisions import service
from booking.decisions.service import Decision
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

DAY, NEXT_DAY = date(2027, 1, 14), date(2027, 1, 15)
ADDRESS = "/inbox/K7M-4QX/competing"


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), name="Drone lab")


@pytest.fixture
def approver(lab, client):
    approver = make_approver(lab, email="approver@example.org")
    sign_in(client, approver)
    db.session.rollback()
    return approver


@pytest.fixture
def drones(approver, lab):
    partner = make_partner(organisation=make_organisation("Demo Drones", country="FR"))
    return make_request(
        partner, lab, [slot_on(DAY)], reference="K7M-4QX", people=6, purpose="Compare two radars."
    )


@pytest.fixture
def fly(lab, drones):
    partner = make_partner(organisation=make_organisation("Demo Fly"))
    return make_request(
        partner,
        lab,
        [slot_on(DAY, "10:00", "13:00"), slot_on(NEXT_DAY)],
        reference="222-222",
        hazards=True,
        hazards_note="flight up to 120 m",
    )


def states(request):
    db.session.rollback()
    return list(
        db.session.scalars(
            sa.select(Occurrence.state)
            .where(Occurrence.booking_id == request.bookings[0].id)
            .order_by(Occurrence.starts_at)
        )
    )


def open_page(client):
    page = get_page(client, ADDRESS)
    db.session.rollback()
    return page


def form_of(page):
    return page.one("form", action=ADDRESS)


def test_the_page_shows_competing_requests_side_by_side(client, drones, fly):
    assert get_page(client, "/inbox/K7M-4QX").one("a", href=ADDRESS)

    page = open_page(client)

    cards = page.all("article", class_="compared")
    assert [card.one("h2").text for card in cards] == ["Demo Drones", "Demo Fly"]
    for said in ("Compare two radars.", "Thu 14 Jan 2027, 10:00 – 13:00", "6", "none yet"):
        assert said in cards[0].text
    for said in ("flight up to 120 m", "1 other date does not compete.", "2 of 2 dates"):
        assert said in cards[1].text


def test_the_chosen_one_is_confirmed_and_of_the_others_what_competes_is_declined(
    client, drones, fly, lab
):
    answer = submit(
        client,
        form_of(open_page(client)),
        {"answer-K7M-4QX-1": "confirm", "reason": "Another trial has the day."},
    )

    assert answer.status_code == 302
    assert states(drones) == [State.CONFIRMED]
    assert states(fly) == [State.DECLINED, State.REQUESTED]
    declined = sa.select(LogEntry.reason_code).where(LogEntry.after == "declined")
    assert db.session.scalars(declined).all() == ["no_capacity"]
    page = get_page(client, answer.location)
    assert "Confirmed: Demo Drones. 1 request declined." in page.text
    assert "Next: Demo Fly." in page.text


def test_one_can_be_left_for_later(client, drones, fly):
    submit(
        client,
        form_of(open_page(client)),
        {"answer-K7M-4QX-1": "confirm", "answer-222-222-1": "wait"},
    )

    assert (states(drones), states(fly)) == ([State.CONFIRMED], [State.REQUESTED] * 2)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": "Sorry"}, "Choose at least one to confirm."),
        ({"answer-K7M-4QX-1": "confirm"}, "Give a reason."),
        ({"answer-K7M-4QX-1": "confirm", "reason": "No", "code": ""}, "Choose why you decline."),
        ({"answer-K7M-4QX-1": "confirm", "reason": "x" * 1001}, "Use at most 1000 characters."),
        ({"answer-K7M-4QX-1": "maybe", "reason": "Sorry"}, "Choose one of these."),
        (
            {"answer-K7M-4QX-1": "confirm", "answer-222-222-1": "confirm", "note": "Gate 2"},
            "There is not room for all that you confirm.",
        ),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_and_nothing_is_done(client, drones, fly, typed, said):
    answer = submit(client, form_of(open_page(client)), typed)

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert said in page.one("div", class_="error-summary").text
    kept = dict(form_of(page).values())
    assert {name: kept.get(name) for name in typed if typed[name] != "maybe"} == {
        name: value for name, value in typed.items() if value != "maybe"
    }
    assert (states(drones), states(fly)) == ([State.REQUESTED], [State.REQUESTED] * 2)


def test_if_one_was_decided_meanwhile_the_page_says_so_and_nothing_is_done(
    client, drones, fly, lab
):
    form = form_of(open_page(client))
    colleague = make_approver(lab, name="Fenna First")
    ids = frozenset(one.id for one in fly.bookings[0].occurrences[:1])
    service.decline(account_of(colleague.id), Decision(fly.bookings[0].id, ids, "No crew."))

    answer = submit(client, form, {"answer-K7M-4QX-1": "confirm", "reason": "The other one."})

    assert answer.status_code == 409
    page = read_page(answer.text)
    for said in ("Fenna First declined: Thu 14 Jan 2027", "No crew.", "The other one."):
        assert said in page.text
    assert (states(drones), states(fly)) == (
        [State.REQUESTED],
        [State.DECLINED, State.REQUESTED],
    )


def test_what_breaks_a_rule_cannot_be_chosen(client, drones, fly, lab):
    form = form_of(open_page(client))
    make_closure(lab, slot_on(DAY))

    answer = submit(client, form, {"answer-K7M-4QX-1": "confirm", "reason": "Sorry"})

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert "breaks a rule" in page.one("div", class_="error-summary").text
    assert page.all("input", name="answer-K7M-4QX-1", value="confirm") == []
    assert states(drones) == [State.REQUESTED]


@pytest.mark.parametrize("compared", ["K7M-4QX-2", "K7M-4QX-x", "", "XXX-XXX-1"])
def test_a_request_that_is_not_there_answers_404(client, drones, fly, compared):
    form = form_of(open_page(client))

    answer = submit(client, form, {"compared": compared, "answer-K7M-4QX-1": "confirm"})

    assert answer.status_code == 404


def test_without_competing_requests_the_page_says_so(client, drones):
    assert "No other request competes with this one now." in open_page(client).text
