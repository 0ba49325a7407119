"""Dates that take the place of others: proposals, moves and edits."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FOREIGN_KEY = "fk_occurrence_replaces_id_occurrence"


def upgrade() -> None:
    # No batch migration: on SQLite that would drop the triggers of the table.
    op.add_column(
        "occurrence",
        sa.Column(
            "feed_uid",
            sa.String(length=40),
            nullable=True,
            comment="UID in feeds: that of the date it replaced; None: uid",
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE occurrence ADD COLUMN replaces_id INTEGER "
            f"CONSTRAINT {FOREIGN_KEY} REFERENCES occurrence (id)"
        )
    else:
        op.add_column(
            "occurrence",
            sa.Column(
                "replaces_id",
                sa.Integer(),
                nullable=True,
                comment="the date of the same booking in whose place it is, "
                "or would be once confirmed",
            ),
        )
        op.create_foreign_key(FOREIGN_KEY, "occurrence", "occurrence", ["replaces_id"], ["id"])
        op.alter_column("occurrence", "uid", comment="random; on pages")
    is_replacement = sa.text("replaces_id IS NOT NULL")
    op.create_index(
        "ix_occurrence_replaces_id",
        "occurrence",
        ["replaces_id"],
        postgresql_where=is_replacement,
        sqlite_where=is_replacement,
    )


def downgrade() -> None:
    op.drop_index("ix_occurrence_replaces_id", table_name="occurrence")
    op.drop_column("occurrence", "replaces_id")
    op.drop_column("occurrence", "feed_uid")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("occurrence", "uid", comment="random; in all feeds")
