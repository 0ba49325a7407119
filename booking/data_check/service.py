"""Checks of stored data and of the log, which the worker does once a day or when asked."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.people_service import check_still_admin
from booking.audit.verifying import verify
from booking.data_check.models import LastCheck
from booking.data_check.queries import find_faults
from booking.db.transactions import retried, writing
from booking.errors import NotFound
from booking.extensions import db
from booking.notices.worker import add_long_task
from booking.rules.attention import Checked, CheckKind, check_is_due
from booking.rules.visibility import Account

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    faults: int
    entries: int = 0


def _check_data() -> _Found:
    return _Found(sum(1 for _fault in find_faults()))


def _check_log() -> _Found:
    found = verify()
    return _Found(0, found.position) if found.fault is None else _Found(1, found.position - 1)


_CHECKS: dict[CheckKind, Callable[[], _Found]] = {
    CheckKind.DATA: _check_data,
    CheckKind.LOG: _check_log,
}


#: The checks that this process does now, and when they began.
_running: dict[CheckKind, datetime] = {}


def init_app() -> None:
    """Let the worker do the checks, beside its rounds."""
    add_long_task("checks of stored data", do_due_checks, put_off_checks)


def do_due_checks(stopping: threading.Event | None = None) -> None:
    """Do the checks that are due, and keep what they found; each is done by one worker.

    They only read, and may take minutes.
    """
    for kind, work in _CHECKS.items():
        if stopping is not None and stopping.is_set():
            return
        started_at = _begin(kind)
        if started_at is None:
            continue
        _running[kind] = started_at
        log.info("check begins: %s", kind)
        try:
            found = work()
            _end(kind, found)
        finally:
            _running.pop(kind, None)
        log.log(
            logging.ERROR if found.faults else logging.INFO,
            "check ended: %s, %d wrong",
            kind,
            found.faults,
        )


@retried
def _begin(kind: CheckKind) -> datetime | None:
    """Note that a check begins now and return the time, None if none is due."""
    with writing() as now:
        row = _locked(kind)
        if not check_is_due(_as_checked(row), now):
            return None
        row.asked_at, row.started_at = None, now
        return now


@retried
def _end(kind: CheckKind, found: _Found) -> None:
    with writing() as now:
        row = _locked(kind)
        row.started_at, row.ended_at = None, now
        row.faults, row.entries = found.faults, found.entries


@retried
def put_off_checks() -> None:
    """Let the next worker begin the checks anew that this process does, as it ends now.

    Else they would seem to run for hours, and none would begin.
    """
    with writing() as now:
        for kind, started_at in list(_running.items()):
            row = _locked(kind)
            if row.started_at == started_at:
                row.started_at, row.asked_at = None, now


@retried
def ask_for_check(account: Account, kind: str) -> None:
    """Have the worker do a check in its next round, as an administrator.

    Raises:
        NotFound: there is no such check.
        Forbidden: the person who acts is no administrator any more.
    """
    if kind not in {one.value for one in CheckKind}:
        raise NotFound("check")
    with writing() as now:
        check_still_admin(account)
        _locked(CheckKind(kind)).asked_at = now


def _locked(kind: CheckKind) -> LastCheck:
    return db.session.get_one(LastCheck, kind, populate_existing=True, with_for_update=True)


def last_checks() -> list[Checked]:
    """Return the last check of each kind. One statement."""
    return [
        _as_checked(row)
        for row in db.session.scalars(sa.select(LastCheck).order_by(LastCheck.kind))
    ]


def _as_checked(row: LastCheck) -> Checked:
    times: dict[str, datetime | None] = {
        "asked_at": row.asked_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
    }
    return Checked(CheckKind(row.kind), faults=row.faults, entries=row.entries, **times)
