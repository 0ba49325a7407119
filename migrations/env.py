"""Runs migrations inside the application, on its configured database."""

from alembic import context
from flask import current_app

from booking.db.transactions import writing_options
from booking.extensions import Model

LOCK_TIMEOUT = "1s"  # a blocked migration fails at once instead of blocking everybody behind it


def run() -> None:
    """Run the requested migrations, each in its own transaction."""
    engine = current_app.extensions["migrate"].db.engine
    # Migrations write; with SQLite's foreign keys on, tables could not be rebuilt.
    with engine.connect().execution_options(**writing_options(engine)) as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=off")
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=on")


run()
