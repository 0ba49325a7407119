"""Mails about accounts, and changes of e-mail addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "email", sa.String(length=254), nullable=False, comment="the new one, lower case"
        ),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_email_change_person_id_person")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_email_change")),
        sa.UniqueConstraint("person_id", name=op.f("uq_email_change_person_id")),
    )
    op.create_table(
        "account_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=30),
            nullable=False,
            comment="reset, password_changed, confirm_email, email_changing, email_changed",
        ),
        sa.Column(
            "address",
            sa.String(length=254),
            nullable=False,
            comment="to which it goes, lower case",
        ),
        sa.Column(
            "person_id",
            sa.Integer(),
            nullable=True,
            comment="None: by the address, when it is sent",
        ),
        sa.Column("key", sa.String(length=64), nullable=False, comment="random"),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("mail_due_at", UTCDateTime, nullable=False, comment="when to try it next"),
        sa.Column(
            "mail_expires_at", UTCDateTime, nullable=False, comment="from when on it is too old"
        ),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_mail_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_account_mail_key")),
    )
    op.create_index("ix_account_mail_mail_due_at", "account_mail", ["mail_due_at"])
    op.create_index(op.f("ix_account_mail_person_id"), "account_mail", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_account_mail_person_id"), table_name="account_mail")
    op.drop_index("ix_account_mail_mail_due_at", table_name="account_mail")
    op.drop_table("account_mail")
    op.drop_table("email_change")
