"""Administrators merge concepts of the vocabulary."""

import sqlalchemy as sa
from alembic import op

from booking.db.times import UTCDateTime

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

TABLE = "concept_merge"
BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    """Add the table, and let its changes raise the number of the rules."""
    op.create_table(
        TABLE,
        sa.Column("concept_id", sa.String(length=80), nullable=False),
        sa.Column(
            "into_id",
            sa.String(length=80),
            nullable=False,
            comment="may have been merged itself since",
        ),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.Column("merged_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["person.id"], name=op.f(f"fk_{TABLE}_merged_by_id_person")
        ),
        sa.PrimaryKeyConstraint("concept_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_merged_by_id"), TABLE, ["merged_by_id"])
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE}; END"
        )
        name = f"{BUMP}_{TABLE}_{event.lower()}"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {TABLE} {does}")


def downgrade() -> None:
    """Remove it; its triggers go with it. The concepts are back."""
    op.drop_index(op.f(f"ix_{TABLE}_merged_by_id"), table_name=TABLE)
    op.drop_table(TABLE)
