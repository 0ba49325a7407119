"""The queue of notices to mail, taken one at a time so that no two workers send the same."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts.queries import account_of
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.models import Notice
from booking.notices.queries import ShownNotice, notice_for

#: Mail that could not be sent within this time is not sent at all.
FRESH_FOR = timedelta(days=1)
#: How long to wait after each try, also when the worker died while sending.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 0))
MAX_TRIES = len(PAUSES)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutgoingMail:
    """A notice that this worker, and no other, is to mail now."""

    notice_id: int
    email: str
    created_at: datetime
    notice: ShownNotice


@retried
def drop_stale() -> int:
    """Take notices that are too old to be mailed off the queue; returns how many."""
    with writing() as now:
        stale = sa.update(Notice).where(
            Notice.mail_due_at.is_not(None), Notice.created_at <= now - FRESH_FOR
        )
        dropped = db.session.execute(stale.values(mail_due_at=None))
        return int(dropped.rowcount)  # type: ignore[attr-defined]  # a CursorResult


def take_next() -> OutgoingMail | None:
    """Return the next notice to mail, or None when nothing is due.

    This counts as a try: the notice is due again after the pause unless `take_off` is called.
    People who have lost their account or the right to know in the meantime get no mail.
    """
    while True:
        taken = _take()
        if taken is None:
            return None
        notice_id, person_id, created_at = taken
        try:
            account = account_of(person_id)
            notice = notice_for(account.viewer, notice_id) if account else None
        except Exception:  # one that cannot be read must not hold up the others
            db.session.rollback()
            log.exception("notice %d cannot be read for its mail", notice_id)
            drop_or_retry(notice_id)
            continue
        if account and notice and notice.content:
            return OutgoingMail(notice_id, account.email, created_at, notice)
        take_off(notice_id)


@retried
def _take() -> tuple[int, int, datetime] | None:
    with writing() as now:
        notice = db.session.scalar(
            sa.select(Notice)
            .where(Notice.mail_due_at <= now, Notice.mail_tries < MAX_TRIES)
            .order_by(Notice.mail_due_at, Notice.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return None
        notice.mail_due_at = now + PAUSES[notice.mail_tries]
        notice.mail_tries += 1
        return notice.id, notice.person_id, notice.created_at


@retried
def take_off(notice_id: int) -> None:
    """Take a notice off the queue: it is sent, or will not be."""
    with writing():
        db.session.execute(sa.update(Notice).where(Notice.id == notice_id).values(mail_due_at=None))


@retried
def drop_or_retry(notice_id: int) -> bool:
    """Leave a notice for its next try, or take it off the queue after the last.

    Returns whether it was taken off.
    """
    with writing():
        notice = db.session.get_one(Notice, notice_id)
        if notice.mail_tries < MAX_TRIES:
            return False
        notice.mail_due_at = None
        return True
