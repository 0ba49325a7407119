"""Subjects raise the revision number too, and facilities lose their copy of what is searched."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
#: The index of words is kept in memory under the number, and has the subjects of each facility.
TABLES = ("facility_focus_area", "focus_area")
EVENTS = [(table, event) for table in TABLES for event in ("INSERT", "UPDATE", "DELETE")]


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, event in EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE}; END"
        )
        op.execute(f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} {does}")
    # No batch migration: on SQLite that would drop the triggers of the table.
    op.drop_column("facility", "search_text")


def downgrade() -> None:
    op.add_column(
        "facility",
        sa.Column("search_text", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    for table, event in EVENTS:
        on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER {name(table, event)}{on_table}")


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{BUMP}_{table}_{event.lower()}"
