"""Reminders of bookings that take place soon, and how to arrive."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import LogEntry
from booking.db import clock
from booking.decisions.service import Decision, cancel
from booking.extensions import db
from booking.facilities.arrivals import ArrivalInfo, arrivals_of
from booking.manage.arrival.service import set_arrival
from booking.notices.arriving import remind_of_arrivals
from booking.notices.choices import choose
from booking.notices.models import ArrivalReminder, Notice
from booking.notices.worker import Worker
from booking.rules.lifecycle import State
from booking.rules.updates import Choice
from tests.factories import (
    make_approver,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_request,
    slot_on,
)
from tests.postbox import mailing, text_of

#: A Thursday; three working days before it is Monday.
DAY = date(2026, 12, 10)
MONDAY = datetime.fromisoformat("2026-12-07T07:00+01:00")


@pytest.fixture
def lab(app_context):
    lab = make_facility(make_cluster(), name="Wind tunnel", places=9)
    lab.approver = make_approver(lab)
    lab.partner = make_partner("partner@example.org")
    return lab


def booked(lab, *days, **fields):
    fields.setdefault("state", State.CONFIRMED)
    return make_request(lab.partner, lab, [slot_on(day) for day in days or (DAY,)], **fields)


def told():
    """The people who were reminded, in the order of the reminders."""
    query = sa.select(Notice.person_id).join(LogEntry, LogEntry.id == Notice.log_id)
    return db.session.scalars(query.where(LogEntry.event == "arriving").order_by(Notice.id)).all()


def say(lab, text="Gate 3", days=None):
    set_arrival(account_of(lab.approver.id), lab.slug, text, days)


def test_the_requester_is_reminded_once_three_working_days_before_the_first_date(lab, at):
    booked(lab, DAY, DAY + timedelta(days=7))
    at(MONDAY - timedelta(seconds=1))
    assert remind_of_arrivals() == 0

    at(MONDAY)
    assert (remind_of_arrivals(), remind_of_arrivals()) == (1, 0)

    assert told() == [lab.partner.id]
    at(MONDAY + timedelta(days=7))
    assert remind_of_arrivals() == 0


def test_a_worker_that_was_down_catches_up_and_never_reminds_of_a_date_that_has_begun(lab, at):
    booked(lab)
    at(slot_on(DAY).starts_at - timedelta(minutes=1))
    assert remind_of_arrivals() == 1

    booked(lab)
    at(slot_on(DAY).starts_at)
    assert remind_of_arrivals() == 0


@pytest.mark.parametrize("state", [one for one in State if one is not State.CONFIRMED])
def test_nobody_is_reminded_of_a_date_that_is_not_agreed(lab, at, state):
    booked(lab, state=state)
    at(MONDAY)

    assert remind_of_arrivals() == 0


def test_if_the_first_date_is_cancelled_the_next_is_reminded_of_in_its_turn(lab, at):
    request = booked(lab, DAY, DAY + timedelta(days=7))
    first = min(request.bookings[0].occurrences, key=lambda one: one.starts_at)
    decision = Decision(request.bookings[0].id, frozenset({first.id}), "Broken")
    at(MONDAY)
    remind_of_arrivals()
    cancel(account_of(lab.approver.id), decision)
    assert remind_of_arrivals() == 0

    at(MONDAY + timedelta(days=7))
    assert remind_of_arrivals() == 1

    assert len(db.session.scalars(sa.select(ArrivalReminder)).all()) == 2


def test_owners_choose_the_days_also_for_what_is_below(lab, at):
    bench = make_facility(lab.cluster, parent=lab)
    say(lab, "Gate 3", 1)
    make_request(lab.partner, bench, [slot_on(DAY)], state=State.CONFIRMED)
    at(MONDAY + timedelta(days=2) - timedelta(seconds=1))
    assert remind_of_arrivals() == 0
    at(MONDAY + timedelta(days=2))
    assert remind_of_arrivals() == 1


def test_no_days_are_no_reminder(lab, at):
    say(lab, days=0)
    booked(lab)
    at(MONDAY)

    assert remind_of_arrivals() == 0


def test_of_own_use_nobody_is_reminded_and_of_an_entered_booking_all_who_work_there(lab, at):
    firm = make_organisation()
    colleagues = [make_person(organisation=firm).id for _ in range(2)]
    booked(lab, entered=True, organisation=firm)
    own_use = booked(lab, entered=True)
    own_use.organisation_id = None
    db.session.commit()
    at(MONDAY)

    assert remind_of_arrivals() == 1
    assert sorted(told()) == colleagues


def test_the_nearest_that_says_how_to_arrive_counts(lab):
    bench = make_facility(lab.cluster, parent=lab)
    assert arrivals_of([bench.id])[bench.id].text == ""
    say(lab, "Gate 3", 5)
    assert arrivals_of([bench.id])[bench.id] == ArrivalInfo("Gate 3", 5)

    bench.approver = lab.approver
    say(bench, "Back door", 0)
    assert arrivals_of([bench.id, lab.id]) == {
        bench.id: ArrivalInfo("Back door", 0),
        lab.id: ArrivalInfo("Gate 3", 5),
    }


@pytest.mark.parametrize("details", [False, True])
def test_the_mail_says_how_to_arrive_only_to_who_chose_so(app, lab, postbox, at, details):
    choose(lab.partner.id, Choice(details=details))
    say(lab, "Gate 3\nAsk for the duty officer")
    booked(lab)
    at(MONDAY)
    mailing(app, postbox.port).round()

    (mail,) = postbox.mails
    assert "confirmed, coming up" in mail["Subject"]
    for kind in ("plain", "html"):
        assert ("Gate 3" in text_of(mail, kind)) is details
        assert ("How to arrive is on the page" in text_of(mail, kind)) is not details


def test_a_reminder_of_a_date_that_was_cancelled_meanwhile_is_not_mailed(app, lab, postbox, at):
    request = booked(lab)
    at(MONDAY)
    remind_of_arrivals()
    booking = request.bookings[0]
    ids = frozenset(one.id for one in booking.occurrences)
    cancel(account_of(lab.approver.id), Decision(booking.id, ids, "Broken"))
    mailing(app, postbox.port).round()

    assert [mail["Subject"].partition(": ")[2] for mail in postbox.mails] == ["cancelled"]


def test_the_worker_reminds_and_looks_again_only_after_a_while(app, lab, at, monkeypatch):
    looked = []
    monkeypatch.setattr(
        "booking.notices.worker.remind_of_arrivals", lambda: looked.append(clock.now())
    )
    worker = Worker(app)
    at(MONDAY)
    worker.round()
    worker.round()
    at(MONDAY + timedelta(minutes=10))
    worker.round()

    assert looked == [MONDAY, MONDAY + timedelta(minutes=10)]
