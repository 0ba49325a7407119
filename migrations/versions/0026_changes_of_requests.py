"""What requesters change: details of single dates, and lines of the log that say what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "occurrence",
        sa.Column(
            "own_details",
            sa.JSON(),
            nullable=True,
            comment="details of the request that are otherwise for this date, by name; None: none",
        ),
    )
    op.add_column(
        "booking_log",
        sa.Column(
            "changes",
            sa.JSON(),
            nullable=True,
            comment="what the requester changed or asks to change, before and after",
        ),
    )


def downgrade() -> None:
    # No batch migration: on SQLite that would rebuild the tables, without their triggers.
    op.drop_column("booking_log", "changes")
    op.drop_column("occurrence", "own_details")
