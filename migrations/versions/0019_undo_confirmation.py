"""Which dates had a hold before they were confirmed, so that confirming can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "booking_log",
        sa.Column(
            "held_ids",
            sa.JSON(),
            nullable=True,
            comment="which of the dates had a hold before they were confirmed; None: not known",
        ),
    )


def downgrade() -> None:
    # No batch migration: on SQLite that would rebuild the table.
    op.drop_column("booking_log", "held_ids")
