"""How long free time is held for who waits, and which dates were sent to the waiting list."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "facility",
        sa.Column(
            "waiting_list_days",
            sa.Integer(),
            nullable=True,
            comment="working days for which what becomes free is held for who waits; None: no list",
        ),
    )
    op.add_column(
        "occurrence",
        sa.Column(
            "began_waiting",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="sent to the waiting list: no feed has it before it is confirmed",
        ),
    )


def downgrade() -> None:
    # No batch migration: on SQLite that would rebuild the tables without their triggers.
    op.drop_column("occurrence", "began_waiting")
    op.drop_column("facility", "waiting_list_days")
