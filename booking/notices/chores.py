"""What the worker does beside lapsing and mail: rows that grow, rows that have had their time."""

from datetime import timedelta

import sqlalchemy as sa

from booking.accounts.models import FailedSignIn
from booking.extensions import db
from booking.facilities.opening_rows import write_opening_rows
from booking.requests.models import Draft
from booking.transactions import retried, writing

#: Longer than the longest stretch over which failed tries are counted.
FAILED_SIGN_INS_KEPT_FOR = timedelta(days=7)
#: One worker at a time grows the rows: two would write the same day twice.
_GROWING = 0x6F70656E696E67  # "opening"


@retried
def grow_opening_rows() -> int:
    """Let the opening rows of all facilities reach their horizon; returns how many were added."""
    with writing() as now:
        if db.session.get_bind().dialect.name == "postgresql":
            db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_GROWING)))
        return write_opening_rows(None, now)


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
