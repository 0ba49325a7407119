"""When a worker did its last round: written by the worker, read by who looks after the site."""

from datetime import datetime

import sqlalchemy as sa

from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.models import WorkerState


@retried
def note_worker() -> None:
    """Note that a worker does a round now."""
    with writing() as now:
        db.session.execute(sa.update(WorkerState).values(seen_at=now))


def worker_seen_at() -> datetime | None:
    """Return when a worker began its last round, None if there never was one."""
    return db.session.scalar(sa.select(WorkerState.seen_at))
