"""Enquiries about facilities, their messages, and notices of these."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
ONE_LINE = "(log_id IS NULL) <> (account_log_id IS NULL)"
ONE_OF_THREE = (
    "CASE WHEN log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN account_log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN enquiry_message_id IS NULL THEN 0 ELSE 1 END = 1"
)
BOOKING_OF_LINE = "(log_id IS NULL) = (booking_id IS NULL)"
AFTER = "state of the dates by this change; None: about "


def upgrade() -> None:
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=7), nullable=False, comment="K7M-4QX"),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "asked_by_id",
            sa.Integer(),
            nullable=False,
            comment="who began it, and so does not answer it",
        ),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column("last_message_at", UTCDateTime, nullable=False),
        sa.Column(
            "is_answered",
            sa.Boolean(),
            nullable=False,
            comment="the latest message is the owner's",
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_enquiry_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_enquiry_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_enquiry_asked_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        sa.UniqueConstraint(
            "organisation_id", "facility_id", name=op.f("uq_enquiry_organisation_id_facility_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_enquiry_reference")),
    )
    op.create_index(op.f("ix_enquiry_facility_id"), "enquiry", ["facility_id"])
    op.create_table(
        "enquiry_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.String(length=12),
            nullable=False,
            comment="of its author: requester, owner",
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enquiry_id"], ["enquiry.id"], name=op.f("fk_enquiry_message_enquiry_id_enquiry")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_enquiry_message_author_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry_message")),
    )
    op.create_index(op.f("ix_enquiry_message_enquiry_id"), "enquiry_message", ["enquiry_id"])
    # On SQLite a batch migration rebuilds the table without its checks, so both are made anew.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.add_column(sa.Column("enquiry_message_id", sa.Integer(), nullable=True))
        batch.alter_column(
            "after",
            existing_type=sa.String(length=20),
            existing_nullable=True,
            comment=f"{AFTER}no booking",
        )
        batch.create_foreign_key(
            op.f("fk_notice_enquiry_message_id_enquiry_message"),
            "enquiry_message",
            ["enquiry_message_id"],
            ["id"],
        )
        batch.create_unique_constraint(
            op.f("uq_notice_person_id_enquiry_message_id"), ["person_id", "enquiry_message_id"]
        )
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), ONE_OF_THREE)
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
        batch.create_index(op.f("ix_notice_enquiry_message_id"), ["enquiry_message_id"])


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE enquiry_message_id IS NOT NULL")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        batch.drop_index(op.f("ix_notice_enquiry_message_id"))
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.drop_constraint(op.f("uq_notice_person_id_enquiry_message_id"), type_="unique")
        batch.drop_constraint(
            op.f("fk_notice_enquiry_message_id_enquiry_message"), type_="foreignkey"
        )
        batch.drop_column("enquiry_message_id")
        batch.alter_column(
            "after",
            existing_type=sa.String(length=20),
            existing_nullable=True,
            comment=f"{AFTER}an account",
        )
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), ONE_LINE)
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
    op.drop_index(op.f("ix_enquiry_message_enquiry_id"), table_name="enquiry_message")
    op.drop_table("enquiry_message")
    op.drop_index(op.f("ix_enquiry_facility_id"), table_name="enquiry")
    op.drop_table("enquiry")
