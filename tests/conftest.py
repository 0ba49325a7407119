"""What all tests share. A fixture that one file uses lives in that file."""

import contextvars
import gc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lanes import load_profile
from tests.needs import forbid_network, unavailable
from tools import postgresql

# The application is imported only in fixtures, so that tests of rules start without it.
pytest.register_assert_rewrite("tests.databases", "tests.pages")

if TYPE_CHECKING:
    from tests.databases import PostgresqlDatabases, SqliteDatabases
    from tests.postbox import Postbox

#: Tuesday 24 November 2026, 10:00 in Copenhagen: when tests happen unless they say otherwise.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

forbid_network()
load_profile()


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what stays (see `tests.databases`).

    Otherwise that takes a tenth of the time of the tests: they keep much and leave little behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def sqlite_databases() -> "Iterator[SqliteDatabases]":
    """Makes migrated SQLite databases."""
    from tests.databases import SqliteDatabases, fast_folder

    with TemporaryDirectory(prefix="sqlite-", dir=fast_folder()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgresql_databases() -> "Iterator[PostgresqlDatabases]":
    """Makes migrated PostgreSQL databases, on a server of this test run."""
    from tests.databases import PostgresqlDatabases, fast_folder

    try:
        with (
            postgresql.running(fast_folder()) as server,
            closing(PostgresqlDatabases(server)) as databases,
        ):
            yield databases
    except postgresql.NotInstalledError as missing:
        unavailable(str(missing), "REQUIRE_POSTGRES")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The database engine; tests of services run on both, tests of pages on SQLite.

    For one engine only: `@pytest.mark.parametrize("engine_name", ["postgresql"])`.
    """
    return request.param


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    databases = request.getfixturevalue(f"{engine_name}_databases")
    with databases.fresh() as url:
        yield url


@pytest.fixture
def at() -> Iterator[Callable[[datetime], None]]:
    """Stop the clock at NOW; returns a function that sets it to an aware instant."""
    from booking.db import clock

    def stop_clock(instant: datetime) -> None:
        assert instant.tzinfo, "an instant needs a time zone"
        clock.set_source(lambda: instant)

    stop_clock(NOW)
    yield stop_clock
    clock.set_source(None)


class Visitor(FlaskClient):
    """A client whose requests have contexts of their own, also inside `app_context`.

    Otherwise Flask would use the open context, with its database session and signed-in person.
    Answers are read to their end and closed, as a server does.
    """

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        kwargs.setdefault("buffered", True)
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def app(database_url: str, at: Callable[[datetime], None]) -> Iterator[Flask]:
    """The application on an empty database, the clock fixed at NOW; errors are not caught."""
    from tests.databases import shared_app

    with shared_app(database_url) as app:
        app.test_client_class = Visitor
        yield app


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """An open application context, for tests of services; `client` may be used with it."""
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody's browser, not signed in, without JavaScript."""
    return app.test_client()


@pytest.fixture
def files_here(app: Flask, tmp_path: Path) -> Path:
    """A folder of this test for pictures and documents."""
    from booking.extensions import db
    from booking.files import storage

    folder = tmp_path / "files"
    with app.app_context():
        storage.prepare(db.engine, folder)
    return folder


@pytest.fixture
def warm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages find in memory what earlier ones kept there, also where statements are counted."""
    from tests.databases import forget_where_counted

    kept = [one for one in app.before_request_funcs[None] if one is not forget_where_counted]
    monkeypatch.setitem(app.before_request_funcs, None, kept)


@pytest.fixture
def postbox() -> "Iterator[Postbox]":
    """A mail server that keeps what it gets."""
    from tests.postbox import open_postbox

    with open_postbox() as postbox:
        yield postbox


@pytest.fixture
def other_client(app: Flask) -> FlaskClient:
    """Somebody else's browser."""
    return app.test_client()
