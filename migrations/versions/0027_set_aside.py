"""Time that owners keep free for named organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

RAISE = "calendar_version_raise"
EVENTS = ("INSERT", "UPDATE", "DELETE")
OF_SET_ASIDE = """
    SELECT DISTINCT f.root_id FROM {changed} c
    JOIN set_aside s ON s.id = c.set_aside_id JOIN facility f ON f.id = s.facility_id"""
#: By table: the column that leads to its trees, and the roots of `changed`, the rows concerned.
#: As in 0009: a migration that rebuilds one of them on SQLite must create its triggers again.
ROOTS = {
    "set_aside": (
        "facility_id",
        """
    SELECT DISTINCT f.root_id FROM {changed} c JOIN facility f ON f.id = c.facility_id""",
    ),
    "set_aside_place": ("set_aside_id", OF_SET_ASIDE),
    "set_aside_organisation": ("set_aside_id", OF_SET_ASIDE),
}


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="its name in forms"),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column(
            "whole",
            sa.Boolean(),
            nullable=False,
            comment="all its places and all of its parts",
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kept_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="from then on it is free for all, by itself",
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when somebody released it; None: nobody did",
        ),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_set_aside_ends_after_start")),
        sa.CheckConstraint("kept_until <= ends_at", name=op.f("ck_set_aside_kept_to_its_end")),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_set_aside_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_set_aside_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["person.id"], name=op.f("fk_set_aside_ended_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
        sa.UniqueConstraint("key", name=op.f("uq_set_aside_key")),
    )
    op.create_index("ix_set_aside_facility_id_ends_at", "set_aside", ["facility_id", "ends_at"])
    op.create_index(op.f("ix_set_aside_kept_until"), "set_aside", ["kept_until"])
    for name, other in (("set_aside_place", "place"), ("set_aside_organisation", "organisation")):
        op.create_table(
            name,
            sa.Column("set_aside_id", sa.Integer(), nullable=False),
            sa.Column(f"{other}_id", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["set_aside_id"], ["set_aside.id"], name=op.f(f"fk_{name}_set_aside_id_set_aside")
            ),
            sa.ForeignKeyConstraint(
                [f"{other}_id"], [f"{other}.id"], name=op.f(f"fk_{name}_{other}_id_{other}")
            ),
            sa.PrimaryKeyConstraint("set_aside_id", f"{other}_id", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_{other}_id"), name, [f"{other}_id"])
    for table in ROOTS:
        (on_postgres if op.get_bind().dialect.name == "postgresql" else on_sqlite)(table)


def on_postgres(table: str) -> None:
    """Create one trigger a statement, so that many rows raise a version once."""
    column, roots = ROOTS[table]
    both = f"(SELECT {column} FROM changed UNION SELECT {column} FROM before)"  # noqa: S608
    op.execute(
        f"CREATE FUNCTION {RAISE}_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN {raise_of(roots.format(changed=both))}; "
        f"ELSE {raise_of(roots.format(changed='changed'))}; END IF; RETURN NULL; END $$"
    )
    tables = {
        "INSERT": "NEW TABLE AS changed",
        "UPDATE": "OLD TABLE AS before NEW TABLE AS changed",
        "DELETE": "OLD TABLE AS changed",
    }
    for event in EVENTS:
        op.execute(
            f"CREATE TRIGGER {trigger(table, event)} AFTER {event} ON {table} "
            f"REFERENCING {tables[event]} FOR EACH STATEMENT EXECUTE FUNCTION {RAISE}_{table}()"
        )


def on_sqlite(table: str) -> None:
    """Create triggers that raise the version with each row."""
    column, roots = ROOTS[table]
    new, old = (f"SELECT {row}.{column} AS {column}" for row in ("NEW", "OLD"))
    changed = {"INSERT": f"({new})", "UPDATE": f"({new} UNION {old})", "DELETE": f"({old})"}
    for event in EVENTS:
        does = raise_of(roots.format(changed=changed[event]))
        op.execute(
            f"CREATE TRIGGER {trigger(table, event)} AFTER {event} ON {table} BEGIN {does}; END"
        )


def raise_of(roots: str) -> str:
    """Return the statement that raises the versions of these roots, in the order of their ids."""
    return (
        f"INSERT INTO calendar_version (root_id, number) SELECT r.root_id, 1 FROM ({roots}) r "  # noqa: S608
        "WHERE r.root_id IS NOT NULL ORDER BY r.root_id "
        "ON CONFLICT (root_id) DO UPDATE SET number = calendar_version.number + 1"
    )


def trigger(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{RAISE}_{table}_{event.lower()}"


def downgrade() -> None:
    # The triggers go with their tables.
    for table in reversed(ROOTS):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in ROOTS:
            op.execute(f"DROP FUNCTION {RAISE}_{table}()")
