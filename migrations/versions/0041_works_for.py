"""For which organisations somebody worked who decided on a booking, as it was then."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

COMMENT = "for which organisations the actor of the owner's side worked then"


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    op.add_column("booking_log", sa.Column("works_for", sa.JSON(), nullable=True, comment=COMMENT))


def downgrade() -> None:
    op.drop_column("booking_log", "works_for")
