"""What time it is: the one place that knows, and the one that tests replace."""

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
    """Return the present instant, aware UTC, as the database tells it.

    Writing services ask after they hold their locks: `clock_timestamp()` moves while a
    transaction waits, `now()` would give its start.
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
    """Let it be `instant` (aware) inside the block."""
    before = _source
    set_source(lambda: instant)
    try:
        yield
    finally:
        set_source(before)
