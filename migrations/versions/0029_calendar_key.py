"""A key for the UIDs of busy times, so that they do not hang on the secret key."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        "calendar_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "key", sa.String(length=64), nullable=False, comment="random, made by the migration"
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_calendar_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_key")),
    )
    op.bulk_insert(table, [{"id": 1, "key": secrets.token_urlsafe(32)}])


def downgrade() -> None:
    op.drop_table("calendar_key")
