"""Pictures and documents of facilities that are not published."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

TABLE = "draft_file"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="picture, document"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("small_id", sa.Integer(), nullable=True),
        sa.Column(
            "words",
            sa.String(length=250),
            nullable=False,
            comment="what is on a picture, for who cannot see it; title of a document",
        ),
        sa.Column(
            "credit",
            sa.String(length=120),
            nullable=False,
            server_default=sa.text("''"),
            comment="whose picture it is",
        ),
        sa.Column(
            "language",
            sa.String(length=2),
            nullable=False,
            server_default=sa.text("''"),
            comment="of a document",
        ),
        sa.Column(
            "audience",
            sa.String(length=10),
            nullable=False,
            server_default=sa.text("'public'"),
            comment="public, signed_in, confirmed",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_draft_file_{column}_{target}")
            )
            for column, target in (
                ("draft_id", "facility_draft"),
                ("file_id", "stored_file"),
                ("small_id", "stored_file"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
    )
    op.create_index("ix_draft_file_draft_id", TABLE, ["draft_id", "kind", "position"])
    op.create_index(op.f("ix_draft_file_file_id"), TABLE, ["file_id"])
    op.create_index(op.f("ix_draft_file_small_id"), TABLE, ["small_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
