"""Mails that failed for good, and whether mail is paused."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "notice",
        sa.Column(
            "mail_failed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the last try failed; `flask mail resend` tries again",
        ),
    )
    op.create_index(
        "ix_notice_mail_failed_at",
        "notice",
        ["mail_failed_at"],
        postgresql_where=sa.text("mail_failed_at IS NOT NULL"),
        sqlite_where=sa.text("mail_failed_at IS NOT NULL"),
    )
    op.create_table(
        "mail_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "paused_at", sa.DateTime(timezone=True), nullable=True, comment="None: not paused"
        ),
        sa.Column(
            "restored",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="paused because the database was restored, not by the operator",
        ),
        sa.Column(
            "table_oid",
            sa.BigInteger(),
            nullable=True,
            comment="of this table on PostgreSQL, where a restored table has another one",
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_state")),
    )
    op.execute("INSERT INTO mail_state (id) VALUES (1)")


def downgrade() -> None:
    op.drop_table("mail_state")
    op.drop_index("ix_notice_mail_failed_at", table_name="notice")
    op.drop_column("notice", "mail_failed_at")
