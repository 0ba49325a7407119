"""In which language a person reads pages, mails and calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column(
            "language",
            sa.String(length=20),
            nullable=False,
            server_default=sa.text("''"),
            comment="as Babel writes it; empty: what the browser asks for",
        ),
    )


def downgrade() -> None:
    op.drop_column("person", "language")
