"""Conditions of facilities, and of bookings that wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "facility_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="agreement, induction, insurance, permit, visitor_list, inspection, other",
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "stage", sa.String(length=20), nullable=False, comment="before_final, before_arrival"
        ),
        sa.Column(
            "days_before",
            sa.Integer(),
            nullable=False,
            comment="before arrival: so many days before the first date",
        ),
        sa.Column(
            "removed_at",
            UTCDateTime,
            nullable=True,
            comment="from then on not for new bookings; None: on the list",
        ),
        sa.CheckConstraint(
            "days_before >= 0", name=op.f("ck_facility_condition_days_before_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["facility.id"],
            name=op.f("fk_facility_condition_facility_id_facility"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_condition")),
    )
    op.create_index("ix_facility_condition_facility_id", "facility_condition", ["facility_id"])
    op.create_table(
        "booking_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column(
            "listed_id",
            sa.Integer(),
            nullable=True,
            comment="the facility's condition; None: added for this booking only",
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "stage", sa.String(length=20), nullable=False, comment="before_final, before_arrival"
        ),
        sa.Column("due_at", UTCDateTime, nullable=False),
        sa.Column(
            "status",
            sa.String(length=20),
            nullable=False,
            comment="open, done (says the requester), not_yet, met, waived",
        ),
        sa.Column(
            "note",
            sa.Text(),
            nullable=False,
            comment="what was written with the latest change of its status",
        ),
        sa.Column(
            "missed_at",
            UTCDateTime,
            nullable=True,
            comment="when the owner was told that it was not met in time",
        ),
        sa.Column("added_at", UTCDateTime, nullable=False),
        sa.Column(
            "taken_off_at",
            UTCDateTime,
            nullable=True,
            comment="when the confirmation that came with it was undone; None: it counts",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_booking_condition_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["listed_id"],
            ["facility_condition.id"],
            name=op.f("fk_booking_condition_listed_id_facility_condition"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_condition")),
    )
    op.create_index(op.f("ix_booking_condition_booking_id"), "booking_condition", ["booking_id"])
    op.create_index(op.f("ix_booking_condition_due_at"), "booking_condition", ["due_at"])
    # No batch migration: on SQLite that would rebuild the table.
    key = "fk_booking_log_condition_id_booking_condition"
    op.execute(
        f"ALTER TABLE booking_log ADD COLUMN condition_id INTEGER "
        f"CONSTRAINT {key} REFERENCES booking_condition (id)"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "COMMENT ON COLUMN booking_log.condition_id IS 'the condition to which it happened'"
        )


def downgrade() -> None:
    with op.batch_alter_table("booking_log") as batch:
        batch.drop_column("condition_id")
    op.drop_table("booking_condition")
    op.drop_table("facility_condition")
