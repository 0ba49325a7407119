"""How many requests and held days one organisation may have open at a facility."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "facility",
        sa.Column(
            "most_open_requests",
            sa.Integer(),
            nullable=True,
            comment="of one organisation, not yet decided; where nobody states it: 20",
        ),
    )
    op.add_column(
        "facility",
        sa.Column(
            "most_held_days",
            sa.Integer(),
            nullable=True,
            comment="of one organisation, by requests not yet decided; where nobody states it: 60",
        ),
    )


def downgrade() -> None:
    # No batch migration: on SQLite that would drop the triggers of the table.
    op.drop_column("facility", "most_held_days")
    op.drop_column("facility", "most_open_requests")
