"""Broken rules and affected dates, as both sides see and resolve them in the browser."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import Occurrence
from booking.disruptions.resolve import end_disrupted
from booking.extensions import db
from booking.rules.lifecycle import State
from tests.factories import (
    make_approver,
    make_closure,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, read_page, submit

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

DAY, NEXT_DAY, SATURDAY = date(2027, 1, 14), date(2027, 1, 15), date(2027, 1, 16)
REASON = "The guard lets you in."


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), "drone-lab", name="Drone lab")


@pytest.fixture
def approver(lab):
    return make_approver(lab, email="approver@example.org")


@pytest.fixture
def partner(app_context):
    return make_partner("anna@example.org")


def as_person(client, person):
    sign_in(client, person)
    db.session.rollback()


def disruption(request, facility, day=DAY, **fields):
    """Close the facility on this day and mark the request's first date."""
    closure = make_closure(facility, slot_on(day, "00:00", "23:00"), reason="New floor", **fields)
    occurrence = request.bookings[0].occurrences[0]
    db.session.add(
        Affected(
            occurrence_id=occurrence.id,
            cause="closure",
            closure_id=closure.id,
            marked_at=request.sent_at,
        )
    )
    db.session.commit()


def states():
    db.session.rollback()
    return list(db.session.scalars(sa.select(Occurrence.state).order_by(Occurrence.id)))


def test_confirming_against_a_rule_requires_a_reason_that_both_sides_read(
    client, lab, approver, partner
):
    make_request(partner, lab, [slot_on(DAY), slot_on(SATURDAY)], reference="K7M-4QX")
    as_person(client, approver)
    page = get_page(client, "/inbox/K7M-4QX")
    form = page.one("form", action="/inbox/K7M-4QX/confirm")
    assert "not open on Sat 16 Jan 2027" in form.text
    ticked = [box for box in form.all("input", type="checkbox") if "checked" in box.attributes]
    assert len(ticked) == 1
    every = [box.get("value") for box in form.all("input", type="checkbox")]

    refused = submit(client, form, {"answer-1-dates": every})

    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "Give a reason for the exception" in page.one("div", id="errors").text
    assert states() == [State.REQUESTED] * 2
    form = page.one("form", action="/inbox/K7M-4QX/confirm")
    done = submit(client, form, {"answer-1-exception_reason": REASON})
    assert done.status_code == 302
    assert states() == [State.CONFIRMED] * 2
    said = "Exception by you: not open then. Reason: The guard lets you in."
    assert said in get_page(client, "/inbox/K7M-4QX").text
    as_person(client, partner)
    read = get_page(client, "/requests/K7M-4QX").text
    assert said.replace("you:", "CenSec:") in read
    assert "CenSec made an exception" in read


def test_no_exception_is_offered_for_rules_that_allow_none(client, lab, approver, partner):
    make_request(partner, lab, [slot_on(DAY)], reference="K7M-4QX", places=3)
    as_person(client, approver)

    page = get_page(client, "/inbox/K7M-4QX")

    form = page.one("form", action="/inbox/K7M-4QX/confirm")
    assert [b.text for b in form.all("button")] == ["Decline this date"]
    refused = submit(client, form, {"answer-1-exception_reason": REASON})
    assert refused.status_code in (409, 422)
    assert states() == [State.REQUESTED]


def test_an_affected_date_is_marked_for_both_sides_until_it_is_kept(client, lab, approver, partner):
    other = make_facility(make_cluster("elsewhere"), "wind-tunnel", name="Wind tunnel")
    for facility in (lab, other):
        facility.capabilities = ["drone flight in wind"]
        db.session.add(facility)
    request = make_request(
        partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], state=State.CONFIRMED, reference="K7M-4QX"
    )
    disruption(request, lab)
    as_person(client, partner)
    said = "closed Thu 14 Jan 2027, 01:00 – 24:00"
    read = get_page(client, "/requests/K7M-4QX").text
    assert f"affected: {said}. CenSec will decide and let you know." in read
    assert "New floor" not in read
    assert "1 date affected" in get_page(client, "/requests").text

    as_person(client, approver)
    assert "Affected (1)" in get_page(client, "/inbox").text
    inbox = get_page(client, "/inbox?show=affected")
    assert f"affected: {said}" in inbox.text
    page = get_page(client, "/inbox/K7M-4QX")
    assert f"{said}: New floor" in page.text
    form = page.one("form", action="/inbox/K7M-4QX/keep")
    assert submit(client, form).status_code == 422
    assert submit(client, form, {"keep-1-reason": REASON}).status_code == 302

    assert db.session.scalars(sa.select(GrantedException.reason)).all() == [REASON]
    assert states() == [State.CONFIRMED] * 2
    assert "Affected (" not in get_page(client, "/inbox").text
    as_person(client, partner)
    read = get_page(client, "/requests/K7M-4QX").text
    assert "affected:" not in read
    assert f"Exception by CenSec: closed then. Reason: {REASON}" in read


def test_entering_against_a_rule_shows_the_rule_and_requires_a_reason(client, lab, approver):
    as_person(client, approver)
    page = get_page(client, "/manage/bookings/new?facility=drone-lab")
    form = page.one("form", action="/manage/bookings/new")
    assert "Book anyway" not in form.text
    typed = {
        "dates-0-day": "2027-01-16",
        "dates-0-starts_time": "10:00",
        "dates-0-ends_time": "12:00",
        "title": "Service",
        "activity": "maintenance",
        "purpose": "New filters.",
    }
    refused = submit(client, form, typed, "Enter and confirm")
    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "Not open on Sat 16 Jan 2027" in page.one("div", id="errors").text
    form = page.one("form", action="/manage/bookings/new")
    refused = submit(client, form, {"all_the_same": "y"}, "Enter and confirm")
    assert "Give a reason for the exception" in read_page(refused.text).text
    refused = submit(client, form, {"exception_reason": REASON}, "Enter and confirm")
    assert "Tick this too" in read_page(refused.text).one("div", id="errors").text

    done = submit(
        client, form, {"all_the_same": "y", "exception_reason": REASON}, "Enter and confirm"
    )

    assert done.status_code == 302
    assert states() == [State.CONFIRMED]
    assert REASON in get_page(client, done.location).text


def test_an_exception_covers_only_the_rules_that_its_page_showed(client, lab, approver, partner):
    make_request(partner, lab, [slot_on(DAY), slot_on(SATURDAY)], reference="K7M-4QX")
    as_person(client, approver)
    form = get_page(client, "/inbox/K7M-4QX").one("form", action="/inbox/K7M-4QX/confirm")
    every = [box.get("value") for box in form.all("input", type="checkbox")]
    typed = {"answer-1-dates": every, "answer-1-exception_reason": REASON}
    make_closure(lab, slot_on(DAY, "00:00", "23:00"))

    refused = submit(client, form, typed)

    assert refused.status_code == 422
    assert states() == [State.REQUESTED] * 2
    page = read_page(refused.text)
    assert "This breaks a rule that was not shown before" in page.one("div", id="errors").text
    form = page.one("form", action="/inbox/K7M-4QX/confirm")
    assert REASON in dict(form.values()).values()
    assert submit(client, form).status_code == 302
    assert states() == [State.CONFIRMED] * 2


def test_an_exception_for_one_day_does_not_cover_another_day(client, lab, approver):
    make_closure(lab, slot_on(DAY, "00:00", "23:00"))
    as_person(client, approver)
    form = get_page(client, "/manage/bookings/new?facility=drone-lab").one(
        "form", action="/manage/bookings/new"
    )
    typed = {
        "dates-0-day": "2027-01-16",
        "dates-0-starts_time": "10:00",
        "dates-0-ends_time": "12:00",
        "title": "Service",
        "activity": "maintenance",
        "purpose": "New filters.",
    }
    page = read_page(submit(client, form, typed, "Enter and confirm").text)
    form = page.one("form", action="/manage/bookings/new")
    why = {"all_the_same": "y", "exception_reason": REASON}

    refused = submit(client, form, why | {"dates-0-day": "2027-01-14"}, "Enter and confirm")

    assert refused.status_code == 422
    page = read_page(refused.text)
    assert "It also breaks a rule that was not shown before" in page.one("div", id="errors").text
    assert states() == []
    form = page.one("form", action="/manage/bookings/new")
    assert submit(client, form, {}, "Enter and confirm").status_code == 302
    assert states() == [State.CONFIRMED]


def test_an_unknown_button_enters_nothing(client, lab, approver):
    as_person(client, approver)
    address = "/manage/bookings/new?facility=drone-lab&from=2027-01-14T09:00&to=2027-01-14T11:00"
    form = get_page(client, address).one("form", action="/manage/bookings/new")
    typed = {"title": "Service", "activity": "maintenance", "purpose": "New filters."}

    answers = [submit(client, form, typed | {"step": step}) for step in ("take-9", "check", "x")]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert all("New filters." in answer.text for answer in answers)
    assert states() == []


def test_alternatives_to_an_affected_date_can_be_requested_then_and_stay_after_it_is_cancelled(
    client, lab, approver, partner
):
    free = make_facility(lab.cluster, "wind-tunnel", name="Wind tunnel")
    taken = make_facility(lab.cluster, "full", name="Full tunnel")
    shut = make_facility(lab.cluster, "shut", name="Shut tunnel")
    for facility in (lab, free, taken, shut):
        facility.capabilities = ["drone flight in wind"]
        db.session.add(facility)
    db.session.commit()
    for facility in (free, taken, shut):
        make_approver(facility)
    make_request(make_partner(), taken, [slot_on(DAY)], state=State.CONFIRMED)
    make_closure(shut, slot_on(DAY))
    request = make_request(
        partner, lab, [slot_on(DAY), slot_on(NEXT_DAY)], state=State.CONFIRMED, reference="K7M-4QX"
    )
    disruption(request, lab)

    def offered():
        as_person(client, partner)
        page = get_page(client, "/requests/K7M-4QX")
        assert "Similar facilities free on Thu 14 Jan 2027:" in page.text
        return [a for a in page.all("a") if "tunnel" in a.text]

    (link,) = offered()
    assert link.text == "Wind tunnel: Thu 14 Jan 2027, 10:00 – 13:00"
    form = get_page(client, link.get("href")).one("form", action="/requests/new")
    assert dict(form.values())["dates-0-day"] == "2027-01-14"

    as_person(client, approver)
    end_disrupted(
        account_of(approver.id), [request.bookings[0].occurrences[0].id], "The floor is gone."
    )
    assert [a.text for a in offered()] == [link.text]
