"""Deletes what has expired: drafts, failed sign-ins, links, times to hear about, search counts."""

from datetime import timedelta

import sqlalchemy as sa

from booking.accounts.models import EmailChange, FailedSignIn, OneTimeLink
from booking.alerts.models import FreeTimeAlert
from booking.bookings.models import Draft
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.search.statistics import delete_old_counts

#: Longer than the longest time over which failed tries are counted.
FAILED_SIGN_INS_KEPT_FOR = timedelta(days=7)
#: Long enough to find out what became of a link that somebody asks about.
LINKS_KEPT_FOR = timedelta(days=30)


@retried
def delete_expired() -> int:
    """Delete expired drafts and links, old failed sign-ins and counts, and alerts that begin.

    Returns how many rows.
    """
    with writing() as now:
        deletions = [
            sa.delete(Draft).where(Draft.expires_at <= now),
            sa.delete(FreeTimeAlert).where(
                FreeTimeAlert.told_at.is_(None), FreeTimeAlert.starts_at <= now
            ),
            sa.delete(EmailChange).where(EmailChange.expires_at <= now),
            sa.delete(OneTimeLink).where(OneTimeLink.expires_at <= now - LINKS_KEPT_FOR),
            sa.delete(FailedSignIn).where(FailedSignIn.failed_at <= now - FAILED_SIGN_INS_KEPT_FOR),
        ]
        done = [db.session.execute(statement) for statement in deletions]
        deleted: int = sum(result.rowcount for result in done)  # type: ignore[attr-defined]
        return deleted + delete_old_counts(now)
