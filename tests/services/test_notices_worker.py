"""What happens although nobody clicks: dates lapse, mail goes out, spent rows go."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
import sqlalchemy as sa

from booking.accounts.models import FailedSignIn, Role
from booking.accounts.queries import account_of
from booking.bookings.models import Draft, LogEntry, Occurrence
from booking.bookings.transitions import take_step
from booking.db import clock
from booking.decisions.service import Decision, confirm
from booking.errors import NotFound
from booking.extensions import db
from booking.notices import outbox
from booking.notices.mail import letter
from booking.notices.models import Notice
from booking.notices.queries import notice_for
from booking.notices.worker import Worker, start_in_thread
from booking.rules.lifecycle import State
from booking.rules.undoing import UNDO_FOR
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_request,
    move_to,
    slot_on,
)
from tests.postbox import free_port, mailing, text_of

DAY = date(2026, 12, 10)  # of this year, which only pages leave out


@pytest.fixture
def notified_partner(app_context):
    """A partner with a new notice that a date is confirmed."""
    cluster = make_cluster()
    facility = make_facility(cluster, name="Wind tunnel")
    partner = make_partner("partner@example.org")
    request = make_request(
        partner,
        facility,
        [slot_on(DAY)],
        reference="K7M-4QX",
        title="Secret drone",
        purpose="A purpose that stays here",
        people=59,
    )
    booking = request.bookings[0]
    approver = make_approver(facility, email="approver@example.org")
    decision = Decision(booking.id, frozenset(o.id for o in booking.occurrences), "Welcome")
    with clock.fixed(NOW - UNDO_FOR):  # until now it could be undone
        confirm(account_of(approver.id), decision)
    return partner


def test_a_mail_has_facility_time_and_state_and_nothing_confidential(
    app, notified_partner, postbox
):
    mailing(app, postbox.port).round()

    (mail,) = postbox.mails
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["To"] == "partner@example.org"
    assert mail["From"] == "booking@example.org"
    assert mail["Subject"] == "K7M-4QX: confirmed"
    assert mail["Auto-Submitted"] == "auto-generated"
    for text in (text_of(mail), text_of(mail, "html")):
        for said in (
            "K7M-4QX",
            "Wind tunnel",
            "Thu 10 Dec 2026, 10:00 – 13:00",
            "Copenhagen time",
            "confirmed",
            "http://localhost/requests/K7M-4QX",
        ):
            assert said in text
        for unsaid in ("Secret", "purpose", "Welcome", "Organisation", "Approver", "59", "<img"):
            assert unsaid not in text


def test_a_mail_names_the_readers_time_beside_the_facilitys_where_it_differs(
    app, notified_partner, postbox
):
    notified_partner.time_zone = "Europe/Helsinki"
    db.session.commit()

    mailing(app, postbox.port).round()

    date = "Thu 10 Dec 2026, 10:00 – 13:00 (11:00 – 14:00, Helsinki time)"
    assert date in text_of(postbox.mails[0])
    assert date in text_of(postbox.mails[0], "html")


def test_mails_to_deciders_link_to_the_inbox(app, app_context, postbox):
    facility = make_facility(make_cluster())
    request = make_request(make_partner(), facility, [slot_on(DAY)])
    approver = make_approver(facility, email="approver@example.org")
    notice = notice_of(request, approver, side="owner")

    mailing(app, postbox.port).round()

    (mail,) = postbox.mails
    assert mail["To"] == "approver@example.org"
    assert f"http://localhost/inbox/{request.reference}" in text_of(mail)
    assert str(notice) not in mail["Message-ID"].split("@")[0][:8]


def notice_of(request, person, *, side="requester", after="requested", age=timedelta()):
    booking = request.bookings[0]
    notice = Notice(
        person_id=person.id,
        booking_id=booking.id,
        log_id=booking.log[0].id,
        side=side,
        after=after,
        created_at=clock.now() - age,
        mail_due_at=clock.now() - age,
    )
    db.session.add(notice)
    db.session.commit()
    return notice.id


def test_each_notice_is_mailed_once_however_many_workers_there_are(app, notified_partner, postbox):
    first, second = mailing(app, postbox.port), mailing(app, postbox.port)

    first.round()
    second.round()
    first.round()

    assert len(postbox.mails) == 1


def test_workers_at_the_same_time_share_the_mail(app, app_context, postbox):
    facility = make_facility(make_cluster())
    for _ in range(6):
        partner = make_partner()
        notice_of(make_request(partner, facility, [slot_on(DAY)]), partner)
    workers = [mailing(app, postbox.port) for _ in range(3)]

    threads = [Thread(target=worker.round) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    addresses = [mail["To"] for mail in postbox.mails]
    assert len(addresses) == 6
    assert len(set(addresses)) == 6


def test_a_notice_taken_by_one_worker_is_not_taken_by_another(app_context, notified_partner):
    assert outbox.take_next() is not None
    assert outbox.take_next() is None


def test_a_refused_mail_is_tried_again_later_under_the_same_id(app, notified_partner, postbox, at):
    worker = mailing(app, postbox.port)
    postbox.answer = "451 come back later"
    worker.round()
    worker.round()
    assert postbox.tried == 1

    postbox.answer = "250 OK"
    at(NOW + timedelta(minutes=5))
    worker.round()

    (mail,) = postbox.mails
    assert mail["Message-ID"] == message_ids(app, notified_partner)[0]
    assert postbox.tried == 2


def message_ids(app, person):
    parcels = []
    db.session.execute(sa.update(Notice).values(mail_due_at=clock.now(), mail_tries=0))
    db.session.commit()
    while (parcel := outbox.take_next()) is not None:
        parcels.append(parcel)
    return [letter(parcel, app.extensions["settings"])["Message-ID"] for parcel in parcels]


def test_after_five_failures_a_mail_is_not_tried_again(app, notified_partner, postbox, at):
    worker = mailing(app, postbox.port)
    postbox.answer = "550 no such person"

    for hours in range(23):
        at(NOW + timedelta(hours=hours))
        worker.round()

    db.session.rollback()
    assert postbox.tried == 5
    assert db.session.scalars(sa.select(Notice.mail_due_at)).all() == [None]


def test_while_the_mail_server_is_unreachable_no_try_is_counted(app, notified_partner, postbox):
    worker = mailing(app, free_port())

    assert not worker.round()

    db.session.rollback()
    assert db.session.scalars(sa.select(Notice.mail_tries)).all() == [0]
    assert mailing(app, postbox.port).round()
    assert len(postbox.mails) == 1


def test_without_a_mail_server_nothing_is_sent_and_old_notices_are_not_sent_later(
    app, notified_partner, postbox, at
):
    Worker(app).round()
    at(NOW + timedelta(days=1, minutes=1))

    mailing(app, postbox.port).round()

    assert postbox.tried == 0
    db.session.rollback()
    assert db.session.scalars(sa.select(Notice.mail_due_at)).all() == [None]


def test_a_notice_younger_than_a_day_is_mailed_once_there_is_a_server(
    app, notified_partner, postbox, at
):
    Worker(app).round()
    at(NOW + timedelta(hours=23))

    mailing(app, postbox.port).round()

    assert len(postbox.mails) == 1


def test_a_deactivated_person_gets_no_mail(app, notified_partner, postbox):
    notified_partner.is_active = False
    db.session.commit()

    mailing(app, postbox.port).round()

    assert postbox.tried == 0


def test_a_person_who_changed_organisation_gets_no_mail(app, notified_partner, postbox):
    move_to(notified_partner, make_organisation())

    mailing(app, postbox.port).round()

    assert postbox.tried == 0


def test_a_former_approver_gets_no_mail(app, app_context, postbox):
    cluster = make_cluster()
    coordinator = make_coordinator(cluster)
    request = make_request(make_partner(), make_facility(cluster), [slot_on(DAY)])
    notice_of(request, coordinator, side="owner")
    db.session.execute(sa.delete(Role))
    db.session.commit()

    mailing(app, postbox.port).round()

    assert postbox.tried == 0


def test_one_bad_mail_does_not_hold_up_others(app, notified_partner, postbox):
    other = make_partner("a..b@example.org\nBcc: all@example.org")
    facility = make_facility(make_cluster())
    notice_of(make_request(other, facility, [slot_on(DAY)]), other, age=timedelta(hours=1))

    mailing(app, postbox.port).round()

    assert [mail["To"] for mail in postbox.mails] == ["partner@example.org"]


def test_a_mail_that_nobody_can_write_does_not_hold_up_others(
    app, notified_partner, postbox, monkeypatch
):
    other = make_partner("other@example.org")
    request = make_request(other, make_facility(make_cluster()), [slot_on(DAY)])
    broken = notice_of(request, other, age=timedelta(hours=1))

    def letter_or_error(mail, settings):
        if mail.notice_ids == (broken,):
            raise KeyError("no words")
        return letter(mail, settings)

    monkeypatch.setattr("booking.notices.worker.letter", letter_or_error)
    mailing(app, postbox.port).round()

    assert [mail["To"] for mail in postbox.mails] == ["partner@example.org"]


def test_a_notice_that_nobody_can_read_does_not_hold_up_others(
    app, notified_partner, postbox, monkeypatch
):
    other = make_partner("other@example.org")
    request = make_request(other, make_facility(make_cluster()), [slot_on(DAY)])
    broken = notice_of(request, other, age=timedelta(hours=1))

    def notice_or_error(viewer, notice_id):
        if notice_id == broken:
            raise KeyError("no state")
        return notice_for(viewer, notice_id)

    monkeypatch.setattr("booking.notices.outbox.notice_for", notice_or_error)
    mailing(app, postbox.port).round()

    assert [mail["To"] for mail in postbox.mails] == ["partner@example.org"]


@pytest.mark.parametrize("error", [KeyError, NotFound])
def test_a_booking_that_cannot_lapse_does_not_keep_others_from_lapsing(
    app, app_context, at, monkeypatch, caplog, error
):
    facility = make_facility(make_cluster())
    partner = make_partner()
    lapses = datetime(2026, 12, 15, 17, tzinfo=UTC)
    broken, *others = (
        make_request(partner, facility, [slot_on(DAY)], lapses_at=lapses) for _ in range(3)
    )

    def step_or_error(booking, *args, **kwargs):
        if booking.request_id == broken.id:
            raise error("broken")
        take_step(booking, *args, **kwargs)

    monkeypatch.setattr("booking.decisions.expiry.take_step", step_or_error)
    monkeypatch.setattr("booking.decisions.expiry.BATCH", 2)
    at(lapses)
    assert not Worker(app).round()

    db.session.rollback()
    assert [states(request) for request in (broken, *others)] == [
        [State.REQUESTED],
        [State.LAPSED],
        [State.LAPSED],
    ]
    assert f"booking {broken.bookings[0].id}" in caplog.text


def test_an_undecided_date_lapses_and_both_sides_are_notified(app, app_context, at):
    facility = make_facility(make_cluster())
    approver, partner = make_approver(facility), make_partner()
    lapses = datetime(2026, 12, 15, 17, tzinfo=UTC)
    request = make_request(partner, facility, [slot_on(DAY)], lapses_at=lapses, holds=True)

    Worker(app).round()
    db.session.rollback()
    assert states(request) == [State.REQUESTED]

    at(lapses)
    Worker(app).round()
    Worker(app).round()

    db.session.rollback()
    assert states(request) == [State.LAPSED]
    lapse = sa.select(sa.func.count()).where(LogEntry.after == "lapsed")
    assert db.session.scalar(lapse) == 1
    notified = db.session.execute(sa.select(Notice.person_id, Notice.side)).all()
    assert sorted(notified) == sorted([(approver.id, "owner"), (partner.id, "requester")])


def states(request):
    return db.session.scalars(
        sa.select(Occurrence.state).where(Occurrence.booking_id == request.bookings[0].id)
    ).all()


def test_expired_drafts_and_old_failed_sign_ins_are_deleted(app, app_context):
    now = clock.now()
    db.session.add_all(
        [
            Draft(token_hash="spent", fields=[], expires_at=now),
            Draft(token_hash="kept", fields=[], expires_at=now + timedelta(minutes=1)),
            FailedSignIn(key="old", failed_at=now - timedelta(days=8)),
            FailedSignIn(key="new", failed_at=now),
        ]
    )
    db.session.commit()

    Worker(app).round()

    db.session.rollback()
    assert db.session.scalars(sa.select(Draft.token_hash)).all() == ["kept"]
    assert db.session.scalars(sa.select(FailedSignIn.key)).all() == ["new"]


@pytest.mark.parametrize("error", [OSError, KeyError])
def test_a_failing_task_does_not_stop_the_rest_of_the_round(app, app_context, monkeypatch, error):
    def fail():
        raise error("no more")

    monkeypatch.setattr("booking.notices.worker.lapse_due", fail)
    db.session.add(Draft(token_hash="spent", fields=[], expires_at=clock.now()))
    db.session.commit()

    assert not Worker(app).round()

    db.session.rollback()
    assert db.session.scalars(sa.select(Draft.token_hash)).all() == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_command_does_one_round_and_ends(app):
    done = app.test_cli_runner().invoke(args=["worker", "--once"])

    assert (done.exit_code, done.output) == (0, "")


def test_the_command_says_in_one_line_that_the_database_is_not_migrated(app, monkeypatch):
    monkeypatch.setattr("booking.db.readiness._newest_revision", lambda: "9999")

    done = app.test_cli_runner().invoke(args=["worker"])

    assert done.exit_code == 1
    assert done.output == "Error: The database has not been migrated: run flask db upgrade.\n"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_worker_in_a_thread_ends_when_stopped(app, monkeypatch):
    rounds = []
    monkeypatch.setattr(Worker, "round", lambda self: rounds.append(self) or self.stop())

    worker = start_in_thread(app)
    worker.join()

    assert rounds == [worker]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_worker_after_its_round(database_url, number):
    program = (
        "import os, signal, sys\n"
        "from booking.notices import worker\n"
        f"worker.Worker.round = lambda self: os.kill(os.getpid(), signal.{number})\n"
        "from booking.app import create_app\n"
        "from tests.databases import settings_for\n"
        "app = create_app(settings_for(sys.argv[1]))\n"
        "done = app.test_cli_runner().invoke(args=['worker'])\n"
        "sys.exit(done.exit_code)\n"
    )

    done = subprocess.run([sys.executable, "-c", program, database_url], check=False, timeout=60)

    assert done.returncode == 0
