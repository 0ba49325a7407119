"""Times of which people want to be told when they become free, and notices of these."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
ONE_OF_THREE = (
    "CASE WHEN log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN account_log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN enquiry_message_id IS NULL THEN 0 ELSE 1 END"
)
ONE_OF_FOUR = f"{ONE_OF_THREE} + CASE WHEN free_time_alert_id IS NULL THEN 0 ELSE 1 END = 1"
BOOKING_OF_LINE = "(log_id IS NULL) = (booking_id IS NULL)"


def upgrade() -> None:
    op.create_table(
        "free_time_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False, comment="all of it: nobody else there"),
        sa.Column(
            "places", sa.Integer(), nullable=False, comment="own places wanted when not whole"
        ),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column(
            "told_at",
            UTCDateTime,
            nullable=True,
            comment="when the person was told; None: not yet",
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_free_time_alert_ends_after_start")),
        sa.CheckConstraint("places >= 0", name=op.f("ck_free_time_alert_places_not_negative")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_free_time_alert_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_free_time_alert_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_free_time_alert")),
        sa.UniqueConstraint("key", name=op.f("uq_free_time_alert_key")),
    )
    op.create_index(op.f("ix_free_time_alert_person_id"), "free_time_alert", ["person_id"])
    op.create_index(op.f("ix_free_time_alert_facility_id"), "free_time_alert", ["facility_id"])
    op.create_index(
        "ix_free_time_alert_told_at_starts_at", "free_time_alert", ["told_at", "starts_at"]
    )
    # On SQLite a batch migration rebuilds the table without its checks, so both are made anew.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.add_column(sa.Column("free_time_alert_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_notice_free_time_alert_id_free_time_alert"),
            "free_time_alert",
            ["free_time_alert_id"],
            ["id"],
        )
        batch.create_unique_constraint(
            op.f("uq_notice_person_id_free_time_alert_id"), ["person_id", "free_time_alert_id"]
        )
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), ONE_OF_FOUR)
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
        batch.create_index(op.f("ix_notice_free_time_alert_id"), ["free_time_alert_id"])


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE free_time_alert_id IS NOT NULL")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        batch.drop_index(op.f("ix_notice_free_time_alert_id"))
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.drop_constraint(op.f("uq_notice_person_id_free_time_alert_id"), type_="unique")
        batch.drop_constraint(
            op.f("fk_notice_free_time_alert_id_free_time_alert"), type_="foreignkey"
        )
        batch.drop_column("free_time_alert_id")
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), f"{ONE_OF_THREE} = 1")
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
    op.drop_index("ix_free_time_alert_told_at_starts_at", table_name="free_time_alert")
    op.drop_index(op.f("ix_free_time_alert_facility_id"), table_name="free_time_alert")
    op.drop_index(op.f("ix_free_time_alert_person_id"), table_name="free_time_alert")
    op.drop_table("free_time_alert")
