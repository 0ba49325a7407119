"""Facilities have concepts of the vocabulary, by which people find them in six languages."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    op.add_column(
        "facility",
        sa.Column(
            "concepts",
            sa.JSON(),
            nullable=True,
            comment="ids of the vocabulary; None: nobody has stated them",
        ),
    )


def downgrade() -> None:
    op.drop_column("facility", "concepts")
