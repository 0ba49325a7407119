"""The transaction of every writing service: lock, then read, then write.

A writing service starts a fresh transaction, locks the roots of all facilities that it will
touch, in the order of their ids, reads the time from the database, and only then reads what it
decides on. The overlap constraint of the `occupancy` table is the guarantee behind the lock.

All other transactions read, and each reads one snapshot: what one statement finds, the next one
finds unchanged, whatever others store meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from booking.db import clock
from booking.errors import Conflict, NotFound
from booking.extensions import db

P = ParamSpec("P")
R = TypeVar("R")

# The columns that locks need; the table belongs to a package above.
_FACILITY = sa.table("facility", sa.column("id", sa.Integer), sa.column("root_id", sa.Integer))
OVERLAP_GUARD = "occupancy_no_overlap"
TRIES = 3
# PostgreSQL's codes for "try again": serialization failure, deadlock detected.
PASSING_FAILURES = {"40001", "40P01"}
# The mark of a session in which a writing transaction is open.
_WRITING = "writing"
#: The isolation of reading transactions on PostgreSQL; on SQLite each reads a snapshot anyway.
ONE_SNAPSHOT = "REPEATABLE READ"


def prepare_engine(engine: Engine) -> None:
    """Give SQLite the settings and the explicit BEGIN that locks rely on; does nothing if done."""
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


def writing_options(engine: Engine | Connection) -> dict[str, Any]:
    """Return the execution options of a connection whose transaction writes."""
    if engine.dialect.name == "sqlite":
        return {"writes": True}
    # A writer must see what others stored while it waited for its locks.
    return {"writes": True, "isolation_level": "READ COMMITTED"}


def begin(connection: Connection) -> None:
    """Begin a transaction on SQLite: writers take the write lock at once, readers none."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def lock_roots(facility_ids: Iterable[int]) -> None:
    """Lock the roots of the trees that contain these facilities, in the order of their ids.

    On SQLite the writing transaction already holds the only lock.

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
    # The previous holder may have moved a facility to another tree: read the roots again.
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
    """Run the block as one writing transaction; yields `now`, read after taking the locks.

    Objects loaded before are expired, so read again what you decide on. Commits at the end,
    rolls back if the block raises.

    Raises:
        Conflict: `taken`, if the overlap constraint refused a row.
        NotFound: one of the facilities does not exist.
        RuntimeError: it is used inside another one, whose work it would roll back.
    """
    info = db.session().info
    if info.get(_WRITING):
        raise RuntimeError("writing() inside another writing()")
    info[_WRITING] = True
    try:
        with _transaction(facility_ids) as now:
            yield now
    finally:
        del info[_WRITING]


@contextmanager
def _transaction(facility_ids: Iterable[int]) -> Iterator[datetime]:
    db.session.rollback()
    db.session.connection(execution_options=writing_options(db.engine))
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
    """Decorate a writing service to run up to three times if the database asks to try again."""

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
