"""Saved replies of clusters, and the code of a decline in the log of a booking."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "booking_log",
        sa.Column(
            "reason_code",
            sa.String(length=20),
            nullable=True,
            comment="why dates were declined, for figures; None: no code was chosen",
        ),
    )
    op.create_table(
        "saved_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column(
            "title", sa.String(length=80), nullable=False, comment="by which approvers find it"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="rises with each change"),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_saved_reply_cluster_id_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_saved_reply_changed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reply")),
        sa.UniqueConstraint("cluster_id", "title", name=op.f("uq_saved_reply_cluster_id_title")),
    )


def downgrade() -> None:
    op.drop_table("saved_reply")
    # No batch migration: on SQLite that would rebuild the table.
    op.drop_column("booking_log", "reason_code")
