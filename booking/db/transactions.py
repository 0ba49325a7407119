"""The transaction of every writing service: lock, then read, then write.

A writing service starts a fresh transaction, locks the roots of all facilities that it will
touch, in the order of their ids, keeps the rules from changing if it decides by them, reads the
time from the database, and only then reads what it decides on. The overlap constraint of the
`occupancy` table is the guarantee behind the lock.

All other transactions read, and each reads one snapshot: what one statement finds, the next one
finds unchanged, whatever others store meanwhile.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, reduce, wraps
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from booking.db import clock
from booking.db.rules_number import held_rules, note_rules_number
from booking.db.snapshot import is_writing
from booking.errors import Conflict, NotFound
from booking.extensions import db

_log = logging.getLogger(__name__)

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
# What a session does before its writing transaction commits.
_LAST_STEP = "last_step"
#: The isolation of reading transactions on PostgreSQL; on SQLite each reads a snapshot anyway.
ONE_SNAPSHOT = "REPEATABLE READ"


class AgainError(Exception):
    """Raised by a service that is `retried` to begin anew: chance was against it."""


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


def end_reading() -> None:
    """End the present transaction of the session, which has read only, and forget its objects.

    By a commit: after a rollback psycopg has the server forget all statements that it has planned,
    and it plans them anew for the next page. Whatever is pending or was begun to be written is
    rolled back.
    """
    if not (db.session.registry.has() and db.session().in_transaction()):
        return
    session = db.session()
    is_clean = session.is_active and not (session.new or session.dirty or session.deleted)
    try:
        if is_clean and not is_writing():
            session.commit()
    except SQLAlchemyError:
        _log.info("the connection was lost after all was read", exc_info=True)
    finally:
        session.rollback()  # does nothing after a commit


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


_HERE = _FACILITY.c.id.in_(sa.bindparam("ids", expanding=True))
# Built once: that takes as long as to run it. FOR NO KEY UPDATE: a foreign key check takes FOR KEY
# SHARE, which FOR UPDATE would deadlock.
_LOCKED_ROOTS = (
    sa.select(_FACILITY.c.id)
    .where(_FACILITY.c.id.in_(sa.select(_FACILITY.c.root_id).where(_HERE)))
    .order_by(_FACILITY.c.id)
    .with_for_update(key_share=True)
)


def lock_roots(facility_ids: Collection[int]) -> set[int] | None:
    """Lock the roots of the trees that contain these facilities, in the order of their ids.

    Returns the roots, which `_look_around` must find again: the previous holder of a lock may have
    moved a facility to another tree. None on SQLite, where the writing transaction already holds
    the only lock.
    """
    if not facility_ids or db.session.get_bind().dialect.name != "postgresql":
        return None
    return set(db.session.scalars(_LOCKED_ROOTS, {"ids": list(facility_ids)}))


def _look_around(facility_ids: Collection[int], *, by_rules: bool) -> tuple[datetime, set[int]]:
    """Return the time and the roots of these facilities, once their trees are locked.

    `by_rules` first keeps the rules from changing, in the same statement: a row of the number
    comes once it is locked, and then the time. Nobody moves a facility out of a locked tree.

    Raises:
        NotFound: one of the facilities does not exist.
    """
    query = _look(
        db.session.get_bind().dialect.name, with_roots=bool(facility_ids), by_rules=by_rules
    )
    rows = db.session.execute(query, {"ids": list(facility_ids)} if facility_ids else {}).all()
    if len(rows) != max(len(facility_ids), 1):
        raise NotFound("facility")
    if by_rules:
        note_rules_number(rows[0].number)
    roots = {row.root_id for row in rows if row.root_id is not None} if facility_ids else set()
    return clock.instant_of(rows[0].time), roots


@cache
def _look(dialect_name: str, *, with_roots: bool, by_rules: bool) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(clock.database_clock(dialect_name).label("time"))
    tables: list[sa.FromClause] = []
    if by_rules:
        tables.append(rules := held_rules())
        query = query.add_columns(rules.c.number)
    if with_roots:
        tables.append(_FACILITY)
        query = query.add_columns(_FACILITY.c.root_id).where(_HERE)
    if tables:
        query = query.select_from(reduce(lambda one, other: one.join(other, sa.true()), tables))
    return query


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
    with _only_one(), _transaction(set(facility_ids), by_rules=False) as now:
        yield now


@contextmanager
def writing_by_rules(*facility_ids: int) -> Iterator[datetime]:
    """Run the block as `writing` does; nobody changes rules until it ends, nor may the block.

    So terms, hours, tree and deciders may come from memory (`rules_number`). The rules are locked
    after the trees and before anything is read: who changes rules has locked their tree before
    they wait here, and who waits for a tree holds no rules yet, so that nobody waits in a circle.
    """
    with _only_one(), _transaction(set(facility_ids), by_rules=True) as now:
        yield now


@contextmanager
def _only_one() -> Iterator[None]:
    info = db.session().info
    if info.get(_WRITING):
        raise RuntimeError("writing() inside another writing()")
    info[_WRITING] = True
    try:
        yield
    finally:
        del info[_WRITING]
        info.pop(_LAST_STEP, None)


def before_commit(step: Callable[[], None]) -> None:
    """Let the present writing transaction take this step last, when all else is written.

    For what needs a lock that everybody wants: so it is held for a moment, and nobody who holds it
    waits for another one. There is one such step; naming it again changes nothing.

    Raises:
        RuntimeError: no writing transaction is open, or there is another last step.
    """
    info = db.session().info
    if not info.get(_WRITING):
        raise RuntimeError("only inside writing()")
    if info.setdefault(_LAST_STEP, step) is not step:
        raise RuntimeError("a transaction has one last step")


def _take_last_step() -> None:
    step = db.session().info.pop(_LAST_STEP, None)
    if step is not None:
        db.session.flush()
        step()


@contextmanager
def _transaction(facility_ids: set[int], *, by_rules: bool) -> Iterator[datetime]:
    try:
        now = _begin_and_lock(facility_ids, by_rules=by_rules)
        yield now
        _take_last_step()
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        if OVERLAP_GUARD in str(error.orig):
            raise Conflict("taken") from error
        raise
    except BaseException:
        db.session.rollback()
        raise


def _begin_and_lock(facility_ids: set[int], *, by_rules: bool) -> datetime:
    """Begin a writing transaction, take its locks, and return the time after that."""
    while True:
        end_reading()
        db.session.connection(execution_options=writing_options(db.engine))
        locked = lock_roots(facility_ids)
        now, roots = _look_around(facility_ids, by_rules=by_rules)
        if locked is None or roots <= locked:
            return now
        # Moved meanwhile. A further lock now could deadlock, so begin anew.


def retried(service: Callable[P, R]) -> Callable[P, R]:
    """Decorate a writing service to run up to three times if it, or the database, asks for that."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                return service(*args, **kwargs)
            except AgainError:
                db.session.rollback()
            except (OperationalError, DBAPIError) as error:
                if getattr(error.orig, "sqlstate", None) not in PASSING_FAILURES:
                    raise
                db.session.rollback()
        return service(*args, **kwargs)

    return run
