"""Databases for tests: one migrated template per engine and run, a fresh copy for each test.

The template is built by running the migrations, so tests meet the constraints and triggers of
production, and never tables that only the models describe.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy.engine import Engine

from booking.app import create_app
from booking.config import Settings
from booking.extensions import db
from booking.facilities import terms_cache
from tools.postgresql import Server

MEMORY = Path("/dev/shm")  # noqa: S108  # where Linux keeps files in memory
MEMORY_NEEDED_BYTES = 512 * 2**20
_names = [f"test{number}" for number in range(9, 0, -1)]  # the next one is the last
_engines: dict[str, Engine] = {}


@contextmanager
def _name() -> Iterator[str]:
    """Give a name for a database that no other has now, and the next will have again."""
    name = _names.pop()
    yield name
    _names.append(name)


@contextmanager
def shared_engine() -> Iterator[None]:
    """Let an application made inside the block use the engine of the last one on its address.

    An engine compiles each statement once; to do so anew in each test took a third of its time.
    Its connections are closed at the end.
    """
    make_engine = db._make_engine

    def shared(bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        address = str(options["url"])
        if address not in _engines:
            _engines[address] = make_engine(bind_key, options, app)
        return _engines[address]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "_make_engine", shared)
        yield
    terms_cache.clear()  # the next database counts its changes from the same number
    for engine in _engines.values():
        engine.dispose()


def fast_folder() -> Path | None:
    """Where a new database is ready soonest: in memory (25 ms, on a disk 100); None: no matter."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED_BYTES:
        return MEMORY
    return None


def settings_for(database_url: str, **others: object) -> Settings:
    """Return the settings of a test application on this database."""
    return Settings(
        secret_key="only for tests, never for people",
        database_url=database_url,
        base_url="http://localhost",
        **others,
    )


def migrate(database_url: str) -> None:
    """Bring an empty database to the newest revision."""
    app = create_app(settings_for(database_url))
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrate(f"sqlite:///{self._template}")
        # A log beside it would mean that the file is not yet whole.
        assert not Path(f"{self._template}-wal").exists()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the address of a new migrated database, gone at the end."""
        with _name() as name:
            path = self._folder / f"{name}.db"
            shutil.copyfile(self._template, path)
            yield f"sqlite:///{path}"
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink()


class PostgresqlDatabases:
    """Copies of one migrated database on a running server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        server.create("migrated")
        migrate(server.url("migrated"))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the address of a new migrated database, gone at the end."""
        with _name() as name:
            self._server.create(name, template="migrated")
            yield self._server.url(name)
            self._server.drop(name)
