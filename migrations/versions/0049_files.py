"""Pictures and documents of facilities."""

import sqlalchemy as sa
from alembic import op

UTCDateTime = sa.DateTime(timezone=True)

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
#: Pages keep in memory under the number which picture stands for a facility.
TABLE = "facility_file"
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="in lower-case hex"),
        sa.Column("size", sa.Integer(), nullable=False, comment="in bytes"),
        sa.Column("media_type", sa.String(length=40), nullable=False, comment="by its content"),
        sa.Column("width", sa.Integer(), nullable=True, comment="of a picture, in pixels"),
        sa.Column("height", sa.Integer(), nullable=True, comment="of a picture, in pixels"),
        sa.Column(
            "name", sa.String(length=100), nullable=False, comment="cleaned; as which it is sent"
        ),
        sa.Column("put_by_id", sa.Integer(), nullable=True),
        sa.Column("put_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["put_by_id"], ["person.id"], name=op.f("fk_stored_file_put_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index(op.f("ix_stored_file_sha256"), "stored_file", ["sha256"])
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="picture, document"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("small_id", sa.Integer(), nullable=True),
        sa.Column(
            "words",
            sa.String(length=250),
            nullable=False,
            comment="what is on a picture, for who cannot see it; title of a document",
        ),
        sa.Column(
            "credit",
            sa.String(length=120),
            nullable=False,
            server_default=sa.text("''"),
            comment="whose picture it is",
        ),
        sa.Column(
            "language",
            sa.String(length=2),
            nullable=False,
            server_default=sa.text("''"),
            comment="of a document",
        ),
        sa.Column(
            "audience",
            sa.String(length=10),
            nullable=False,
            server_default=sa.text("'public'"),
            comment="public, signed_in, confirmed",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_facility_file_{column}_{target}")
            )
            for column, target in (
                ("facility_id", "facility"),
                ("file_id", "stored_file"),
                ("small_id", "stored_file"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_file")),
    )
    op.create_index("ix_facility_file_facility_id", TABLE, ["facility_id", "kind", "position"])
    op.create_index(op.f("ix_facility_file_file_id"), TABLE, ["file_id"])
    op.create_index(op.f("ix_facility_file_small_id"), TABLE, ["small_id"])
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    does = (
        f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()" if on_postgresql else f"BEGIN {RAISE}; END"
    )
    for event in EVENTS:
        op.execute(f"CREATE TRIGGER {name(event)} AFTER {event} ON {TABLE} {does}")


def downgrade() -> None:
    op.drop_table(TABLE)  # its triggers go with it
    op.drop_table("stored_file")


def name(event: str) -> str:
    """Return the name of the trigger."""
    return f"{BUMP}_{TABLE}_{event.lower()}"
