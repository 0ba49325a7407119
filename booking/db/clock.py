"""The clock: the only source of the present time, which tests replace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return the present instant, aware UTC, for code that only reads."""
    return _source() if _source else datetime.now(UTC)


def database_clock(dialect_name: str) -> sa.ColumnElement[Any]:
    """Return the database's clock as a column, to be read by `instant_of`.

    For writing services, once they hold their locks: PostgreSQL's `clock_timestamp()` moves on
    while a transaction waits, whereas `now()` is its start.
    """
    if dialect_name == "postgresql":
        return sa.func.clock_timestamp()
    return sa.func.strftime("%Y-%m-%dT%H:%M:%f", "now")


def instant_of(read: datetime | str) -> datetime:
    """Return the instant, aware UTC, that `database_clock` gave; tests replace it."""
    if _source:
        return _source()
    if isinstance(read, datetime):
        return read.astimezone(UTC)
    return datetime.fromisoformat(read).replace(tzinfo=UTC)


def set_source(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source` (aware UTC) until called with None."""
    global _source
    _source = source


@contextmanager
def fixed(instant: datetime) -> Iterator[None]:
    """Set the clock to `instant` (aware) inside the block."""
    before = _source
    set_source(lambda: instant)
    try:
        yield
    finally:
        set_source(before)
