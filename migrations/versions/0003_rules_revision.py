"""A revision number that rises with every change of terms, hours, tree or deciders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
#: The tables that terms depend on. A migration that rebuilds one of them on SQLite, as batch
#: migrations do, drops its triggers and must create them again.
TABLES = (
    "approver",
    "cluster",
    "coordinator",
    "facility",
    "kind_default",
    "opening_span",
    "special_day",
    "timetable",
)
# Of people only `is_active` matters.
EVENTS = [(table, event) for table in TABLES for event in ("INSERT", "UPDATE", "DELETE")]
EVENTS.append(("person", "UPDATE OF is_active"))


def upgrade() -> None:
    op.create_table(
        "rules_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_rules_revision_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_revision")),
    )
    op.execute("INSERT INTO rules_revision (id, number) VALUES (1, 1)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {BUMP}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {RAISE}; RETURN NULL; END $$"
        )
        for table, event in EVENTS:
            op.execute(
                f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            )
        return
    for table, event in EVENTS:
        op.execute(
            f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} BEGIN {RAISE}; END"
        )


def downgrade() -> None:
    for table, event in EVENTS:
        on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER {name(table, event)}{on_table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {BUMP}()")
    op.drop_table("rules_revision")


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{BUMP}_{table}_{event.split(maxsplit=1)[0].lower()}"
