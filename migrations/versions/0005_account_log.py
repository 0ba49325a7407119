"""A log of accounts and roles, and updates about its lines."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
ONE_LINE = "(log_id IS NULL) <> (account_log_id IS NULL)"
BOOKING_OF_LINE = "(log_id IS NULL) = (booking_id IS NULL)"


def upgrade() -> None:
    op.create_table(
        "account_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column(
            "actor_id",
            sa.Integer(),
            nullable=True,
            comment="None: the operator, on the command line",
        ),
        sa.Column(
            "event",
            sa.String(length=30),
            nullable=False,
            comment=(
                "joined, approver_named, approver_removed, coordinator_named, coordinator_removed"
            ),
        ),
        sa.Column("person_id", sa.Integer(), nullable=False, comment="whose right it is"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=True, comment="for whom the person works then"
        ),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column(
            "told_ids",
            sa.JSON(),
            nullable=False,
            comment="the people who got an update about it",
        ),
        *(
            sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_account_log_{column}"))
            for column, to in (
                ("actor_id", "person.id"),
                ("person_id", "person.id"),
                ("organisation_id", "organisation.id"),
                ("facility_id", "facility.id"),
                ("cluster_id", "cluster.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_log")),
    )
    for column in ("person_id", "organisation_id", "facility_id"):
        op.create_index(op.f(f"ix_account_log_{column}"), "account_log", [column])
    with op.batch_alter_table("notice") as batch:
        batch.alter_column("booking_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("log_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column(
            "side",
            existing_type=sa.String(length=12),
            existing_nullable=False,
            comment="as whom the person is told: requester, owner, admin, member",
        )
        batch.alter_column(
            "after",
            existing_type=sa.String(length=20),
            nullable=True,
            comment="state of the dates by this change; None: about an account",
        )
        batch.add_column(sa.Column("account_log_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_notice_account_log_id"), "account_log", ["account_log_id"], ["id"]
        )
        batch.create_unique_constraint(
            op.f("uq_notice_person_id_account_log_id"), ["person_id", "account_log_id"]
        )
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), ONE_LINE)
        batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
        batch.create_index(op.f("ix_notice_account_log_id"), ["account_log_id"])


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE log_id IS NULL")
    with op.batch_alter_table("notice") as batch:
        batch.drop_index(op.f("ix_notice_account_log_id"))
        batch.drop_constraint(op.f("ck_notice_booking_of_line"), type_="check")
        batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.drop_constraint(op.f("uq_notice_person_id_account_log_id"), type_="unique")
        batch.drop_constraint(op.f("fk_notice_account_log_id"), type_="foreignkey")
        batch.drop_column("account_log_id")
        batch.alter_column(
            "after",
            existing_type=sa.String(length=20),
            nullable=False,
            comment="state of the dates by this change",
        )
        batch.alter_column(
            "side",
            existing_type=sa.String(length=12),
            existing_nullable=False,
            comment="as whom the person is told: requester, owner",
        )
        batch.alter_column("log_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("booking_id", existing_type=sa.Integer(), nullable=False)
    for column in ("facility_id", "organisation_id", "person_id"):
        op.drop_index(op.f(f"ix_account_log_{column}"), table_name="account_log")
    op.drop_table("account_log")
