"""Invitations to work for an organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

WAITING = sa.text("ended_at IS NULL")
UTCDateTime = sa.DateTime(timezone=True)
#: The comment of the kind of a mail from now on, and as it was.
KINDS = (
    "reset, welcome, password_changed, confirm_email, email_changing, email_changed, invitation",
    "reset, password_changed, confirm_email, email_changing, email_changed",
)


def upgrade() -> None:
    op.create_table(
        "membership_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column(
            "token_hash",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256, of the newest link",
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "email", sa.String(length=254), nullable=False, comment="whom it is for, lower case"
        ),
        sa.Column(
            "name",
            sa.String(length=120),
            nullable=False,
            comment="as typed by somebody who asked to join; empty: not known",
        ),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", UTCDateTime, nullable=False),
        sa.Column("sent_at", UTCDateTime, nullable=False, comment="when its newest link was made"),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.Column("ended_at", UTCDateTime, nullable=True),
        sa.Column(
            "ending",
            sa.String(length=20),
            nullable=True,
            comment="accepted, declined, withdrawn",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_invitation_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["person.id"],
            name=op.f("fk_membership_invitation_invited_by_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_invitation")),
        sa.UniqueConstraint("key", name=op.f("uq_membership_invitation_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_membership_invitation_token_hash")),
    )
    op.create_index("ix_membership_invitation_email", "membership_invitation", ["email"])
    op.create_index(
        "uq_membership_invitation_organisation_id_email",
        "membership_invitation",
        ["organisation_id", "email"],
        unique=True,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    _comment(KINDS[0])


def downgrade() -> None:
    _comment(KINDS[1])
    op.drop_table("membership_invitation")


def _comment(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_mail.kind IS '{words}'")
