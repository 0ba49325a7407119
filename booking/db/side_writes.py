"""Writes beside the work, such as counts and "last used", which must not delay or break a page."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Transaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from booking.db.transactions import writing_options
from booking.extensions import db

_WAIT_FOR_NOBODY = (
    "SELECT set_config('lock_timeout', '200ms', true), "
    "set_config('statement_timeout', '200ms', true), "
    "set_config('synchronous_commit', 'off', true)"
)
_log = logging.getLogger(__name__)


def write_aside(
    what: str, *statements: sa.Executable, values: Mapping[str, Any] = MappingProxyType({})
) -> bool:
    """Run the statements in a transaction of their own, if nobody has to be waited for.

    `values` are those of their parameters.

    It ends the session's transaction and expires its objects. What fails is logged in one line,
    with `what` it is; returns whether it was stored.
    """
    db.session.rollback()
    try:
        with db.engine.connect() as connection, waiting_for_nobody(connection):
            for statement in statements:
                connection.execute(statement, dict(values))
    except SQLAlchemyError as error:
        _log.warning("%s was not stored: %s", what, first_line(error))
        return False
    return True


@contextmanager
def waiting_for_nobody(connection: Connection) -> Iterator[Transaction]:
    """Begin a writing transaction on this connection that waits for no lock, and end it."""
    if connection.dialect.name != "sqlite":
        with connection.execution_options(**writing_options(connection)).begin() as transaction:
            connection.exec_driver_sql(_WAIT_FOR_NOBODY)
            yield transaction
        return
    cursor = connection.connection.cursor()
    before = {name: _pragma(cursor, name) for name in ("busy_timeout", "synchronous")}
    try:
        cursor.execute("PRAGMA busy_timeout=0")
        cursor.execute("PRAGMA synchronous=normal")
        with connection.execution_options(**writing_options(connection)).begin() as transaction:
            yield transaction
    finally:
        for name, value in before.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()


def _pragma(cursor: Any, name: str) -> int:
    return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])


def first_line(error: Exception) -> str:
    """Return what the database said, in one line: the name of the error and its first line."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(said).__name__}: {str(said).partition(chr(10))[0]}"


def quoting_nobody(error: BaseException) -> str:
    """Return the type of an error for logs, and what it says unless that may quote somebody.

    The database's first line names tables and constraints; the values come after it.
    """
    if isinstance(error, DBAPIError):
        return first_line(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__
