"""Lock, then look, then write: the transaction of every service that changes something.

A writing service starts a fresh transaction, locks the roots of all facilities that it will
touch in the order of their ids, asks the database for the time, and only then reads what it
decides on. The overlap guard of the `occupancy` table is the guarantee behind the lock.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.extensions import db

P = ParamSpec("P")
R = TypeVar("R")

# Only what the locks need: the table itself belongs to a package above.
_FACILITY = sa.table("facility", sa.column("id", sa.Integer), sa.column("root_id", sa.Integer))
OVERLAP_GUARD = "occupancy_no_overlap"
TRIES = 3
# PostgreSQL's words for "start again": serialization failure, deadlock detected.
PASSING_FAILURES = {"40001", "40P01"}


def prepare_engine(engine: Engine) -> None:
    """Give SQLite the settings and the explicit BEGIN that the locks rely on, once."""
    if engine.dialect.name != "sqlite" or sa.event.contains(engine, "begin", begin):
        return

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # no implicit BEGIN
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("busy_timeout=5000", "journal_mode=wal", "foreign_keys=on"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("PRAGMA synchronous=full")
        cursor.close()

    sa.event.listen(engine, "begin", begin)


def begin(connection: Connection) -> None:
    """Begin on SQLite: a writer takes the write lock at once, a reader takes none."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def lock_roots(facility_ids: Iterable[int]) -> None:
    """Lock the roots of the trees that hold these facilities, in the order of their ids.

    On SQLite the writing transaction already holds the one lock there is.

    Raises:
        NotFound: one of the facilities does not exist.
    """
    wanted = set(facility_ids)
    if not wanted:
        return
    roots = _roots_of(wanted)
    if db.session.get_bind().dialect.name != "postgresql":
        return
    locked: set[int | None] = set()
    # Who had the lock before may have moved a facility into another tree: look again.
    while not roots <= locked:
        # FOR NO KEY UPDATE: a foreign key check takes FOR KEY SHARE, which FOR UPDATE would
        # deadlock.
        db.session.execute(
            sa.select(_FACILITY.c.id)
            .where(_FACILITY.c.id.in_(roots - locked))
            .order_by(_FACILITY.c.id)
            .with_for_update(key_share=True)
        ).all()
        locked |= roots
        roots = _roots_of(wanted)


def _roots_of(facility_ids: set[int]) -> set[int | None]:
    rows = db.session.execute(
        sa.select(_FACILITY.c.id, _FACILITY.c.root_id).where(_FACILITY.c.id.in_(facility_ids))
    ).all()
    if len(rows) != len(facility_ids):
        raise NotFound("facility")
    return {root_id for _, root_id in rows}


@contextmanager
def writing(*facility_ids: int) -> Iterator[datetime]:
    """Run the block as one writing transaction; gives `now`, read after the locks were taken.

    Whatever was loaded before is expired: read again what you decide on. Commits at the end,
    rolls back when the block raises.

    Raises:
        Conflict: `taken`, when the overlap guard refused a row.
        NotFound: one of the facilities does not exist.
    """
    db.session.rollback()
    db.session.connection(execution_options={"writes": True})
    try:
        lock_roots(facility_ids)
        yield clock.now_after_lock(db.session())
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        if OVERLAP_GUARD in str(error.orig):
            raise Conflict("taken") from error
        raise
    except BaseException:
        db.session.rollback()
        raise


def retried(service: Callable[P, R]) -> Callable[P, R]:
    """Run a writing service again, up to three times, when the database asked for it."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                return service(*args, **kwargs)
            except (OperationalError, DBAPIError) as error:
                if getattr(error.orig, "sqlstate", None) not in PASSING_FAILURES:
                    raise
                db.session.rollback()
        return service(*args, **kwargs)

    return run
