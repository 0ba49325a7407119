"""How long rows stay: one rule a table, what a dry run lists is what goes, in small batches."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import AccountRequest, FailedSignIn, OneTimeLink, SignIn
from booking.alerts.models import FreeTimeAlert
from booking.audit.recording import record
from booking.audit.verifying import verify
from booking.bookings.models import Booking, BookingRequest, Draft, LogEntry, Occurrence
from booking.db import clock
from booking.db.origin import Origin, coming_from
from booking.db.transactions import writing
from booking.enquiries.models import Enquiry, EnquiryMessage
from booking.extensions import db
from booking.messages.models import Message
from booking.notices.models import Notice
from booking.notices.worker import Worker
from booking.privacy import retention
from booking.privacy.retention import Part, delete_due, what_is_due
from booking.rules.audit_events import Actor
from booking.rules.audit_events import Event as AuditEvent
from booking.rules.lifecycle import State
from booking.rules.retention import Period, Periods
from booking.search.models import SearchCount
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
    make_cluster,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)

USUAL = Periods()
MONTHS_13 = timedelta(days=13 * 31)
MONTHS_37 = timedelta(days=37 * 31)
no_database = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def rows(app_context):
    """Rows of many tables, all made now."""
    cluster = make_cluster()
    lab = make_facility(cluster)
    partner = make_partner()
    day = date(2026, 12, 1)
    for state in (State.CONFIRMED, State.DECLINED):
        request = make_request(partner, lab, [slot_on(day)], state=state)
        entry = LogEntry(
            booking_id=request.bookings[0].id,
            at=NOW,
            actor_id=partner.id,
            side="requester",
            event="message",
            after=state,
            reason="A reason",
        )
        db.session.add(entry)
        db.session.flush()
        db.session.add_all(
            [
                Message(booking_id=entry.booking_id, log_id=entry.id, text="Some words"),
                Notice(
                    person_id=partner.id,
                    booking_id=entry.booking_id,
                    log_id=entry.id,
                    side="requester",
                    after=state,
                    created_at=NOW,
                ),
            ]
        )
    make_account_request(cluster)
    enquiry = Enquiry(
        reference="K7M-4QX",
        facility_id=lab.id,
        organisation_id=make_organisation().id,
        asked_by_id=partner.id,
        asked_at=NOW,
        last_message_at=NOW,
    )
    alert = FreeTimeAlert(
        key="alert",
        person_id=partner.id,
        organisation_id=partner.organisation_id,
        facility_id=lab.id,
        starts_at=NOW + timedelta(days=5),
        ends_at=NOW + timedelta(days=6),
        whole=True,
        places=1,
        asked_at=NOW,
        told_at=NOW,
    )
    db.session.add_all([enquiry, alert])
    db.session.flush()
    written = EnquiryMessage(
        enquiry_id=enquiry.id, at=NOW, author_id=partner.id, side="requester", text="Is it dark?"
    )
    db.session.add(written)
    db.session.flush()
    db.session.add_all(
        [
            Notice(
                person_id=partner.id, enquiry_message_id=written.id, side="owner", created_at=NOW
            ),
            Notice(
                person_id=partner.id, free_time_alert_id=alert.id, side="requester", created_at=NOW
            ),
            SearchCount(day=NOW.date(), digest="1", filters={}, results=0, searches=1),
            Draft(token_hash="draft", fields=[], expires_at=NOW + timedelta(days=1)),
            OneTimeLink(token_hash="link", person_id=partner.id, expires_at=NOW),
            SignIn(token_hash="here", person_id=partner.id, created_at=NOW, seen_at=NOW),
            FailedSignIn(key="failed", failed_at=NOW),
        ]
    )
    db.session.commit()
    with coming_from(Origin(Actor.PERSON, "192.0.2.0/24")), writing() as now:
        record(AuditEvent.PASSWORD_CHANGED, now=now, actor=partner.id, person=partner.id)
    return partner


def numbers(due):
    return {(one.table, one.part): one.number for one in due}


def count(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_what_the_dry_run_lists_is_what_goes_and_then_nothing_is_due(rows, at):
    assert what_is_due(USUAL) == delete_due(USUAL) == []
    db.session.rollback()

    at(NOW + MONTHS_13)
    listed = what_is_due(USUAL)
    assert numbers(listed) == {
        ("account_request", Part.ALL): 1,
        ("draft", Part.ALL): 1,
        ("failed_sign_in", Part.ALL): 1,
        ("free_time_alert", Part.ALL): 1,
        ("notice", Part.ALL): 4,
        ("one_time_link", Part.ALL): 1,
        ("sign_in", Part.ALL): 1,
        ("booking_request", Part.TEXTS): 1,
        ("audit_entry", Part.ADDRESSES): 1,
    }
    assert {one.oldest for one in listed if one.table == "notice"} == {NOW}
    assert numbers(delete_due(USUAL)) == numbers(listed)
    assert what_is_due(USUAL) == []
    assert count(AccountRequest) == 0
    assert verify().fault is None

    at(NOW + MONTHS_37)
    listed = what_is_due(USUAL)
    assert numbers(listed) == {
        ("enquiry", Part.ALL): 1,
        ("search_count", Part.ALL): 1,
        ("booking_request", Part.TEXTS): 1,
    }
    assert numbers(delete_due(USUAL)) == numbers(listed)
    assert what_is_due(USUAL) == []
    assert count(EnquiryMessage) == 0
    assert count(BookingRequest) == 2, "organisation, facility and dates stay"


def test_what_people_wrote_goes_a_year_after_a_no_and_three_after_a_yes(rows, at):
    declined, confirmed = (
        db.session.scalars(
            sa.select(BookingRequest)
            .join(BookingRequest.bookings)
            .join(Booking.occurrences)
            .where(Occurrence.state == state)
        ).one()
        for state in (State.DECLINED, State.CONFIRMED)
    )

    def texts(request):
        db.session.rollback()
        (booking,) = request.bookings
        messages = db.session.scalars(
            sa.select(Message.text).where(Message.booking_id == booking.id)
        ).all()
        reasons = {entry.reason for entry in booking.log}
        return request.details.title, request.details.purpose, messages, reasons

    there = ("Sensor trial", "Compare two sensors.", ["Some words"], {"", "A reason"})
    last_date = date(2026, 12, 1)
    for years, deleted, kept in ((1, [declined], [confirmed]), (3, [declined, confirmed], [])):
        at(slot_on(last_date).ends_at + timedelta(days=365 * years, seconds=-1))
        delete_due(USUAL)
        at(slot_on(last_date).ends_at + timedelta(days=365 * years))
        if kept:
            assert texts(declined) == there, "not a second too early"
        delete_due(USUAL)
        for request in deleted:
            assert texts(request) == (request.reference, "", [""], {""})
        for request in kept:
            assert texts(request) == there


@no_database
def test_an_operator_chooses_how_long_and_what_others_need_stays(rows, at):
    at(NOW + MONTHS_13)
    longer = Periods({Period.UPDATES: 800, Period.QUESTIONS: 30})

    assert "free_time_alert" not in {one.table for one in what_is_due(longer)}
    listed = what_is_due(longer)
    assert ("enquiry", Part.ALL) not in numbers(listed), "an update still tells of its message"
    assert numbers(delete_due(longer)) == numbers(listed)


@no_database
def test_a_run_works_in_small_batches_and_ends_after_some(app_context, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 30)
    db.session.add_all(
        FailedSignIn(key=str(number), failed_at=NOW - timedelta(days=8)) for number in range(5)
    )
    db.session.commit()

    assert numbers(delete_due(USUAL)) == {("failed_sign_in", Part.ALL): 5}

    db.session.add_all(
        FailedSignIn(key=str(number), failed_at=NOW - timedelta(days=8)) for number in range(80)
    )
    db.session.commit()
    done = numbers(delete_due(USUAL))[("failed_sign_in", Part.ALL)]
    assert 0 < done < 80
    assert count(FailedSignIn) == 80 - done


@no_database
def test_the_worker_deletes_once_a_day(app, app_context, at):
    worker = Worker(app)
    worker.round()
    db.session.add(Draft(token_hash="spent", fields=[], expires_at=clock.now()))
    db.session.commit()

    at(NOW + timedelta(hours=23))
    worker.round()
    db.session.rollback()
    assert count(Draft) == 1

    at(NOW + timedelta(hours=24))
    worker.round()
    db.session.rollback()
    assert count(Draft) == 0


@no_database
def test_the_command_lists_and_deletes(app, rows, at):
    at(NOW + timedelta(days=10))
    run = app.test_cli_runner().invoke
    lines = ["1  draft                           since 2026-11-25"]
    lines += ["1  failed_sign_in                  since 2026-11-24"]
    lines += ["1  sign_in                         since 2026-11-24"]

    for arguments in (["retention", "--dry-run"], ["retention"]):
        shown = run(args=arguments)
        assert shown.exit_code == 0
        assert sorted(line.strip() for line in shown.output.splitlines()) == lines
    assert run(args=["retention"]).output == "Nothing is due.\n"
