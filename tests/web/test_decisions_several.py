"""Several requests answered at once: each by itself, and the page says what became of each."""

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry, Occurrence
from booking.decisions import service
from booking.decisions.service import Decision
from booking.extensions import db
from booking.requests.changing import Change, change_request
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

DAYS = [date(2027, 1, day) for day in (14, 15, 18, 19)]


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec"), name="Drone lab")


@pytest.fixture(autouse=True)
def approver(lab, client):
    approver = make_approver(lab, email="approver@example.org")
    sign_in(client, approver)
    db.session.rollback()
    return approver


def ask(lab, name, *slots, **fields):
    partner = make_partner(organisation=make_organisation(name))
    return make_request(partner, lab, slots, **fields)


def states(*requests):
    db.session.rollback()
    query = sa.select(Occurrence.state)
    return [
        state
        for one in requests
        for state in db.session.scalars(
            query.where(Occurrence.booking_id == one.bookings[0].id).order_by(Occurrence.starts_at)
        )
    ]


def ticked(client, *requests):
    """The form to answer these requests, opened from the inbox."""
    inbox = get_page(client, "/inbox")
    form = inbox.one("form", action="/inbox/several")
    answer = submit(client, form, {"pick": [one.reference for one in requests]})
    assert answer.status_code == 200
    db.session.rollback()
    return read_page(answer.text).one("form", action="/inbox/several")


def outcomes(answer):
    """What the page says of each request, by organisation."""
    entries = read_page(answer.text).one("ul", class_="pick-list").all("a")
    return {one.one("span", class_="pick-title").text: one.one("strong").text for one in entries}


def test_each_request_is_confirmed_by_itself_and_the_page_says_what_happened(client, lab, approver):
    one = ask(lab, "Demo Drones", slot_on(DAYS[0]))
    rival = ask(lab, "Demo Fly", slot_on(DAYS[0], "10:00", "11:00"))
    withdrawn = ask(lab, "Demo Gone", slot_on(DAYS[1]))
    closed = ask(lab, "Demo Closed", slot_on(DAYS[2]))
    series = ask(lab, "Demo Series", slot_on(DAYS[3]), slot_on(DAYS[3], "13:00", "14:00"))
    form = ticked(client, one, rival, withdrawn, closed, series)
    make_closure(lab, slot_on(DAYS[2]))
    colleague = account_of(make_approver(lab).id)
    ids = frozenset(date.id for date in withdrawn.bookings[0].occurrences)
    service.decline(colleague, Decision(withdrawn.bookings[0].id, ids, "No crew."))

    answer = submit(client, form, {"text": "See you there."}, "Confirm 5 requests")

    assert answer.status_code == 200
    assert read_page(answer.text).one("h1").text == "2 of 5 confirmed"
    assert outcomes(answer) == {
        "Demo Drones": "Confirmed",
        "Demo Fly": "No longer fits. It keeps waiting.",
        "Demo Gone": "Decided or changed meanwhile. Nothing was done.",
        "Demo Closed": "Breaks a rule. Open it to make an exception.",
        "Demo Series": "Confirmed",
    }
    assert states(one, rival, withdrawn, closed, series) == [
        State.CONFIRMED,
        State.REQUESTED,
        State.DECLINED,
        State.REQUESTED,
        State.CONFIRMED,
        State.CONFIRMED,
    ]
    texts = db.session.scalars(sa.select(LogEntry.reason).where(LogEntry.after == "confirmed"))
    assert texts.all() == ["See you there."] * 2


def test_several_are_declined_with_one_reason(client, lab):
    requests = [ask(lab, f"Demo {number}", slot_on(day)) for number, day in enumerate(DAYS[:2])]
    form = ticked(client, *requests)

    missing = submit(client, form, {"text": ""}, "Decline 2 requests")
    assert missing.status_code == 422
    summary = read_page(missing.text).one("div", class_="error-summary").text
    assert "Give a reason." in summary
    assert "Choose why you decline." in summary
    assert states(*requests) == [State.REQUESTED] * 2

    form = read_page(missing.text).one("form", action="/inbox/several")
    typed = {"text": "The rig is away.", "code": "maintenance"}
    done = submit(client, form, typed, "Decline 2 requests")

    assert outcomes(done) == {"Demo 0": "Declined", "Demo 1": "Declined"}
    assert states(*requests) == [State.DECLINED] * 2
    declined = sa.select(LogEntry.reason_code).where(LogEntry.after == "declined")
    assert db.session.scalars(declined).all() == ["maintenance"] * 2


def test_sent_again_nothing_is_done_and_the_page_says_so(client, lab):
    requests = [ask(lab, f"Demo {number}", slot_on(day)) for number, day in enumerate(DAYS[:2])]
    form = ticked(client, *requests)
    submit(client, form, {"text": "No", "code": "other"}, "Decline 2 requests")

    again = submit(client, form, {"text": "Yes"}, "Confirm 2 requests")

    assert again.status_code == 409
    assert set(outcomes(again).values()) == {"Decided or changed meanwhile. Nothing was done."}


def test_what_to_expect_is_said_before(client, lab):
    one = ask(lab, "Demo Drones", slot_on(DAYS[0]))
    ask(lab, "Demo Fly", slot_on(DAYS[0]))
    make_closure(lab, slot_on(DAYS[0]))

    entry = ticked(client, one).one("ul", class_="pick-list")

    assert "competes with another request" in entry.text
    assert "breaks a rule" in entry.text


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 422, "Select at least one request."),
        ("?pick=222-222", 404, ""),
        ("?pick=%00", 404, ""),
        ("?pick=K7M-4QX&pick=222-222", 404, ""),
    ],
)
def test_a_choice_of_nothing_or_of_others_requests_is_refused(client, lab, query, status, said):
    ask(lab, "Demo Drones", slot_on(DAYS[0]), reference="K7M-4QX")
    foreign = make_facility(make_cluster())
    make_request(make_partner(), foreign, [slot_on(DAYS[0])], reference="222-222")

    assert said in get_page(client, f"/inbox/several{query}", status).text


def test_a_text_that_is_too_long_is_kept_and_nothing_is_done(client, lab):
    requests = [ask(lab, f"Demo {number}", slot_on(day)) for number, day in enumerate(DAYS[:2])]

    answer = submit(client, ticked(client, *requests), {"text": "x" * 1001}, "Confirm 2 requests")

    assert answer.status_code == 422
    assert ("text", "x" * 1001) in read_page(answer.text).one(
        "form", action="/inbox/several"
    ).values()
    assert states(*requests) == [State.REQUESTED] * 2


def test_several_go_to_the_waiting_list_where_there_is_one(client, lab):
    listed = make_facility(lab.cluster, name="Range", waiting_list_days=2)
    make_approver(listed)
    coordinator = make_coordinator(lab.cluster)
    here, there = (
        ask(lab, "Demo Here", slot_on(DAYS[0])),
        ask(listed, "Demo There", slot_on(DAYS[0])),
    )
    db.session.rollback()
    sign_in(client, coordinator)
    form = ticked(client, here, there)

    answer = submit(client, form, {"text": "Full."}, "Put 2 requests on the waiting list")

    assert read_page(answer.text).one("h1").text == "1 of 2 put on the waiting list"
    assert outcomes(answer) == {
        "Demo Here": "This facility has no waiting list. Nothing was done.",
        "Demo There": "On the waiting list",
    }
    assert states(here, there) == [State.REQUESTED, State.WAITING]


@pytest.mark.parametrize("button", ["Confirm 2 requests", "Decline 2 requests"])
def test_what_the_requester_changed_meanwhile_is_left_alone(client, lab, button):
    changed, same = (
        ask(lab, "Demo Changed", slot_on(DAYS[0])),
        ask(lab, "Demo Same", slot_on(DAYS[1])),
    )
    form = ticked(client, changed, same)
    partner = account_of(changed.partner_id)
    details = replace(changed.details, purpose="Something else.")
    db.session.rollback()
    change_request(partner, Change(changed.bookings[0].id, details))
    db.session.rollback()

    answer = submit(client, form, {"text": "Yes or no.", "code": "other"}, button)

    assert answer.status_code == 200
    assert (
        outcomes(answer)["Demo Changed"] == "Changed by the requester meanwhile. Nothing was done."
    )
    assert states(changed) == [State.REQUESTED]
    assert states(same) != [State.REQUESTED]
