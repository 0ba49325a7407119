"""Checks of stored data and of the log that the worker does."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person
from booking.accounts.queries import account_of
from booking.audit.recording import record
from booking.audit.verifying import Verified
from booking.data_check import service
from booking.data_check.service import ask_for_check, do_due_checks, last_checks
from booking.db.transactions import writing
from booking.errors import Forbidden, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.notices.worker import Worker
from booking.rules.attention import CHECK_EVERY, CheckKind
from booking.rules.audit_chain import ChainFault
from booking.rules.audit_events import Event
from tests.conftest import NOW
from tests.factories import make_cluster, make_facility, make_person

pytestmark = pytest.mark.usefixtures("app_context")


def log_two_entries():
    person = make_person()
    with writing() as now:
        for _ in range(2):
            record(Event.MAIL_PAUSED, now=now, actor=person.id)


def last(kind):
    db.session.rollback()
    return next(one for one in last_checks() if one.kind is kind)


def test_both_are_checked_once_a_day_and_what_was_found_is_kept(at):
    log_two_entries()
    assert [one.ended_at for one in last_checks()] == [None, None]

    do_due_checks()

    data, log = last(CheckKind.DATA), last(CheckKind.LOG)
    assert (data.ended_at, data.faults) == (NOW, 0)
    assert (log.ended_at, log.faults, log.entries) == (NOW, 0, 2)
    at(NOW + CHECK_EVERY - timedelta(seconds=1))
    do_due_checks()
    assert last(CheckKind.DATA).ended_at == NOW
    at(NOW + CHECK_EVERY)
    do_due_checks()
    assert last(CheckKind.DATA).ended_at == NOW + CHECK_EVERY


def test_faults_of_data_and_the_first_wrong_entry_are_kept(monkeypatch):
    hall, other = (make_facility(make_cluster(slug)) for slug in ("here", "there"))
    with writing():
        db.session.execute(
            sa.update(Facility).where(Facility.id == hall.id).values(root_id=other.id)
        )
    wrong = Verified(17, "", fault=ChainFault.CHANGED)
    monkeypatch.setattr(service, "verify", lambda: wrong)

    do_due_checks()

    assert last(CheckKind.DATA).faults == 1
    log = last(CheckKind.LOG)
    assert (log.faults, log.entries) == (1, 16)


def test_an_administrator_has_it_checked_again_and_nobody_else(at):
    ada = make_person(is_admin=True)
    account = account_of(ada.id)
    do_due_checks()
    at(NOW + timedelta(hours=1))

    ask_for_check(account, "log")
    do_due_checks()

    assert last(CheckKind.LOG).ended_at == NOW + timedelta(hours=1)
    assert last(CheckKind.LOG).asked_at is None
    assert last(CheckKind.DATA).ended_at == NOW
    with pytest.raises(NotFound):
        ask_for_check(account, "all")
    with writing():
        db.session.get(Person, ada.id).is_admin = False
    with pytest.raises(Forbidden):
        ask_for_check(account, "log")
    assert last(CheckKind.LOG).asked_at is None


def test_what_another_worker_checks_is_not_checked_twice(monkeypatch):
    inside = []

    def check():
        inside.append(last(CheckKind.DATA).started_at)
        do_due_checks()  # as another worker, while this one is at it
        return service._Found(0)

    monkeypatch.setitem(service._CHECKS, CheckKind.DATA, check)
    do_due_checks()

    assert inside == [NOW]
    assert last(CheckKind.DATA).started_at is None


def test_a_check_that_the_end_of_its_worker_breaks_off_is_begun_by_the_next(app, monkeypatch):
    worker = Worker(app)
    began, gone = threading.Event(), threading.Event()

    def check():
        began.set()
        worker.stop()
        gone.wait(30)
        raise RuntimeError("the process has ended")

    monkeypatch.setitem(service._CHECKS, CheckKind.DATA, check)
    monkeypatch.setattr(Worker, "round", lambda self: began.wait(30))
    try:
        worker.run()
    finally:
        gone.set()
        worker._beside.join()

    monkeypatch.setitem(service._CHECKS, CheckKind.DATA, lambda: service._Found(0))
    assert last(CheckKind.DATA).started_at is None
    do_due_checks()
    assert last(CheckKind.DATA).ended_at == NOW


def test_the_worker_does_them_beside_its_rounds_and_none_when_it_stops(app):
    worker = Worker(app)
    stopping = threading.Event()
    stopping.set()
    do_due_checks(stopping)
    assert last(CheckKind.DATA).ended_at is None

    assert worker.do_long_tasks()
    assert last(CheckKind.DATA).ended_at == NOW
