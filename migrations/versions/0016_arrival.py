"""How to arrive at facilities, and of which dates people were reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrival",
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="empty: as above"),
        sa.Column(
            "reminder_days",
            sa.Integer(),
            nullable=True,
            comment="working days before the first date; 0: no reminder; None: as above",
        ),
        sa.CheckConstraint(
            "reminder_days >= 0", name=op.f("ck_arrival_reminder_days_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_arrival_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_arrival")),
    )
    op.create_table(
        "arrival_reminder",
        sa.Column("occurrence_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"],
            ["occurrence.id"],
            name=op.f("fk_arrival_reminder_occurrence_id_occurrence"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("occurrence_id", name=op.f("pk_arrival_reminder")),
    )
    # The worker looks for dates that start soon.
    op.create_index("ix_occurrence_starts_at", "occurrence", ["starts_at"])


def downgrade() -> None:
    op.drop_index("ix_occurrence_starts_at", table_name="occurrence")
    op.drop_table("arrival_reminder")
    op.drop_table("arrival")
