"""Counting the SQL statements that the database gets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from booking.extensions import db

_counted: list[list[str]] = []


def are_counted() -> bool:
    """Return whether statements are collected at this moment."""
    return bool(_counted)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that runs inside the block, in order, also of requests by test clients.

    Needs an application context, to know the database. SQLite's BEGIN is left out: drivers of
    PostgreSQL send theirs themselves. Requests find nothing in memory meanwhile, unless the test
    is `warm`.
    """
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    _counted.append(seen)
    try:
        yield seen
    finally:
        _counted.pop()
        sa.event.remove(db.engine, "before_cursor_execute", note)


def count_statements(run: Callable[[], object]) -> int:
    """Return how many statements it takes to `run`."""
    with statements() as seen:
        run()
    return len(seen)
