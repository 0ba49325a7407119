"""Pausing all mail: by the operator, by a setting, or because the database was restored.

A restored database holds notices that were mailed after the backup was made. On PostgreSQL a
restored table has another number (oid) than the one that its row remembers, so it is noticed.
SQLite has no such number: there the copy is paused when it is made, as the operations page says.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.config import Settings
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.models import Invitation, MailState, Notice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailPause:
    """That mail is paused since an instant, None: by the setting; `restored`: by nobody."""

    since: datetime | None
    restored: bool = False


def mail_pause(settings: Settings) -> MailPause | None:
    """Return that mail is paused, or None. A database that was restored is paused by this."""
    if settings.mail_paused:
        return MailPause(None)
    state = db.session.get_one(MailState, 1, populate_existing=True)
    if state.paused_at is None and state.table_oid != _table_oid():
        _note_table()
        state = db.session.get_one(MailState, 1, populate_existing=True)
    return MailPause(state.paused_at, state.restored) if state.paused_at else None


def _table_oid() -> int | None:
    if db.session.get_bind().dialect.name != "postgresql":
        return None
    return db.session.scalar(sa.text("SELECT CAST(CAST('mail_state' AS regclass) AS bigint)"))


@retried
def _note_table() -> None:
    """Remember the table's number; if it had another one before, pause all mail."""
    with writing() as now:
        state = _locked()
        oid = _table_oid()
        if state.table_oid not in (None, oid) and state.paused_at is None:
            state.paused_at, state.restored = now, True
            log.warning("this database was restored: mail is paused until `flask mail resume`")
        state.table_oid = oid


def _locked() -> MailState:
    return db.session.get_one(MailState, 1, populate_existing=True, with_for_update=True)


@retried
def pause() -> None:
    """Pause all mail from the next one on; what is due waits."""
    with writing() as now:
        state = _locked()
        if state.paused_at is None:
            state.paused_at, state.restored = now, False


@retried
def resume(*, drop: bool = False) -> int:
    """Send mail again; returns how many mails wait for it, or with `drop` were dropped.

    A mail is a notice or an invitation here.
    """
    with writing():
        state = _locked()
        state.paused_at, state.restored, state.table_oid = None, False, _table_oid()
        return sum(_waiting(table, drop=drop) for table in (Notice, Invitation))


def _waiting(table: type[Notice | Invitation], *, drop: bool) -> int:
    waiting = table.mail_due_at.is_not(None)
    if drop:
        done = db.session.execute(sa.update(table).where(waiting).values(mail_due_at=None))
        return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult
    return db.session.scalar(sa.select(sa.func.count()).where(waiting)) or 0
