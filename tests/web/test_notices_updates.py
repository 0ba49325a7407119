"""A person's updates, and what they may still know of each."""

from datetime import date, timedelta
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import render_template

from booking.accounts.models import AccountLogEntry, Role
from booking.accounts.queries import account_of
from booking.db import clock
from booking.decisions import service
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.queries import PAGE_SIZE, unread_count
from booking.requests import service as requester
from booking.rules.lifecycle import State
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    move_to,
    sign_in,
    slot_on,
)
from tests.pages import get_page, post, submit
from tests.statements import statements

DAY = date(2027, 1, 14)
WHAT = "Drone lab, Thu 14 Jan 2027, 10:00 – 13:00"


@pytest.fixture
def lab(app_context):
    return make_facility(make_cluster("censec", short_name="CenSec"), name="Drone lab")


@pytest.fixture
def partner(lab):
    return make_partner("anna@example.org", organisation=make_organisation("Demo Drones"))


@pytest.fixture
def approver(lab):
    return make_approver(lab, name="Arne Approver")


def requested(partner, lab, **fields):
    return make_request(partner, lab, [slot_on(DAY)], reference="K7M-4QX", title="Trial", **fields)


def decision(request, reason=""):
    booking = request.bookings[0]
    return Decision(booking.id, frozenset(o.id for o in booking.occurrences), reason)


def sentences(client, person):
    """What the person reads, newest first; signs them in."""
    sign_in(client, person)
    db.session.rollback()
    page = get_page(client, "/account/updates")
    return [line.all("p")[0].text for line in page.all("li") if line.parent.get("class") and
            "updates" in line.parent.get("class")]  # fmt: skip


def test_the_requester_reads_who_decided_what_and_why(client, partner, approver, lab):
    service.decline(account_of(approver.id), decision(requested(partner, lab), "No crew."))

    assert sentences(client, partner) == [f"new CenSec declined: {WHAT}."]
    page = get_page(client, "/account/updates")
    assert "No crew." in page.text
    assert page.all("a", href="/requests/K7M-4QX")
    assert sentences(client, approver) == []


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (service.confirm, "CenSec confirmed: "),
        (service.decline, "CenSec declined: "),
    ],
)
def test_confirmed_and_declined_dates_have_their_own_sentences(
    client, partner, approver, lab, act, words
):
    act(account_of(approver.id), decision(requested(partner, lab), "why"))

    assert sentences(client, partner) == [f"new {words}{WHAT}."]


def test_dates_name_their_zone_where_it_is_not_that_of_the_page(client, partner, approver, lab):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    client.set_cookie("browser_zone", "Europe/Helsinki")

    assert sentences(client, partner) == [f"new CenSec confirmed: {WHAT}, Copenhagen time."]
    assert "Times are in Helsinki time." in get_page(client, "/account/updates").text


def test_deciders_read_what_other_deciders_did(client, partner, approver, lab):
    other = make_approver(lab)
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))

    assert sentences(client, other) == [f"new Arne Approver confirmed: {WHAT} (Demo Drones)."]
    assert get_page(client, "/account/updates").all("a", href="/inbox/K7M-4QX")


def test_deciders_read_what_the_requester_withdraws(client, partner, approver, lab):
    request = requested(partner, lab)
    ids = decision(request).occurrence_ids
    requester.withdraw(account_of(partner.id), request.bookings[0].id, ids)

    assert sentences(client, approver) == [f"new Withdrawn by the requester: {WHAT} (Demo Drones)."]


def test_both_sides_read_that_a_confirmed_date_was_cancelled(client, partner, approver, lab):
    request = requested(partner, lab, state=State.CONFIRMED)
    ids = decision(request).occurrence_ids
    requester.cancel(account_of(partner.id), request.bookings[0].id, ids, "ill")
    assert sentences(client, approver) == [f"new Cancelled by the requester: {WHAT} (Demo Drones)."]


def test_the_requester_reads_that_the_owner_cancelled(client, partner, approver, lab):
    request = requested(partner, lab, state=State.CONFIRMED)
    service.cancel(account_of(approver.id), decision(request, "roof"))

    assert sentences(client, partner) == [f"new CenSec cancelled: {WHAT}."]


def test_the_requester_reads_that_a_colleague_withdrew(client, partner, lab):
    colleague = make_partner(organisation=partner.organisation, name="Bo")
    request = requested(partner, lab)
    ids = decision(request).occurrence_ids
    requester.withdraw(account_of(colleague.id), request.bookings[0].id, ids)

    assert sentences(client, partner) == [f"new Bo from your organisation withdrew: {WHAT}."]


def test_both_sides_read_that_a_date_expired(client, partner, approver, lab, at):
    requested(partner, lab, lapses_at=NOW + timedelta(days=1))
    at(NOW + timedelta(days=1))
    lapse_due()

    assert sentences(client, partner) == [
        f"new Expired because CenSec did not answer in time: {WHAT}. You can send a new request."
    ]
    assert sentences(client, approver) == [f"new Expired without an answer: {WHAT} (Demo Drones)."]


def test_people_who_lost_access_read_nothing_confidential(client, partner, approver, lab):
    other = make_approver(lab)
    service.decline(account_of(other.id), decision(requested(partner, lab), "Secret reason"))
    db.session.execute(sa.delete(Role).where(Role.person_id == approver.id))
    move_to(partner, make_organisation())
    db.session.commit()

    for person in (approver, partner):
        assert sentences(client, person) == [
            "new Something changed in a booking that you can no longer see."
        ]
        text = get_page(client, "/account/updates").one("main").text
        for unsaid in ("Drone lab", "Trial", "Demo Drones", "K7M-4QX", "Secret reason"):
            assert unsaid not in text


def test_updates_are_new_until_marked_as_read(client, partner, approver, lab):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    sign_in(client, partner)
    page = get_page(client, "/account/updates")
    assert "1 unread" in page.text

    answer = submit(client, page.one("form", action="/account/updates/read"))

    assert answer.location == "/account/updates"
    after = get_page(client, "/account/updates")
    assert "not read" not in after.text
    assert after.all("form", action="/account/updates/read") == []
    assert after.all("li", class_="update-new") == []


def test_marking_as_read_does_not_change_updates_of_others(client, partner, approver, lab):
    other = make_approver(lab)
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    sign_in(client, partner)
    submit(client, get_page(client, "/account/updates").one("form", action="/account/updates/read"))

    db.session.rollback()
    assert (unread_count(partner.id), unread_count(other.id)) == (0, 1)


def test_marking_all_as_read_leaves_what_came_after_the_page(client, partner, approver, lab, at):
    request = requested(partner, lab)
    service.confirm(account_of(approver.id), decision(request))
    sign_in(client, partner)
    page = get_page(client, "/account/updates")
    at(NOW + timedelta(minutes=1))
    service.cancel(account_of(approver.id), decision(request, "roof"))

    submit(client, page.one("form", action="/account/updates/read"))

    assert sentences(client, partner) == [
        f"new CenSec cancelled: {WHAT}.",
        f"CenSec confirmed: {WHAT}.",
    ]


@pytest.mark.parametrize("until", ["", "yesterday", "2020-01-01T00:00"])
def test_marking_all_as_read_without_a_time_marks_all(client, partner, approver, lab, until):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    sign_in(client, partner)

    post(client, "/account/updates/read", {"until": until})

    assert unread(partner) == 0


def unread(person):
    db.session.rollback()
    return unread_count(person.id)


def test_opening_the_page_of_a_request_reads_the_updates_about_it(client, partner, approver, lab):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    other = make_request(partner, lab, [slot_on(date(2027, 1, 21))])
    service.confirm(account_of(approver.id), decision(other))
    sign_in(client, partner)
    assert "2 unread" in get_page(client, "/account/updates").text

    opened = get_page(client, "/requests/k7m4qx")

    assert "1 unread" in opened.text
    assert [line.startswith("new ") for line in sentences(client, partner)] == [True, False]


def test_deciders_read_updates_by_opening_the_request_in_their_inbox(
    client, partner, approver, lab
):
    other = make_approver(lab)
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    sign_in(client, other)
    link = get_page(client, "/account/updates").one("a", href="/inbox/K7M-4QX")

    assert "unread" not in get_page(client, link.get("href")).text

    assert (unread(other), unread(partner)) == (0, 1)


def test_updates_stay_unread_when_the_page_of_the_request_is_not_shown(
    client, other_client, partner, approver, lab
):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    rival = make_partner()
    sign_in(client, partner)
    sign_in(other_client, rival)

    assert client.head("/requests/K7M-4QX").status_code == 200
    assert client.get("/inbox/K7M-4QX").status_code in (403, 404)
    assert other_client.get("/requests/K7M-4QX").status_code == 404

    assert unread(partner) == 1


def test_an_administrator_told_of_a_request_nobody_can_decide_on_stays_told(client, partner, lab):
    request = requested(partner, lab)
    db.session.add(notice_of(partner, request, side="admin"))
    db.session.commit()
    sign_in(client, partner)

    get_page(client, "/requests/K7M-4QX")

    assert unread(partner) == 1


def test_an_update_that_leads_nowhere_is_read_once_it_was_shown(client, partner, lab):
    request = requested(partner, lab)
    partner.is_admin = True
    db.session.add_all([notice_of(partner, request, side="admin"), account_notice(partner)])
    db.session.commit()
    sign_in(client, partner)

    assert len(get_page(client, "/account/updates").all("li", class_="update-new")) == 2

    assert unread(partner) == 0


def account_notice(person):
    entry = AccountLogEntry(
        at=clock.now(), event="joined", person_id=person.id, organisation_id=person.organisation_id
    )
    db.session.add(entry)
    db.session.flush()
    return Notice(
        person_id=person.id, account_log_id=entry.id, side="member", created_at=clock.now()
    )


def test_what_is_written_while_a_page_is_read_stays_unread(
    app, client, partner, approver, lab, monkeypatch
):
    request = requested(partner, lab)
    service.confirm(account_of(approver.id), decision(request))
    sign_in(client, partner)
    chosen = decision(request, "roof")

    def cancelled_meanwhile(*args, **values):
        page = render_template(*args, **values)
        thread = Thread(target=in_context, args=(app, approver.id, chosen))
        thread.start()
        thread.join()
        return page

    monkeypatch.setattr("booking.requests.views.render_template", cancelled_meanwhile)
    get_page(client, "/requests/K7M-4QX")

    assert sentences(client, partner) == [
        f"new CenSec cancelled: {WHAT}.",
        f"CenSec confirmed: {WHAT}.",
    ]


def in_context(app, person_id, chosen):
    with app.app_context():
        service.cancel(account_of(person_id), chosen)


def test_a_page_is_shown_though_nobody_can_store_that_it_was_read(client, partner, approver, lab):
    service.confirm(account_of(approver.id), decision(requested(partner, lab)))
    sign_in(client, partner)
    with db.engine.connect().execution_options(writes=True) as writer, writer.begin():
        writer.execute(sa.update(Notice).values(mail_tries=1))

        assert get_page(client, "/requests/K7M-4QX").one("h1").text

    assert unread(partner) == 1


def test_a_page_without_updates_says_so(client, partner):
    sign_in(client, partner)

    assert "Nothing yet" in get_page(client, "/account/updates").one("div", class_="empty").text


def test_many_updates_come_in_pages_at_the_same_cost(client, partner, approver, lab):
    def cost():
        with statements() as seen:
            page = get_page(client, "/account/updates")
        db.session.rollback()
        return page, len(seen)

    sign_in(client, partner)
    db.session.rollback()
    notify(partner, lab, 1)
    _, once = cost()
    notify(partner, lab, PAGE_SIZE)
    first, often = cost()

    assert often == once
    assert len(first.all("li", class_="update-new")) == PAGE_SIZE
    second = get_page(client, first.one("a", rel="next").get("href"))
    assert len(second.all("li", class_="update-new")) == 1


def notify(person, lab, times):
    for _ in range(times):
        db.session.add(notice_of(person, make_request(person, lab, [slot_on(DAY)])))
    db.session.commit()


def notice_of(person, request, side="requester"):
    booking = request.bookings[0]
    return Notice(
        person_id=person.id,
        booking_id=booking.id,
        log_id=booking.log[0].id,
        side=side,
        after="requested",
        created_at=clock.now(),
    )
