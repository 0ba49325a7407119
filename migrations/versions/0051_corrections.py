"""Mistakes that people report on pages of facilities."""

import sqlalchemy as sa
from alembic import op

UTCDateTime = sa.DateTime(timezone=True)

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

EVENTS = (
    "joined, left, manager_named, manager_removed, join_request_passed_on, join_announced, "
    "approver_named, approver_removed, coordinator_named, coordinator_removed, stand_in_named, "
    "deactivated, keeper_named, keeper_removed, auditor_named, auditor_removed, merged"
)
MORE = "mistake_reported, mistake_corrected, mistake_kept"


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("reported_at", UTCDateTime, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", UTCDateTime, nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True, comment="corrected, kept"),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_correction_{column}_{target}")
            )
            for column, target in (
                ("facility_id", "facility"),
                ("reported_by_id", "person"),
                ("settled_by_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_facility_id", "correction", ["facility_id", "settled_at"])
    op.create_index("ix_correction_reported_by_id", "correction", ["reported_by_id", "reported_at"])
    comment_events(f"{EVENTS}, {MORE}")


def downgrade() -> None:
    op.drop_table("correction")
    comment_events(EVENTS)


def comment_events(events: str) -> None:
    """Say in the database which events there are."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{events}'")
