"""What the database is asked, so that a test can count it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from booking.extensions import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL that runs inside the block, in its order; nothing is heard after it.

    It needs an app context, to know the database. Pages that a client asks for are heard too.
    """
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
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
