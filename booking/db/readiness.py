"""Whether the database can be used: it answers, has been migrated, and can be written."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from booking.db.side_writes import waiting_for_nobody
from booking.extensions import db

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class NotReady(StrEnum):
    """Why the database cannot be used, in words for operators."""

    NO_ANSWER = "The database does not answer."
    NOT_MIGRATED = "The database has not been migrated: run flask db upgrade."
    READ_ONLY = "The database is read-only."


def why_not_ready() -> NotReady | None:
    """Return why the database cannot be used, or None if it can.

    Uses a connection of its own, and waits for no lock.
    """
    try:
        with db.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return NotReady.NOT_MIGRATED
            stored = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
            if stored.scalars().all() != [_newest_revision()]:
                return NotReady.NOT_MIGRATED
            connection.rollback()
            return NotReady.READ_ONLY if _is_read_only(connection) else None
    except SQLAlchemyError:
        return NotReady.NO_ANSWER


@lru_cache(maxsize=1)
def _newest_revision() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _is_read_only(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        return bool(connection.execute(sa.text("SHOW transaction_read_only")).scalar() == "on")
    try:
        with waiting_for_nobody(connection) as transaction:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))
            transaction.rollback()
    except OperationalError as error:
        return "readonly" in str(error.orig)  # else somebody is writing
    return False
