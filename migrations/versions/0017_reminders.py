"""When those who decide on a booking were reminded of it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = {
    "reminded_at": "when who decides was reminded, halfway to the due date",
    "escalated_at": "when the coordinators were told that the answer is overdue",
    "requester_reminded_at": "when the requester reminded who decides, after the due date",
}


def upgrade() -> None:
    for name, comment in COLUMNS.items():
        op.add_column(
            "booking", sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)
        )


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("booking", name)
