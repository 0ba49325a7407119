"""Invitations to confirmed dates, for the calendar programs of those who chose them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "update_settings",
        sa.Column(
            "invitations",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="confirmed dates also come as invitations, for calendar programs",
        ),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "event_uid", sa.String(length=40), nullable=False, comment="UID in feeds, without host"
        ),
        sa.Column(
            "in_calendar",
            sa.Boolean(),
            nullable=False,
            comment="the reader's calendar may have it: an invitation was tried, none taken back",
        ),
        sa.Column(
            "sent_sequence",
            sa.Integer(),
            nullable=True,
            comment="SEQUENCE of the last mail that was sent; None: none yet",
        ),
        sa.Column(
            "mail_due_at",
            UTCDateTime,
            nullable=True,
            comment="when to try the mail next; None: sent, or nothing to send",
        ),
        sa.Column(
            "mail_expires_at",
            UTCDateTime,
            nullable=False,
            comment="from when on the mail is too old",
        ),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.Column(
            "mail_failed_at",
            UTCDateTime,
            nullable=True,
            comment="when the last try failed; `flask mail resend` tries again",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "person_id", "event_uid", name=op.f("uq_invitation_person_id_event_uid")
        ),
    )
    op.create_index(op.f("ix_invitation_mail_due_at"), "invitation", ["mail_due_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_invitation_mail_due_at"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_column("update_settings", "invitations")
