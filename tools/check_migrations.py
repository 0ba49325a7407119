"""Do the migrations make the tables that the models describe, on both engines?

    python -m tools.check_migrations

Also: one head, and numbered names without gaps. Exits with 1 and says what differs.
PostgreSQL is left out where it is not installed, unless REQUIRE_POSTGRES=1.
"""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import Any

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from booking.app import create_app
from booking.config import Settings
from booking.extensions import Model, db
from tools import postgresql

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Check, and return the exit code."""
    for path in sorted(ROOT.glob("booking/*/*models.py")):
        import_module(f"booking.{path.parent.name}.{path.stem}")
    faults = faults_of_names(ROOT / "migrations")
    with tempfile.TemporaryDirectory() as folder:
        faults += differences("SQLite", f"sqlite:///{folder}/check.db")
    try:
        with postgresql.running() as server:
            server.create("check")
            faults += differences("PostgreSQL", server.url("check"))
    except postgresql.NotInstalledError as missing:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            faults.append(str(missing))
        else:
            print(f"Checked on SQLite only. {missing}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def faults_of_names(folder: Path) -> list[str]:
    """Return what is wrong with the names and the order of the revisions."""
    script = ScriptDirectory(str(folder))
    heads = script.get_heads()
    if len(heads) != 1:
        return [f"There are {len(heads)} newest revisions, not one: {', '.join(heads)}"]
    in_order = [Path(one.path).name for one in reversed(list(script.walk_revisions()))]
    return [
        f"Revision {number} is called {name}; its name must begin with {number:04}_"
        for number, name in enumerate(in_order, start=1)
        if not name.startswith(f"{number:04}_")
    ]


def differences(engine: str, database_url: str) -> list[str]:
    """Return how an empty database, migrated, differs from the models; empty when it does not."""
    app = create_app(Settings(secret_key=token_hex(), database_url=database_url))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            found: list[Any] = compare_metadata(context, Model.metadata)
        db.engine.dispose()
    return [f"{engine}, migrated, lacks or has too much: {one}" for one in found]


if __name__ == "__main__":
    sys.exit(main())
