"""Mails that failed, pausing all mail, and a worker that dies between sending and its mark."""

import multiprocessing
import os
import signal
from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from booking.app import create_app
from booking.db import clock
from booking.extensions import db
from booking.notices import outbox
from booking.notices import worker as worker_module
from booking.notices.models import Notice
from booking.notices.worker import Worker
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import make_cluster, make_facility, make_partner, make_request, slot_on
from tests.lanes import IS_LONG
from tests.postbox import mailing

DAY = date(2026, 12, 10)


@pytest.fixture
def run(app):
    """Runs a command; fails unless it ends with `status`; gives what it printed."""

    def run(*words, status=0):
        db.session.rollback()
        result = app.test_cli_runner().invoke(args=["mail", *words])
        assert result.exit_code == status, result.output
        return result.output

    return run


@pytest.fixture
def facility(app_context):
    return make_facility(make_cluster(), places=9)


def notify(facility, number=1, **fields):
    """Make notices to different people about a request each; returns their ids."""
    notices = []
    for _ in range(number):
        partner = make_partner()
        booking = make_request(partner, facility, [slot_on(DAY)]).bookings[0]
        values = {
            "person_id": partner.id,
            "booking_id": booking.id,
            "log_id": booking.log[0].id,
            "side": "requester",
            "after": "requested",
            "created_at": clock.now(),
            "mail_due_at": clock.now(),
        }
        notices.append(Notice(**{**values, **fields}))
    db.session.add_all(notices)
    db.session.commit()
    return [notice.id for notice in notices]


def fail(worker, postbox, at):
    """Let the server refuse all five tries of what is due."""
    postbox.answer = "550 no such person"
    for hours in range(8):
        at(NOW + timedelta(hours=hours))
        worker.round()
    db.session.rollback()
    postbox.answer = "250 OK"


def test_mails_that_failed_five_times_are_listed_and_sent_again_later(
    app, facility, postbox, at, run
):
    assert run("list") == "No mail has failed.\n"
    first, second = notify(facility, 2)
    worker = mailing(app, postbox.port)
    fail(worker, postbox, at)

    listed = run("list").splitlines()
    assert [line.split()[0] for line in listed] == [str(first), str(second)]
    assert "@example.org" in listed[0]

    # Days later: it is not too old, for somebody wants it now.
    at(NOW + timedelta(days=9))
    assert run("resend", str(first)) == "Mails to be sent again: 1.\n"
    worker.round()
    assert len(postbox.mails) == 1
    run("resend", "--all")
    worker.round()
    worker.round()
    assert len(postbox.mails) == 2
    assert run("list") == "No mail has failed.\n"


@pytest.mark.parametrize("words", [(), ("1", "--all"), ("0",), ("9" * 20,)])
def test_resend_needs_numbers_or_all(run, app_context, words):
    assert "Error" in run("resend", *words, status=2)


def test_resend_names_a_number_without_a_failed_mail(run, facility):
    (waiting,) = notify(facility)

    printed = run("resend", str(waiting), "77", status=1)

    assert f"No failed mail has the number {waiting}, 77." in printed


def test_a_mail_whose_worker_died_at_the_last_try_has_failed(app, facility, run):
    (notice_id,) = notify(facility, mail_tries=outbox.MAX_TRIES)

    Worker(app).round()

    assert run("list").startswith(f"{notice_id} ")


def test_while_mail_is_paused_nothing_is_sent_and_what_is_fresh_goes_out_afterwards(
    app, facility, postbox, at, run
):
    notify(facility, 2)
    worker = mailing(app, postbox.port)
    run("pause")
    at(NOW + timedelta(hours=2))
    run("pause")
    worker.round()
    assert postbox.tried == 0
    assert run("list").startswith("Mail is paused since 2026-11-24 09:00 UTC. To go on:")

    assert run("resume") == "Mail is sent again. Waiting: 2.\n"
    worker.round()
    assert len(postbox.mails) == 2


def test_what_waited_during_a_pause_can_be_dropped(app, facility, postbox, run):
    notify(facility, 2)
    run("pause")

    assert run("resume", "--drop") == "Mail is sent again. Dropped: 2.\n"
    mailing(app, postbox.port).round()
    assert postbox.tried == 0


def test_a_setting_pauses_mail_and_the_command_says_so(app, facility, postbox, run):
    notify(facility)
    worker = mailing(app, postbox.port, mail_paused=True)
    worker.round()

    assert postbox.tried == 0
    assert "by the setting MAIL_PAUSED" in run("list")
    assert "MAIL_PAUSED is on" in run("resume", status=1)


# SQLite cannot tell: its copy is paused when it is made.
@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_restored_database_is_paused_until_resumed(app, facility, postbox, run):
    worker = mailing(app, postbox.port)
    worker.round()
    notify(facility)
    # What restoring a dump does: the table is a new one, its row is the old one.
    db.session.execute(
        sa.text("CREATE TABLE copy (LIKE mail_state INCLUDING CONSTRAINTS INCLUDING INDEXES)")
    )
    db.session.execute(sa.text("INSERT INTO copy SELECT * FROM mail_state"))
    db.session.execute(sa.text("DROP TABLE mail_state"))
    db.session.execute(sa.text("ALTER TABLE copy RENAME TO mail_state"))
    db.session.commit()

    worker.round()
    worker.round()

    assert postbox.tried == 0
    assert "because this database was restored" in run("list")
    run("resume")
    worker.round()
    assert postbox.tried == 1


def test_a_worker_killed_after_the_servers_ok_loses_nothing_and_repeats_under_the_same_id(
    app, facility, postbox, database_url, at
):
    killed = 50 if IS_LONG else 2
    notify(facility, killed)
    db.session.rollback()
    # Not forked from here: the mail server runs in a thread of this process.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["booking.app", "tests.databases"])

    for _ in range(killed):
        worker = context.Process(target=die_before_the_mark, args=(database_url, postbox.port))
        worker.start()
        worker.join()
        assert worker.exitcode == -signal.SIGKILL
    once = [mail["Message-ID"] for mail in postbox.mails]
    at(NOW + outbox.PAUSES[0])
    for _ in range(2):
        mailing(app, postbox.port).round()

    assert len(set(once)) == killed
    assert Counter(mail["Message-ID"] for mail in postbox.mails) == dict.fromkeys(once, 2)
    assert len({mail["To"] for mail in postbox.mails}) == killed


def die_before_the_mark(database_url, port):
    app = create_app(settings_for(database_url))
    worker_module.take_off = lambda _ids: os.kill(os.getpid(), signal.SIGKILL)
    with clock.fixed(NOW):
        mailing(app, port).round()
