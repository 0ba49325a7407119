"""Databases for tests: one migrated template per engine and run, an empty one for each test.

The template is built by running the migrations, so tests meet the constraints and triggers of
production, and never tables that only the models describe. SQLite's file is copied for each test.
A database of PostgreSQL is used by many tests in turn and emptied before each: that takes 5 ms
where a copy takes 60, and its connections stay open. One whose schema was changed is replaced.
"""

import gc
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import flask_migrate
import psycopg
import sqlalchemy as sa
from flask import Flask, has_request_context

import tests.cheap_passwords  # noqa: F401
from booking.app import create_app
from booking.config import Settings
from booking.extensions import db
from booking.facilities import calendar_cache, terms_cache
from tests import statements
from tools.postgresql import Server

MEMORY = Path("/dev/shm")  # noqa: S108  # where Linux keeps files in memory
MEMORY_NEEDED_BYTES = 512 * 2**20
_names = [f"test{number}" for number in range(9, 0, -1)]  # the next one is the last
_apps: dict[str, Flask] = {}


@contextmanager
def _name() -> Iterator[str]:
    """Give a name that no other open database has; it is free again at the end."""
    name = _names.pop()
    yield name
    _names.append(name)


@contextmanager
def shared_app(database_url: str) -> Iterator[Flask]:
    """Give the one application of this run for the database at this address.

    To make one takes 40 ms, and then it loads its templates and compiles its statements anew. At
    the end its settings and views are what they were. Routes cannot be added: for that, call
    `new_app`.
    """
    if database_url not in _apps:
        _apps[database_url] = new_app(database_url)
        gc.collect()
        gc.freeze()  # it stays to the end
    app = _apps[database_url]
    changeable = (app.config, app.extensions, app.view_functions)
    before = [dict(one) for one in changeable]
    yield app
    for one, values in zip(changeable, before, strict=True):
        one.clear()
        one.update(values)
    forget()  # the next database counts its changes from the same number
    if database_url.startswith("sqlite"):  # its file goes
        with app.app_context():
            db.engine.dispose()


def forget() -> None:
    """Forget all that is kept in memory of a database."""
    terms_cache.clear()
    calendar_cache.clear()


def forget_where_counted() -> None:
    """Forget all where statements are counted: pages requested before must not make it fewer."""
    if statements.are_counted():
        forget()


def new_app(database_url: str) -> Flask:
    """Return an application for tests: errors are not caught."""
    app = create_app(settings_for(database_url))
    app.testing = True
    app.before_request(forget_where_counted)
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", _refuse_writes_of_readers)
    return app


def _refuse_writes_of_readers(
    connection: sa.Connection, _cursor: object, statement: str, *_others: object
) -> None:
    """Fail where a request writes outside of `writing`: its reading ends with a commit."""
    if statement.startswith(("INSERT", "UPDATE", "DELETE")) and has_request_context():
        writes = connection.get_execution_options().get("writes")
        assert writes, f"written outside of writing(): {statement}"


def fast_folder() -> Path | None:
    """Return the folder in memory, where a database is made fastest, or None if there is none."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED_BYTES:
        return MEMORY
    return None


def settings_for(database_url: str, **others: object) -> Settings:
    """Return the settings of a test application on this database.

    A test that stores files gives it a folder of its own (`files_here`): this one is nowhere.
    """
    others.setdefault("files_folder", Path(tempfile.gettempdir()) / "files-of-no-test")
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
        # A write-ahead log next to it would mean that the file is incomplete.
        assert not Path(f"{self._template}-wal").exists()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the address of a new migrated database, gone at the end."""
        with _name() as name:
            path = self._folder / f"{name}.db"
            shutil.copyfile(self._template, path)
            yield f"sqlite:///{path}"
            for leftover in self._folder.glob(f"{path.name}*"):
                leftover.unlink(missing_ok=True)  # closed by others, some go by themselves

    @contextmanager
    def loaded(self, sql: str) -> Iterator[str]:
        """Give the address of a new database that this SQL makes and fills, gone at the end."""
        path = self._folder / "loaded.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)
        yield f"sqlite:///{path}"
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()


class PostgresqlDatabases:
    """Databases like one migrated database on a running server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        # One by database, which stays open: planning the statements takes longest.
        self._connections: dict[str, psycopg.Connection] = {}
        server.create(TEMPLATE)
        migrate(server.url(TEMPLATE))
        with self._connect(TEMPLATE) as connection:
            connection.execute(_means_of_emptying(connection))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the address of a migrated database without rows, which the next test may have."""
        with _name() as name:
            if name in self._connections and not _emptied(self._connections[name]):
                self._connections.pop(name).close()
                self._server.drop(name)
            if name not in self._connections:
                self._server.create(name, template=TEMPLATE)
                self._connections[name] = self._connect(name)
            yield self._server.url(name)

    @contextmanager
    def loaded(self, sql: str) -> Iterator[str]:
        """Give the address of a new database that this SQL makes and fills, gone at the end."""
        self._server.create("loaded")
        with closing(self._connect("loaded")) as connection:
            connection.execute(sql.encode())
        yield self._server.url("loaded")
        self._server.drop("loaded")

    def close(self) -> None:
        """Close our own connections; the server may stop after that."""
        for connection in self._connections.values():
            connection.close()

    def _connect(self, name: str) -> psycopg.Connection:
        folder = str(self._server.folder)
        return psycopg.connect(host=folder, user="postgres", dbname=name, autocommit=True)


def _emptied(connection: psycopg.Connection) -> bool:
    """Empty this database; return False if its schema was changed, so that it must be replaced."""
    connection.execute(END_TRANSACTIONS)
    if _column(connection, "SELECT tag FROM emptying.changes"):
        return False
    connection.execute("CALL emptying.empty()")
    return True


TEMPLATE = "migrated"
#: Transactions that a test left open would keep their locks.
END_TRANSACTIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def _means_of_emptying(connection: psycopg.Connection) -> bytes:
    """Return SQL that lets this database notice changes of its schema, and be emptied.

    Rows that migrations write are put back, and numbers begin at 1 again.
    """
    tables = _column(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables.remove("alembic_version")
    filled = [
        t for t in tables if connection.execute(f'SELECT FROM "{t}" LIMIT 1'.encode()).rowcount
    ]
    sequences = _column(
        connection, "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
    )
    # TRUNCATE and not DELETE: new rows then lie in the order in which they are written, each time.
    steps = [
        f'IF EXISTS (SELECT FROM "{table}") THEN used := used || \'"{table}"\'::text; END IF;'
        for table in tables
    ]
    steps.append(
        "IF cardinality(used) > 0 THEN"
        " EXECUTE 'TRUNCATE ' || array_to_string(used, ', ') || ' CASCADE'; END IF;"
    )
    steps += [f'INSERT INTO "{table}" SELECT * FROM emptying."{table}";' for table in filled]
    steps += [f"PERFORM setval('public.{sequence}', 1, false);" for sequence in sequences]
    body = "\n".join(steps)
    copies = "\n".join(
        f'CREATE TABLE emptying."{table}" AS SELECT * FROM "{table}";' for table in filled
    )
    return f"""
CREATE SCHEMA emptying;
{copies}
CREATE TABLE emptying.changes (tag text);
CREATE PROCEDURE emptying.empty() LANGUAGE plpgsql
SET session_replication_role = replica  -- no triggers, and so no order among the tables
AS $$ DECLARE used text[] := ARRAY[]::text[]; BEGIN
{body}
END $$;
CREATE FUNCTION emptying.note() RETURNS event_trigger LANGUAGE plpgsql
AS $$ BEGIN INSERT INTO emptying.changes VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER note_changes ON ddl_command_end EXECUTE FUNCTION emptying.note();
""".encode()


def _column(connection: psycopg.Connection, query: str) -> list[str]:
    return [value for (value,) in connection.execute(query.encode())]
