"""What the worker does beside lapsing and mail: deleting what has had its time."""

from datetime import timedelta

import sqlalchemy as sa

from booking.accounts.models import FailedSignIn
from booking.bookings.models import Draft
from booking.db.transactions import retried, writing
from booking.extensions import db

#: Longer than the longest stretch over which failed tries are counted.
FAILED_SIGN_INS_KEPT_FOR = timedelta(days=7)


@retried
def purge() -> int:
    """Delete expired drafts and old failed sign-ins; returns how many."""
    with writing() as now:
        spent = [
            sa.delete(Draft).where(Draft.expires_at <= now),
            sa.delete(FailedSignIn).where(FailedSignIn.failed_at <= now - FAILED_SIGN_INS_KEPT_FOR),
        ]
        done = [db.session.execute(statement) for statement in spent]
        return sum(result.rowcount for result in done)  # type: ignore[attr-defined]
