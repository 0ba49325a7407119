"""The log of who changed what: append-only, each entry sealed with the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INDEXED = ("actor_id", "person_id", "organisation_id", "cluster_id", "facility_id")
#: What never changes; content, address, their salts and `erased_by` may, by an erasure.
FIXED = (
    "position",
    "at",
    "event",
    "actor_kind",
    "actor_id",
    "person_id",
    "organisation_id",
    "cluster_id",
    "facility_id",
    "reference",
    "content_digest",
    "address_digest",
    "previous_hash",
    "hash",
)
ERASABLE = ("content", "content_salt", "address", "address_salt")
NO_CHANGE = "audit_entry: entries are never changed or deleted"
NO_CHAIN = "audit_entry: it does not continue the chain"
NO_MOVE = "audit_head: it only goes on by one entry"


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="of the last entry; 0: there is none"
        ),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="of the last entry"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column(
            "actor_kind",
            sa.String(length=10),
            nullable=False,
            comment="person, operator, worker, visitor, product",
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True, comment="the person who did it"),
        sa.Column("person_id", sa.Integer(), nullable=True, comment="whom it is about"),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column(
            "reference", sa.String(length=7), nullable=True, comment="of the request: K7M-4QX"
        ),
        sa.Column(
            "content",
            sa.Text(),
            nullable=True,
            comment="JSON: before, after, why; None: nothing, or erased",
        ),
        sa.Column("content_salt", sa.String(length=32), nullable=True, comment="erased with it"),
        sa.Column(
            "content_digest", sa.String(length=64), nullable=True, comment="of salt and content"
        ),
        sa.Column(
            "address",
            sa.String(length=50),
            nullable=True,
            comment="network of the browser; None: no browser, or erased",
        ),
        sa.Column("address_salt", sa.String(length=32), nullable=True, comment="erased with it"),
        sa.Column(
            "address_digest", sa.String(length=64), nullable=True, comment="of salt and address"
        ),
        sa.Column(
            "previous_hash", sa.String(length=64), nullable=False, comment="of the entry before"
        ),
        sa.Column(
            "hash",
            sa.String(length=64),
            nullable=False,
            comment="of all but content, address and their salts",
        ),
        sa.Column(
            "erased_by",
            sa.Integer(),
            nullable=True,
            comment="position of the entry that says why content or address are gone",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entry")),
    )
    for column in INDEXED:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_audit_entry_{column}_at",
            "audit_entry",
            [column, "at", "position"],
            postgresql_where=there,
            sqlite_where=there,
        )
    beginning = "0" * 64
    op.execute(f"INSERT INTO audit_head (id, position, hash) VALUES (1, 0, '{beginning}')")  # noqa: S608
    (guard_postgresql if on_postgresql() else guard_sqlite)()


def guard_postgresql() -> None:
    """Let the database itself refuse what the log does not allow."""
    op.execute(f"""
        CREATE FUNCTION audit_entry_append() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE audit_head SET position = NEW.position, hash = NEW.hash
            WHERE position = NEW.position - 1 AND hash = NEW.previous_hash;
            IF NOT FOUND THEN RAISE EXCEPTION '{NO_CHAIN}'; END IF;
            RETURN NEW;
        END $$""")  # noqa: S608
    op.execute(f"""
        CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION '{NO_CHANGE}';
        END $$""")
    op.execute(f"""
        CREATE FUNCTION audit_head_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION '{NO_MOVE}';
        END $$""")
    update_only_erases = is_erasure("IS NOT DISTINCT FROM")
    create_triggers(
        audit_entry_append="BEFORE INSERT ON audit_entry FOR EACH ROW "
        "EXECUTE FUNCTION audit_entry_append()",
        audit_entry_no_update="BEFORE UPDATE ON audit_entry FOR EACH ROW "
        f"WHEN (NOT ({update_only_erases})) EXECUTE FUNCTION audit_refuse()",
        audit_entry_no_delete="BEFORE DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT "
        "EXECUTE FUNCTION audit_refuse()",
        audit_head_moves_on="BEFORE UPDATE ON audit_head FOR EACH ROW "
        "WHEN (NEW.position <> OLD.position + 1) EXECUTE FUNCTION audit_head_move()",
        audit_head_stays="BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT "
        "EXECUTE FUNCTION audit_head_move()",
    )


def guard_sqlite() -> None:
    """Do the same as on PostgreSQL."""
    last = "SELECT 1 FROM audit_head WHERE position = NEW.position - 1 AND hash = NEW.previous_hash"
    create_triggers(
        audit_entry_append="BEFORE INSERT ON audit_entry "
        f"WHEN NOT EXISTS ({last}) BEGIN SELECT RAISE(ABORT, '{NO_CHAIN}'); END",
        audit_entry_appended="AFTER INSERT ON audit_entry BEGIN "
        "UPDATE audit_head SET position = NEW.position, hash = NEW.hash; END",
        audit_entry_no_update="BEFORE UPDATE ON audit_entry "
        f"WHEN NOT ({is_erasure('IS')}) BEGIN SELECT RAISE(ABORT, '{NO_CHANGE}'); END",
        audit_entry_no_delete="BEFORE DELETE ON audit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{NO_CHANGE}'); END",
        audit_head_moves_on="BEFORE UPDATE ON audit_head "
        f"WHEN NEW.position <> OLD.position + 1 BEGIN SELECT RAISE(ABORT, '{NO_MOVE}'); END",
        audit_head_stays=f"BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, '{NO_MOVE}'); END",
    )


def create_triggers(**triggers: str) -> None:
    """Create triggers: what each does, by its name."""
    for name, does in triggers.items():
        op.execute(f"CREATE TRIGGER {name} {does}")


def is_erasure(equals: str) -> str:
    """Return the condition that an update only erases, and names the entry that says why."""
    fixed = [f"NEW.{column} {equals} OLD.{column}" for column in FIXED]
    gone = [f"(NEW.{column} IS NULL OR NEW.{column} {equals} OLD.{column})" for column in ERASABLE]
    named = "COALESCE(NEW.erased_by, 0) >= NEW.position"
    later = "COALESCE(NEW.erased_by, 0) >= COALESCE(OLD.erased_by, 0)"
    return " AND ".join([*fixed, *gone, named, later])


def on_postgresql() -> bool:
    """Return whether this runs on PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.drop_table("audit_head")
    if on_postgresql():
        for function in ("audit_entry_append", "audit_refuse", "audit_head_move"):
            op.execute(f"DROP FUNCTION {function}()")
