"""The clock: the only source of the present time, which tests replace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """Return the present instant, aware UTC, for code that only reads."""
    return _source() if _source else datetime.now(UTC)


def now_after_lock(session: Session) -> datetime:
    """Return the present instant, aware UTC, by the database's clock.

    For writing services, once they hold their locks: `clock_timestamp()` moves on while a
    transaction waits, whereas `now()` is its start.
    """
    if _source:
        return _source()
    if session.get_bind().dialect.name == "postgresql":
        instant: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return instant.astimezone(UTC)
    text: str = session.execute(
        sa.select(sa.func.strftime("%Y-%m-%dT%H:%M:%f", "now"))
    ).scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
