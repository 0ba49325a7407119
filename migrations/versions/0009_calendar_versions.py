"""A version of each tree's calendars, which rises with all that is drawn in them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RULES_BUMP = "rules_revision_bump"
RAISE_RULES = "UPDATE rules_revision SET number = number + 1"
#: What is named in calendars, or decides who may read them, beside what 0003 and 0006 have.
RULES_EVENTS = (("organisation", "name"), ("person", "organisation_id"))

RAISE = "calendar_version_raise"
ANY = ("INSERT", "UPDATE", "DELETE")
OF_FACILITY = """
    SELECT DISTINCT (SELECT f.root_id FROM facility f WHERE f.id = c.facility_id) AS root_id
    FROM {changed} c"""
OF_PLACE = """
    SELECT DISTINCT (
        SELECT f.root_id FROM place p JOIN facility f ON f.id = p.facility_id
        WHERE p.id = c.place_id
    ) AS root_id
    FROM {changed} c"""
OF_REQUEST = """
    SELECT DISTINCT f.root_id FROM {changed} c
    JOIN booking b ON b.request_id = c.id JOIN facility f ON f.id = b.facility_id"""
OF_CLOSURE = """
    SELECT DISTINCT f.root_id FROM {changed} c
    JOIN facility f ON f.id = c.facility_id OR
        (c.facility_id IS NULL AND f.cluster_id = c.cluster_id)"""
OF_CLOSURE_SLOT = """
    SELECT DISTINCT f.root_id FROM {changed} s JOIN closure c ON c.id = s.closure_id
    JOIN facility f ON f.id = c.facility_id OR
        (c.facility_id IS NULL AND f.cluster_id = c.cluster_id)"""
#: By table: the columns that lead to its trees, the events, and the roots of `changed`, the rows
#: concerned. A migration that rebuilds one of them on SQLite, as batch migrations do, drops its
#: triggers and must create them again.
ROOTS = {
    "occupancy": ("place_id", ANY, OF_PLACE),
    "occurrence": ("facility_id", ANY, OF_FACILITY),
    "booking_request": ("id", ("UPDATE",), OF_REQUEST),
    "place": ("facility_id", ANY, OF_FACILITY),
    "quota": ("facility_id", ANY, OF_FACILITY),
    "closure": ("cluster_id, facility_id", ANY, OF_CLOSURE),
    "closure_slot": ("closure_id", ANY, OF_CLOSURE_SLOT),
}


def upgrade() -> None:
    op.create_table(
        "calendar_version",
        sa.Column("root_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["root_id"],
            ["facility.id"],
            name=op.f("fk_calendar_version_root_id_facility"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("root_id", name=op.f("pk_calendar_version")),
    )
    # So that the next end of a hold is found at once.
    held = sa.text("held_until IS NOT NULL")
    op.create_index(
        "ix_occupancy_held_until",
        "occupancy",
        ["held_until"],
        postgresql_where=held,
        sqlite_where=held,
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, column in RULES_EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {RULES_BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE_RULES}; END"
        )
        trigger = f"{RULES_BUMP}_{table}_{column}"
        op.execute(f"CREATE TRIGGER {trigger} AFTER UPDATE OF {column} ON {table} {does}")
    for table in ROOTS:
        (on_postgres if on_postgresql else on_sqlite)(table)


def on_postgres(table: str) -> None:
    """Create one trigger a statement, so that many rows raise a version once."""
    column, events, roots = ROOTS[table]
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
    for event in events:
        op.execute(
            f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} "
            f"REFERENCING {tables[event]} FOR EACH STATEMENT EXECUTE FUNCTION {RAISE}_{table}()"
        )


def on_sqlite(table: str) -> None:
    """Create triggers that raise the version with each row."""
    column, events, roots = ROOTS[table]
    columns = column.split(", ")
    rows = {
        row: "SELECT " + ", ".join(f"{row}.{one} AS {one}" for one in columns)
        for row in ("NEW", "OLD")
    }
    changed = {
        "INSERT": f"({rows['NEW']})",
        "UPDATE": f"({rows['NEW']} UNION {rows['OLD']})",
        "DELETE": f"({rows['OLD']})",
    }
    for event in events:
        does = raise_of(roots.format(changed=changed[event]))
        op.execute(
            f"CREATE TRIGGER {name(table, event)} AFTER {event} ON {table} BEGIN {does}; END"
        )


def raise_of(roots: str) -> str:
    """Return the statement that raises the versions of these roots, in the order of their ids."""
    return (
        f"INSERT INTO calendar_version (root_id, number) SELECT r.root_id, 1 FROM ({roots}) r "  # noqa: S608
        "WHERE r.root_id IS NOT NULL ORDER BY r.root_id "
        "ON CONFLICT (root_id) DO UPDATE SET number = calendar_version.number + 1"
    )


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, (_, events, _) in ROOTS.items():
        on_table = f" ON {table}" if on_postgresql else ""
        for event in events:
            op.execute(f"DROP TRIGGER {name(table, event)}{on_table}")
        if on_postgresql:
            op.execute(f"DROP FUNCTION {RAISE}_{table}()")
    for table, column in RULES_EVENTS:
        on_table = f" ON {table}" if on_postgresql else ""
        op.execute(f"DROP TRIGGER {RULES_BUMP}_{table}_{column}{on_table}")
    op.drop_index("ix_occupancy_held_until", table_name="occupancy")
    op.drop_table("calendar_version")


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{RAISE}_{table}_{event.lower()}"
