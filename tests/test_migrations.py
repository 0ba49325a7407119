"""Migrations: every revision up and down, and never without the guard against overlaps."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from booking.db.readiness import MIGRATIONS
from booking.extensions import Model, db

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
NINE = datetime(2027, 1, 12, 9, tzinfo=UTC)


@pytest.fixture
def schema(app: Flask) -> Iterator[None]:
    """An application context in which migrations run."""
    with app.app_context():
        yield
        db.session.remove()


def inventory() -> dict[str, list[str]]:
    """Tables with their columns and indexes, triggers and constraints that guard included."""
    inspector = sa.inspect(db.engine)
    found = {
        table: sorted(
            [f"{column['name']} {column['type']} {column['nullable']}"
             for column in inspector.get_columns(table)]
            + [str(index["name"]) for index in inspector.get_indexes(table)]
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }  # fmt: skip
    return {**found, "guards": guards()}


def guards() -> list[str]:
    if db.engine.dialect.name == "postgresql":
        query = "SELECT conname FROM pg_constraint WHERE contype = 'x'"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with db.engine.connect() as connection:
        return sorted(connection.execute(sa.text(query)).scalars())


def test_revisions_are_numbered_without_gaps_and_end_in_one_head() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert SCRIPTS.get_heads() == [REVISIONS[-1]]


def test_the_migrations_create_the_schema_of_the_models(schema: None) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_downgrading_to_nothing_and_upgrading_again_gives_the_same_schema(schema: None) -> None:
    before = inventory()
    flask_migrate.downgrade(revision="base")
    assert inventory() == {"guards": []}
    flask_migrate.upgrade()
    assert inventory() == before


def test_after_each_revision_the_database_refuses_overlapping_occupancies_of_a_place(
    schema: None,
) -> None:
    flask_migrate.downgrade(revision="base")
    for revision in REVISIONS:
        flask_migrate.upgrade(revision=revision)
        accepted = [name for name, write in OVERLAPPING.items() if not is_refused(write)]
        assert accepted == [], revision


def overlapping(begins: int, hours: int) -> Callable[[sa.Connection], None]:
    """Return what writes an occupancy that begins so many hours after nine."""
    return lambda connection: take(connection, NINE + timedelta(hours=begins), hours=hours)


def moved_over_the_next(connection: sa.Connection) -> None:
    connection.execute(
        sa.text("UPDATE occupancy SET ends_at = :later WHERE starts_at = :nine"),
        {"later": stored(NINE + timedelta(hours=3)), "nine": stored(NINE)},
    )


#: Two hours from nine are taken, and the hour after: touching is no overlap.
OVERLAPPING = {
    "its end": overlapping(1, 2),
    "its beginning": overlapping(-1, 2),
    "the same": overlapping(0, 2),
    "a part": overlapping(0, 1),
    "around both": overlapping(-1, 5),
    "moved": moved_over_the_next,
}


def is_refused(write: Callable[[sa.Connection], None]) -> bool:
    """Return whether the guard refuses this beside two occupancies; nothing is kept."""
    with db.engine.connect() as connection:
        _without_foreign_keys(connection)
        take(connection, NINE, hours=2)
        take(connection, NINE + timedelta(hours=2), hours=1)
        try:
            with connection.begin_nested():
                write(connection)
        except DBAPIError as error:
            return "occupancy_no_overlap" in str(error)
        finally:
            connection.rollback()
            connection.invalidate()  # the next one is to mind foreign keys
        return False


def stored(instant: datetime) -> str:
    """An instant as raw SQL takes it."""
    text = f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return text if db.engine.dialect.name == "sqlite" else f"{text}+00"


def take(connection: sa.Connection, starts: datetime, *, hours: int) -> None:
    """Write a row that takes place 1, by itself if the database lets it."""
    with connection.begin_nested():
        connection.execute(
            sa.text(
                "INSERT INTO occupancy (place_id, occurrence_id, starts_at, ends_at)"
                " VALUES (1, 1, :starts, :ends)"
            ),
            {"starts": stored(starts), "ends": stored(starts + timedelta(hours=hours))},
        )


def _without_foreign_keys(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=off")
        return
    connection.exec_driver_sql("SET session_replication_role = replica")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_sqlite_accepts_times_in_one_form_only(schema: None) -> None:
    with db.engine.connect() as connection:
        _without_foreign_keys(connection)
        for text in ("2027-01-12T09:00:00", "2027-01-12 09:00:00+01:00", "12 Jan 2027"):
            with pytest.raises(IntegrityError, match="canonical"):
                connection.execute(
                    sa.text(
                        "INSERT INTO occupancy (place_id, occurrence_id, starts_at, ends_at)"
                        " VALUES (1, 1, :text, '2027-01-12 10:00:00.000000')"
                    ),
                    {"text": text},
                )


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_migration_blocked_by_a_reader_fails_at_once_and_works_when_repeated(
    schema: None,
) -> None:
    with db.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM occupancy"))
        with pytest.raises(OperationalError, match="lock timeout"):
            flask_migrate.downgrade(revision="base")
        reader.rollback()
    flask_migrate.downgrade(revision="base")
    assert guards() == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_sqlite_connection_keeps_foreign_keys_and_waits_for_its_turn(
    schema: None,
) -> None:
    with db.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        }
    assert settings == {
        "foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000
    }  # fmt: skip
    assert sqlite3.sqlite_version_info >= (3, 35)
    assert Path(db.engine.url.database).exists()
