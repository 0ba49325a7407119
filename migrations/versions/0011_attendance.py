"""When the people of a date arrived and left."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = {
    "arrived_at": "when the people came, as the owner noted it",
    "left_at": "when they left, as the owner noted it",
}


def upgrade() -> None:
    for name, comment in COLUMNS.items():
        column = sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)
        op.add_column("occurrence", column)


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("occurrence", name)
