"""Two people who do something at the same moment, in one process: who is in whose way."""

from collections.abc import Callable
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.db import transactions
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db


def at_once(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    first: Callable[[], object],
    second: Callable[[], object],
) -> str:
    """Do both, the second while the first has not committed; return what the second met.

    On SQLite the second waits to begin. On PostgreSQL the first waits until it is in its way.
    """
    answers = []

    def do_second() -> None:
        with app.app_context():
            try:
                second()
                answers.append("done")
            except (Conflict, Forbidden, NotFound) as refused:
                answers.append(str(refused))

    thread = Thread(target=do_second)
    commit = transactions._take_last_step

    def last_step() -> None:
        monkeypatch.setattr(transactions, "_take_last_step", commit)
        db.session.flush()
        thread.start()
        waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while db.engine.dialect.name == "postgresql" and not db.session.scalar(waits):
            assert thread.is_alive()
        commit()

    monkeypatch.setattr(transactions, "_take_last_step", last_step)
    first()
    thread.join()
    db.session.rollback()
    return answers[0]
