"""How each person gets updates: at once, in a daily digest, or on the page only."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "update_settings",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("to_decide", sa.String(length=10), nullable=False),
        sa.Column("answers", sa.String(length=10), nullable=False),
        sa.Column("messages", sa.String(length=10), nullable=False),
        sa.Column("reminders", sa.String(length=10), nullable=False),
        sa.Column("cluster", sa.String(length=10), nullable=False, comment="accounts and the like"),
        sa.Column(
            "every_step",
            sa.Boolean(),
            nullable=False,
            comment="as coordinator, also of what approvers can decide",
        ),
        sa.Column(
            "details", sa.Boolean(), nullable=False, comment="mails have the titles of requests"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_update_settings_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_update_settings")),
    )
    op.add_column(
        "notice",
        sa.Column(
            "mail_expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="from when on the mail is too old; None: a day after the change",
        ),
    )
    op.add_column(
        "notice",
        sa.Column(
            "in_digest",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="mailed with all others of its person that are due, in one mail",
        ),
    )


def downgrade() -> None:
    op.drop_column("notice", "in_digest")
    op.drop_column("notice", "mail_expires_at")
    op.drop_table("update_settings")
