"""Changing a request on its pages: the form, what it leads to, and what was typed."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Occurrence
from booking.decisions.service import Decision, cancel, confirm, decline
from booking.extensions import db
from booking.rules.lifecycle import State
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
from tests.pages import get_page, post, read_page

DAY, LATER = date(2027, 1, 14), date(2027, 1, 15)


@pytest.fixture
def lab(app_context):
    cluster = make_cluster("censec", short_name="CenSec")
    return make_facility(cluster, "lab", name="Drone lab", places=3)


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture(autouse=True)
def approver(lab):
    return make_approver(lab, name="Arne Approver")


@pytest.fixture
def booked(lab, partner):
    return make_request(
        partner, lab, [slot_on(DAY)], state=State.CONFIRMED, title="Night flight", people=4
    )


def dates():
    db.session.rollback()
    return db.session.scalars(sa.select(Occurrence).order_by(Occurrence.id)).all()


def states():
    return [one.state.value for one in dates()]


def form_of(client, request):
    page = get_page(client, f"/requests/{request.reference}")
    link = next(
        a for a in page.all("a") if a.text in ("Change this booking", "Change this request")
    )
    return dict(get_page(client, link.get("href")).one("form", class_="narrow-form").values())


def test_the_page_says_before_sending_what_holds_at_once_and_what_needs_an_answer(
    client, other_client, booked, partner, approver
):
    sign_in(client, partner)
    values = form_of(client, booked)
    assert (values["title"], values["people"]) == ("Night flight", "4")
    assert (values["dates-0-starts_time"], values["dates-0-ends_time"]) == ("10:00", "13:00")
    values |= {"title": "Day flight", "dates-0-ends_time": "12:00", "people": "6", "step": "check"}

    answer = post(client, f"/requests/{booked.reference}/change", values)

    page = read_page(answer.text)
    assert answer.status_code == 200
    at_once = page.one("section", **{"aria-labelledby": "at-once"}).text
    assert "Title: “Day flight” instead of “Night flight”" in at_once
    assert "10:00 – 12:00" in at_once
    to_answer = page.one("section", **{"aria-labelledby": "to-answer"}).text
    assert "People: 6 instead of 4" in to_answer
    assert states() == ["confirmed"]
    form = page.one("form", action=f"/requests/{booked.reference}/change")
    answer = post(client, form.get("action"), {**dict(form.values()), "step": "send"})
    assert answer.status_code == 302
    assert states() == ["confirmed", "requested"]
    page = get_page(client, f"/requests/{booked.reference}")
    assert "Day flight" in page.text
    assert "People: 6 instead of 4" in page.text
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{booked.reference}")
    assert "changed the request" in page.text
    assert "asked for a change" in page.text
    assert "People: 6 instead of 4" in page.text
    updates = get_page(other_client, "/account/updates").text
    assert "Changed by the requester, no answer needed" in updates
    assert "The requester asks for a change" in updates


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Nothing is changed yet"),
        ({"dates-0-ends_time": "09:00"}, "The end is before the start"),
        ({"dates-0-day": "2026-11-23"}, "past"),
        ({"dates-0-ends_time": "11:07"}, "30"),
        ({"people": "0"}, "at least 1"),
        ({"people": ""}, "at least 1"),
        ({"places": "9"}, "Too many"),
        ({"title": ""}, "Enter a title"),
        ({"hazards": "yes", "hazards_note": ""}, "Enter the hazards"),
        ({"words": "x" * 1001, "people": "3"}, "at most 1000"),
    ],
)
def test_a_change_that_cannot_be_keeps_what_was_typed(client, booked, partner, fields, text):
    sign_in(client, partner)
    values = {**form_of(client, booked), "step": "check", "words": "Please.", **fields}

    answer = post(client, f"/requests/{booked.reference}/change", values)

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert text in page.one(id="errors").text
    assert dict(page.one("form", class_="narrow-form").values())["words"] == values["words"]
    assert states() == ["confirmed"]


def test_a_date_that_was_decided_meanwhile_is_not_changed_and_what_was_typed_is_kept(
    client, booked, partner, approver
):
    sign_in(client, partner)
    values = {**form_of(client, booked), "dates-0-ends_time": "11:00", "words": "Shorter."}
    booking = booked.bookings[0]
    ids = frozenset({booking.occurrences[0].id})
    cancel(account_of(approver.id), Decision(booking.id, ids, "The roof leaks."))

    answer = post(client, f"/requests/{booked.reference}/change", {**values, "step": "send"})

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "decided or ended while you were changing it" in page.one(id="errors").text
    kept = dict(page.one("form", class_="narrow-form").values())
    assert (kept["dates-0-ends_time"], kept["words"]) == ("11:00", "Shorter.")


def test_a_request_confirmed_while_its_change_was_shown_shows_anew_what_it_leads_to(
    client, lab, partner, approver
):
    asked = make_request(partner, lab, [slot_on(DAY)], people=4)
    sign_in(client, partner)
    values = {**form_of(client, asked), "people": "6", "step": "check"}
    page = read_page(post(client, f"/requests/{asked.reference}/change", values).text)
    form = page.one("form", action=f"/requests/{asked.reference}/change")
    booking = asked.bookings[0]
    confirm(account_of(approver.id), Decision(booking.id, frozenset({booking.occurrences[0].id})))

    answer = post(client, form.get("action"), {**dict(form.values()), "step": "send"})

    assert answer.status_code == 409
    assert "Nothing was changed." in read_page(answer.text).text
    assert states() == ["confirmed"]
    form = read_page(answer.text).one("form", action=f"/requests/{asked.reference}/change")
    post(client, form.get("action"), {**dict(form.values()), "step": "send"})
    assert states() == ["confirmed", "requested"]


def test_an_approver_who_confirms_what_has_changed_since_looks_again(
    client, other_client, lab, partner, approver
):
    asked = make_request(partner, lab, [slot_on(DAY)], people=4)
    sign_in(other_client, approver)
    page = get_page(other_client, f"/inbox/{asked.reference}")
    form = page.one("form", class_="answers")
    sign_in(client, partner)
    values = {**form_of(client, asked), "people": "6", "step": "send"}
    post(client, f"/requests/{asked.reference}/change", values)

    answer = post(
        other_client, form.get("action"), {**dict(form.values()), "answer-1-note": "Gate 3."}
    )

    assert answer.status_code == 409
    page = read_page(answer.text)
    assert "The requester changed this after you opened it" in page.text
    assert "6 people" in page.text
    assert "Gate 3." in page.text
    assert states() == ["requested"]


def test_of_several_dates_the_plans_change_together_and_the_time_of_each_by_itself(
    client, lab, partner
):
    booked = make_request(
        partner, lab, [slot_on(DAY), slot_on(LATER)], state=State.CONFIRMED, people=4
    )
    sign_in(client, partner)
    values = form_of(client, booked)
    assert "dates-0-day" not in values
    page = get_page(client, f"/requests/{booked.reference}/change")
    link = next(a for a in page.all("a") if "15 Jan" in a.text)

    answer = post(
        client, f"/requests/{booked.reference}/change", {**values, "people": "3", "step": "send"}
    )

    assert answer.status_code == 302
    form = get_page(client, link.get("href")).one("form", class_="narrow-form")
    values = dict(form.values())
    assert (values["people"], values["dates-0-day"]) == ("3", "2027-01-15")
    post(client, form.get("action"), {**values, "dates-0-day": "2027-01-18", "step": "send"})
    assert states() == ["confirmed", "confirmed", "requested"]


def end_as(state, approver, request):
    booking = request.bookings[0]
    decision = Decision(booking.id, frozenset({booking.occurrences[0].id}), "Not then.")
    if state is State.DECLINED:
        decline(account_of(approver.id), decision)
    elif state is State.CANCELLED:
        cancel(account_of(approver.id), decision)


@pytest.mark.parametrize("state", [State.DECLINED, State.CANCELLED, State.LAPSED])
def test_what_has_ended_can_be_copied_with_everything_but_the_dates(
    client, lab, partner, approver, at, state
):
    before = State.CONFIRMED if state is State.CANCELLED else State.REQUESTED
    request = make_request(
        partner,
        lab,
        [slot_on(DAY)],
        state=before,
        places=2,
        title="Night flight",
        purpose="Fly.",
        activity="visit",
        people=4,
        hazards=True,
        hazards_note="Laser.",
    )
    end_as(state, approver, request)
    if state is State.LAPSED:
        at(request.bookings[0].occurrences[0].lapses_at)
    sign_in(client, partner)
    page = get_page(client, f"/requests/{request.reference}")
    link = next(a for a in page.all("a") if a.text == "Request again with new dates")

    form = get_page(client, link.get("href")).one("form", action="/requests/new")

    values = dict(form.values())
    kept = ("title", "purpose", "activity", "people", "hazards", "hazards_note", "places")
    assert [values[name] for name in kept] == [
        "Night flight",
        "Fly.",
        "visit",
        "4",
        "yes",
        "Laser.",
        "2",
    ]
    assert not values["dates-0-day"]
    assert "Change this" not in page.text


def test_what_only_waits_says_that_more_of_it_is_another_request(client, lab, partner):
    slot = slot_on(DAY)
    waiting = make_request(
        partner, lab, [slot], state=State.WAITING, lapses_at=slot.starts_at, people=4
    )
    sign_in(client, partner)
    values = form_of(client, waiting) | {"step": "check"}

    refused = post(
        client, f"/requests/{waiting.reference}/change", values | {"dates-0-ends_time": "17:00"}
    )

    assert refused.status_code == 422
    assert "This date is on the waiting list" in read_page(refused.text).text
    answer = post(client, f"/requests/{waiting.reference}/change", values | {"title": "By day"})
    assert "Title: “By day”" in read_page(answer.text).text
