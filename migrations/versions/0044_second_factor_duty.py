"""From when on a cluster asks its people for a second factor.

Who decides hangs on it, so who gets or loses one raises the number of the rules.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
TABLES = ("authenticator_app", "passkey")
#: With each sign-in such a row changes, which changes nothing for the rules.
EVENTS = ("INSERT", "DELETE")
COLUMNS = {
    "second_factor_from": "from then on roles need a second factor; None: they do not",
    "second_factor_reminded_at": "when people without one were reminded of that instant",
}


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    for column, comment in COLUMNS.items():
        op.add_column(
            "cluster",
            sa.Column(column, sa.DateTime(timezone=True), nullable=True, comment=comment),
        )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for event in EVENTS:
            does = (
                f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
                if on_postgresql
                else f"BEGIN {RAISE}; END"
            )
            op.execute(f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} {does}")


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for event in EVENTS:
            on_table = f" ON {table}" if on_postgresql else ""
            op.execute(f"DROP TRIGGER {name(table, event)}{on_table}")
    for column in COLUMNS:
        op.drop_column("cluster", column)


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{BUMP}_{table}_{event.lower()}"
