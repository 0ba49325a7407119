"""Pausing all mail: by the operator, by a setting, or because the database was restored.

A restored database holds notices that were mailed after the backup was made. On PostgreSQL a
restored table has another number (oid) than the one that its row remembers, so it is noticed.
SQLite has no such number: there the copy is paused when it is made, as the operations page says.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import AccountMail
from booking.accounts.people_service import acting_admin_id
from booking.audit.recording import record
from booking.config import Settings
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.models import Invitation, MailState, Notice
from booking.rules.audit_events import Event
from booking.rules.visibility import Account

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailPause:
    """That mail is paused since an instant, None: by the setting; `restored`: by nobody.

    `by` is the administrator who paused it, None: the operator, or nobody.
    """

    since: datetime | None
    restored: bool = False
    by: str | None = None


def mail_pause(settings: Settings) -> MailPause | None:
    """Return that mail is paused, or None. A database that was restored is paused by this."""
    if settings.mail_paused:
        return MailPause(None)
    state = db.session.get_one(MailState, 1, populate_existing=True)
    if state.paused_at is None and state.table_oid != _table_oid():
        _note_table()
        state = db.session.get_one(MailState, 1, populate_existing=True)
    if state.paused_at is None:
        return None
    by = state.paused_by.name if state.paused_by else None
    return MailPause(state.paused_at, state.restored, by)


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
            state.paused_at, state.restored, state.paused_by_id = now, True, None
            log.warning("this database was restored: mail is paused until `flask mail resume`")
        state.table_oid = oid


def _locked() -> MailState:
    return db.session.get_one(MailState, 1, populate_existing=True, with_for_update=True)


@retried
def pause(actor: Account | None = None) -> bool:
    """Pause all mail from the next one on; what is due waits. `actor` None: the operator.

    Returns whether it was not paused before.

    Raises:
        Forbidden: the person who acts is no administrator any more.
    """
    with writing() as now:
        actor_id = acting_admin_id(actor)
        state = _locked()
        if state.paused_at is not None:
            return False
        state.paused_at, state.restored, state.paused_by_id = now, False, actor_id
        record(Event.MAIL_PAUSED, now=now, actor=actor_id)
        return True


@retried
def resume(actor: Account | None = None, *, drop: bool = False) -> int:
    """Send mail again; returns how many mails wait for it, or with `drop` were dropped.

    A mail is a notice, an invitation or one about an account here. `actor` None: the operator.

    Raises:
        Forbidden: the person who acts is no administrator any more.
    """
    with writing() as now:
        actor_id = acting_admin_id(actor)
        state = _locked()
        if state.paused_at is not None or drop:
            record(Event.MAIL_RESUMED, now=now, actor=actor_id, after={"dropped": drop})
        state.paused_at, state.restored, state.table_oid = None, False, _table_oid()
        state.paused_by_id = None
        waiting = sum(_waiting(table, drop=drop) for table in (Notice, Invitation))
        return waiting + _waiting_account_mails(drop=drop)


def _waiting(table: type[Notice | Invitation], *, drop: bool) -> int:
    waiting = table.mail_due_at.is_not(None)
    if drop:
        done = db.session.execute(sa.update(table).where(waiting).values(mail_due_at=None))
        return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult
    return db.session.scalar(sa.select(sa.func.count()).where(waiting)) or 0


def _waiting_account_mails(*, drop: bool) -> int:
    waiting = AccountMail.mail_failed_at.is_(None)
    if drop:
        done = db.session.execute(sa.delete(AccountMail).where(waiting))
        return int(done.rowcount)  # type: ignore[attr-defined]  # a CursorResult
    return db.session.scalar(sa.select(sa.func.count()).where(waiting)) or 0
