"""Who waits for an answer too long is not forgotten: reminders, each at most once."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.bookings.models import Booking, LogEntry
from booking.decisions import reminders
from booking.decisions.reminders import remind_due
from booking.decisions.service import Decision, decline
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.messages.models import Message
from booking.messages.service import NewMessage, write
from booking.notices.models import Notice
from booking.requests.service import remind
from booking.rules.lifecycle import Side, State
from booking.rules.reminders import half_time
from tests.conftest import NOW
from tests.factories import (
    make_absence,
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    slot_on,
)

DUE = NOW + timedelta(days=14)
HALF = half_time(NOW, DUE)
LAPSES = DUE + timedelta(days=7)
SLOTS = [slot_on(date(2027, 2, 11)), slot_on(date(2027, 2, 12))]


@pytest.fixture
def lab(app_context):
    """A lab with an approver, a coordinator, and a request that waits."""
    cluster = make_cluster("here")
    lab = make_facility(cluster, "lab")
    lab.approver, lab.coordinator = make_approver(lab), make_coordinator(cluster)
    lab.partner = make_partner()
    lab.request = waiting(lab)
    return lab


def waiting(lab, **fields):
    values = {"due_at": DUE, "lapses_at": LAPSES, **fields}
    return make_request(lab.partner, lab, SLOTS, **values)


def booking_of(request):
    return db.session.query(Booking).filter_by(request_id=request.id).one()


def lines(request):
    """Return event and side of each reminder in the log, with who was told of it as what."""
    db.session.rollback()
    found = []
    for entry in db.session.scalars(
        sa.select(LogEntry)
        .where(LogEntry.booking_id == booking_of(request).id)
        .order_by(LogEntry.id)
    ):
        told = db.session.execute(
            sa.select(Notice.person_id, Notice.side).where(Notice.log_id == entry.id)
        ).all()
        if entry.event in ("reminded", "overdue"):
            found.append((entry.event, entry.side, set(map(tuple, told))))
    return found


def reminded(person):
    return ("reminded", "nobody", {(person.id, "owner")})


def overdue(person):
    return ("overdue", "nobody", {(person.id, "owner")})


def test_who_decides_is_reminded_at_half_time_and_the_coordinators_at_the_due_date(lab, at):
    at(HALF - timedelta(seconds=1))
    assert remind_due() == 0
    at(HALF)
    assert (remind_due(), remind_due()) == (1, 0)
    assert lines(lab.request) == [reminded(lab.approver)]
    at(DUE)
    assert (remind_due(), remind_due()) == (1, 0)
    assert lines(lab.request) == [reminded(lab.approver), overdue(lab.coordinator)]


def test_a_worker_that_was_down_sends_only_what_is_still_worth_it(lab, at):
    late = waiting(lab, due_at=DUE + timedelta(days=1))
    gone = waiting(lab, due_at=HALF, lapses_at=DUE)
    at(DUE)

    assert remind_due() == 2

    assert lines(lab.request) == [overdue(lab.coordinator)]
    assert lines(late) == [reminded(lab.approver)]
    assert lines(gone) == []


def test_without_an_approver_the_coordinators_are_reminded_and_without_them_the_approvers(
    app_context, at
):
    cluster, other = make_cluster(), make_cluster()
    led, approved = make_facility(cluster), make_facility(other)
    coordinator, approver = make_coordinator(cluster), make_approver(approved)
    requests = [
        make_request(make_partner(), one, SLOTS, due_at=DUE, lapses_at=LAPSES)
        for one in (led, approved)
    ]
    for moment in (HALF, DUE):
        at(moment)
        remind_due()
    assert lines(requests[0]) == [reminded(coordinator), overdue(coordinator)]
    assert lines(requests[1]) == [reminded(approver), overdue(approver)]


def test_who_is_away_or_works_for_a_rival_is_not_reminded(lab, at):
    firm = make_organisation()
    other = make_approver(lab, organisation=firm)
    third = make_approver(lab)
    make_request(make_partner(organisation=firm), lab, SLOTS, due_at=DUE, state=State.CONFIRMED)
    make_absence(lab.approver, HALF.date(), stand_in=lab.coordinator)
    at(HALF)

    remind_due()

    ((_, _, told),) = lines(lab.request)
    assert told == {(third.id, "owner"), (lab.coordinator.id, "owner")}
    assert other.id not in {person for person, _ in told}


def test_what_is_decided_or_has_no_due_date_reminds_nobody(lab, at):
    entered = waiting(lab)
    booking = booking_of(lab.request)
    chosen = Decision(booking.id, frozenset(one.id for one in booking.occurrences), "No.")
    booking_of(entered).due_at = None
    db.session.commit()
    decline(account_of(lab.approver.id), chosen)
    at(DUE)

    assert remind_due() == 0


def test_while_a_question_is_open_nobody_is_reminded_and_then_by_the_moved_due_date(lab, at):
    booking_id = booking_of(lab.request).id
    at(HALF - timedelta(days=1))
    day = (HALF + timedelta(days=12)).date()
    question = NewMessage(booking_id, "How heavy is it?", is_question=True, answer_needed_by=day)
    write(account_of(lab.approver.id), Side.OWNER, question)
    db.session.rollback()
    at(HALF + timedelta(days=8))
    assert half_time(NOW, booking_of(lab.request).due_at) < HALF + timedelta(days=8)
    assert remind_due() == 0

    write(account_of(lab.partner.id), Side.REQUESTER, NewMessage(booking_id, "Two tons."))

    assert remind_due() == 1
    db.session.rollback()
    due = booking_of(lab.request).due_at
    assert due > DUE
    at(due - timedelta(seconds=1))
    assert remind_due() == 0
    at(due)
    assert remind_due() == 1
    assert lines(lab.request) == [reminded(lab.approver), overdue(lab.coordinator)]


def test_a_question_that_is_asked_before_the_lock_is_seen_under_it(lab, at, monkeypatch):
    booking = booking_of(lab.request)
    booking_id, real = booking.id, reminders.reload_booking
    at(HALF)

    def asked_meanwhile(wanted):
        booking = real(wanted)
        entry = LogEntry(
            booking_id=booking_id, at=NOW, side="owner", event="question", after=State.REQUESTED
        )
        db.session.add(entry)
        db.session.flush()
        db.session.add(
            Message(
                booking_id=booking_id,
                log_id=entry.id,
                text="How heavy is it?",
                is_question=True,
                answer_needed_by=DUE,
                due_before=DUE,
            )
        )
        return booking

    monkeypatch.setattr(reminders, "reload_booking", asked_meanwhile)
    assert remind_due() == 0
    assert lines(lab.request) == []


def test_one_that_fails_holds_up_no_other_and_leaves_nothing_half_done(lab, at, monkeypatch):
    second = waiting(lab)
    broken = booking_of(lab.request).id
    real = reminders.write_log

    def fail(booking, *args, **fields):
        if booking.id == broken:
            raise RuntimeError("no")
        return real(booking, *args, **fields)

    monkeypatch.setattr(reminders, "write_log", fail)
    at(HALF)
    with pytest.raises(ExceptionGroup):
        remind_due()
    assert (lines(lab.request), lines(second)) == ([], [reminded(lab.approver)])

    monkeypatch.setattr(reminders, "write_log", real)
    assert remind_due() == 1
    assert lines(lab.request) == [reminded(lab.approver)]


def test_the_requesters_organisation_reminds_once_after_the_due_date(lab, at):
    colleague = make_partner(organisation=lab.partner.organisation)
    booking_id = booking_of(lab.request).id
    with pytest.raises(Conflict) as refused:
        remind(account_of(colleague.id), booking_id)
    assert refused.value.code == "not_due"
    at(DUE)
    for stranger in (make_partner(), lab.approver):
        with pytest.raises(NotFound):
            remind(account_of(stranger.id), booking_id)

    remind(account_of(colleague.id), booking_id)

    told = {(lab.approver.id, "owner"), (lab.coordinator.id, "owner")}
    assert lines(lab.request) == [("reminded", "requester", told)]
    with pytest.raises(Conflict) as refused:
        remind(account_of(lab.partner.id), booking_id)
    assert refused.value.code == "reminded"
    at(LAPSES)
    with pytest.raises(Conflict) as refused:
        remind(account_of(lab.partner.id), booking_id)
    assert refused.value.code == "already_decided"
    assert len(lines(lab.request)) == 1
