"""Owners enter own use and bookings on behalf of an organisation."""

from datetime import date

import pytest
import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.models import BookingRequest, LogEntry, Occupancy, Occurrence
from booking.extensions import db
from booking.notices.models import Notice
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
from tests.pages import get_page, post, read_page, submit

DAY = date(2027, 1, 14)
TYPED = {
    "dates-0-day": "2027-01-14",
    "dates-0-starts_time": "10:00",
    "dates-0-ends_time": "13:00",
    "title": "Yearly check",
    "activity": "maintenance",
    "purpose": "The rig is measured.",
}
ADDRESS = "/manage/bookings/new"


@pytest.fixture
def cluster(app_context):
    return make_cluster("censec")


@pytest.fixture
def lab(cluster):
    return make_facility(cluster, "drone-lab", name="Drone lab", lead_time_days=60, places=2)


@pytest.fixture
def approver(lab, client):
    approver = make_approver(lab, organisation=make_organisation("Own House"))
    sign_in(client, approver)
    db.session.rollback()
    return approver


def open_form(client, slug="drone-lab"):
    page = get_page(client, f"{ADDRESS}?facility={slug}")
    db.session.rollback()
    return page.one("form", class_="enter-form")


def entered():
    db.session.rollback()
    return db.session.scalars(sa.select(BookingRequest).order_by(BookingRequest.id)).all()


def test_own_use_is_entered_and_confirmed_at_once(client, approver, lab):
    answer = submit(client, open_form(client), TYPED, "Enter and confirm")

    (request,) = entered()
    assert answer.location == f"/inbox/{request.reference}"
    assert (request.organisation_id, request.entered) == (None, True)
    (date_,) = request.bookings[0].occurrences
    assert date_.state is State.CONFIRMED
    assert db.session.scalar(sa.select(sa.func.count(Occupancy.id))) == 1
    page = get_page(client, answer.location)
    assert "You entered: Thu 14 Jan 2027, 10:00 – 13:00" in page.text
    assert "Own use" in page.text


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_booking_is_entered_for_an_organisation_whose_people_see_it(
    client, other_client, approver, lab
):
    drones = make_organisation("Demo Drones")
    partner = make_partner(organisation=drones)

    submit(client, open_form(client), TYPED | {"organisation": "Demo Drones"}, "Enter and confirm")

    (request,) = entered()
    assert request.organisation_id == drones.id
    entry = db.session.scalars(sa.select(LogEntry)).one()
    assert (entry.side, entry.after, entry.actor_id) == ("owner", "confirmed", approver.id)
    sign_in(other_client, partner)
    page = get_page(other_client, f"/requests/{request.reference}")
    assert "Yearly check" in page.one("p", class_="lead").text
    assert "Hazards not asked" in page.text


def test_a_booking_is_entered_without_a_purpose(client, approver, lab):
    answer = submit(client, open_form(client), TYPED | {"purpose": ""}, "Enter and confirm")

    (request,) = entered()
    assert request.purpose == ""
    assert "Purpose" not in get_page(client, answer.location).one("article").text


def test_a_series_is_entered_without_the_dates_that_conflict(client, approver, lab):
    make_closure(lab, slot_on(date(2027, 1, 21), "00:00", "23:00"))
    weekly = {"repeat-pattern": "weekly", "repeat-count": "3"}
    shown = submit(client, open_form(client), TYPED | weekly, "Show the dates")
    assert shown.status_code == 200
    form = read_page(shown.text).one("form", class_="enter-form")
    refused = submit(client, form, {}, "Enter and confirm")
    assert refused.status_code == 422
    assert "1 of the 3 dates conflicts" in read_page(refused.text).one(id="errors").text
    assert not entered()

    form = read_page(refused.text).one("form", class_="enter-form")
    left = submit(client, form, {}, "Leave out the one that conflicts")
    form = read_page(left.text).one("form", class_="enter-form")
    assert submit(client, form, {}, "Enter and confirm").status_code == 302

    entered()
    starts = db.session.scalars(sa.select(Occurrence.starts_at).order_by(Occurrence.starts_at))
    assert [start.date() for start in starts] == [date(2027, 1, 14), date(2027, 1, 28)]


def test_a_whole_series_is_entered_against_a_rule_with_one_reason(client, approver, lab):
    make_closure(lab, slot_on(date(2027, 1, 21), "00:00", "23:00"))
    weekly = {"repeat-pattern": "weekly", "repeat-count": "3"}
    refused = submit(client, open_form(client), TYPED | weekly, "Enter and confirm")
    form = read_page(refused.text).one("form", class_="enter-form")
    why = {"all_the_same": "y", "exception_reason": "The inspector comes on that day."}

    answer = submit(client, form, why, "Enter and confirm")

    assert answer.status_code == 302
    entered()
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.CONFIRMED] * 3


def test_what_a_rival_must_leave_to_others_is_said_at_the_date_and_nothing_more(
    client, approver, cluster, lab
):
    rig = make_facility(cluster, "rig", parent=lab)
    make_request(make_partner(organisation=approver.organisation), rig, [slot_on(DAY)])
    theirs = make_request(make_partner(), rig, [slot_on(DAY)], title="Hush")
    secrets = ("Hush", theirs.reference, theirs.requester.name)

    answer = submit(client, open_form(client, "rig"), TYPED, "Enter and confirm")

    assert answer.status_code == 422
    page = read_page(answer.text)
    said = f"Somebody else at {cluster.short_name} must enter this booking."
    assert said in page.one(id="dates-0-day-error").text
    assert page.one("input", name="title").get("value") == TYPED["title"]
    assert not [secret for secret in secrets if secret in answer.text]


def test_several_dates_are_entered_at_once(client, approver, lab):
    more = submit(client, open_form(client), TYPED, "Add another date")
    form = read_page(more.text).one("form", class_="enter-form")
    second = {
        "dates-1-day": "2027-01-15",
        "dates-1-starts_time": "10:00",
        "dates-1-ends_time": "11:00",
    }

    answer = submit(client, form, second, "Enter and confirm")

    assert answer.status_code == 302
    db.session.rollback()
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.CONFIRMED] * 2


def test_every_reason_is_shown_at_once_and_input_is_kept(client, approver, lab):
    make_closure(lab, slot_on(DAY, "09:00", "10:00"))
    make_request(make_partner(), lab, [slot_on(DAY)], places=2, state=State.CONFIRMED)
    typed = TYPED | {"title": "", "dates-0-starts_time": "06:15"}

    answer = submit(client, open_form(client), typed, "Enter and confirm")

    assert answer.status_code == 422
    page = read_page(answer.text)
    summary_text = page.one("div", class_="error-summary").text
    for reason in ("Enter a title", "Closed", "Open on", "Taken"):
        assert reason in summary_text, (reason, summary_text)
    assert ("purpose", "The rig is measured.") in page.one("form", class_="enter-form").values()
    assert len(entered()) == 1


def test_lead_time_and_horizon_do_not_apply_to_owners(client, approver, lab):
    soon = TYPED | {"dates-0-day": "2026-11-25"}

    assert submit(client, open_form(client), soon, "Enter and confirm").status_code == 302


def test_nobody_enters_dates_in_the_past(client, approver, lab):
    past = TYPED | {"dates-0-day": "2026-11-20"}

    assert submit(client, open_form(client), past, "Enter and confirm").status_code == 422
    assert entered() == []


def test_entering_twice_saves_one_booking(client, approver, lab):
    form = open_form(client)

    first = submit(client, form, TYPED, "Enter and confirm")
    second = submit(client, form, TYPED, "Enter and confirm")

    assert first.location == second.location
    assert len(entered()) == 1


def test_entering_twice_leads_to_the_booking_even_if_it_took_all_places(client, approver, lab):
    form = open_form(client)

    first = submit(client, form, TYPED | {"places": "2"}, "Enter and confirm")
    second = submit(client, form, TYPED | {"places": "2"}, "Enter and confirm")

    assert second.location == first.location
    assert len(entered()) == 1


def test_only_facilities_that_a_person_decides_on_are_offered(client, approver, cluster, lab):
    make_facility(cluster, "other-lab")
    hidden = make_facility(cluster, "gone-lab", status="closed")

    page = get_page(client, ADDRESS)

    assert [o.get("value") for o in page.one("select", id="facility").all("option")] == [
        "",
        "drone-lab",
    ]
    assert hidden.slug not in page.text


@pytest.mark.parametrize("slug", ["other-lab", "far-lab", "no-lab", "\x00", "x" * 300])
def test_facilities_of_others_have_no_form_to_enter_a_booking(client, approver, cluster, lab, slug):
    make_facility(cluster, "other-lab")
    make_facility(make_cluster(), "far-lab")

    assert client.get(ADDRESS, query_string={"facility": slug}).status_code == 404
    answer = post(client, ADDRESS, TYPED | {"facility": slug, "idempotency_key": "t"})
    assert answer.status_code == 404
    assert entered() == []


@pytest.mark.parametrize("name", ["Own House", "No Such Body", "demo drones", "x" * 500])
def test_nobody_enters_a_booking_for_their_own_or_an_unknown_organisation(
    client, approver, lab, name
):
    make_organisation("Demo Drones")
    form = open_form(client)
    answer = submit(client, form, TYPED | {"organisation": name}, "Enter and confirm")

    assert answer.status_code == 422
    page = read_page(answer.text)
    assert page.one("div", id="organisation-error").text
    assert page.one("title").text.startswith("Error: ")
    assert entered() == []


def test_the_organisation_is_found_by_a_part_of_its_name(client, approver, lab, cluster):
    make_organisation("Robots One", home_cluster_id=cluster.id)
    form = open_form(client)

    refused = submit(client, form, TYPED | {"organisation": "robots"}, "Enter and confirm")
    assert refused.status_code == 422
    found = submit(client, form, TYPED | {"organisation": "robots"}, "Find")
    assert found.status_code == 200
    page = read_page(found.text).one("form", class_="enter-form")
    answer = submit(client, page, {"choose": "Robots One"})
    page = read_page(answer.text).one("form", class_="enter-form")
    assert dict(page.values()) | TYPED == dict(page.values())
    submit(client, page, {}, "Enter and confirm")

    (request,) = entered()
    assert db.session.get_one(Organisation, request.organisation_id).name == "Robots One"


def test_other_deciders_are_notified_and_the_author_is_not(client, approver, lab):
    colleague = make_approver(lab)

    submit(client, open_form(client), TYPED, "Enter and confirm")

    db.session.rollback()
    assert db.session.scalars(sa.select(Notice.person_id)).all() == [colleague.id]


def test_an_entered_booking_can_be_cancelled_by_its_author(client, approver, lab):
    answer = submit(client, open_form(client), TYPED, "Enter and confirm")
    page = get_page(client, answer.location)
    form = page.one("form", action=f"{answer.location}/cancel")

    submit(client, form, {"cancel-1-reason": "Another day."})

    db.session.rollback()
    assert db.session.scalars(sa.select(Occurrence.state)).all() == [State.CANCELLED]
    assert "You cancelled" in get_page(client, answer.location).text
