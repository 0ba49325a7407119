"""Counting the SQL statements that the database gets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from booking.extensions import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that runs inside the block, in order, also of requests by test clients.

    Needs an application context, to know the database. SQLite's BEGIN is left out: drivers of
    PostgreSQL send theirs themselves.
    """
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def count_statements(run: Callable[[], object]) -> int:
    """Return how many statements it takes to `run`."""
    with statements() as seen:
        run()
    return len(seen)
