"""Runs the migrations inside the application, on the database that it is configured for."""

from alembic import context
from flask import current_app

from booking.extensions import Model

LOCK_TIMEOUT = "1s"  # a blocked migration fails at once instead of blocking everybody behind it


def run() -> None:
    """Run the wanted migrations, each in a transaction of its own."""
    engine = current_app.extensions["migrate"].db.engine
    # A migration writes; SQLite's foreign keys would stop a table from being rebuilt.
    with engine.connect().execution_options(writes=True) as connection:
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
