"""What requester and owner of a booking write to each other."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
EVENTS_BEFORE = "step; or affected, lifted, kept, override: then the state stays as it is"
EVENTS = (
    "step; or affected, lifted, kept, override, message, question, answer: then the state stays"
    " as it is"
)


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column(
            "log_id", sa.Integer(), nullable=False, comment="who wrote it, when, on which side"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False, comment="it needs an answer"),
        sa.Column(
            "answer_needed_by",
            UTCDateTime,
            nullable=True,
            comment="until then the clock stands still; None: it does not",
        ),
        sa.Column("answered_at", UTCDateTime, nullable=True),
        sa.Column(
            "due_before",
            UTCDateTime,
            nullable=True,
            comment="when the answer to the request was due before the clock stopped",
        ),
        sa.Column(
            "lapses_before",
            sa.JSON(),
            nullable=False,
            comment="when dates would have lapsed: UTC instants by occurrence id",
        ),
        sa.CheckConstraint(
            "is_question OR answered_at IS NULL",
            name=op.f("ck_message_only_questions_answered"),
        ),
        sa.CheckConstraint(
            "is_question OR answer_needed_by IS NULL",
            name=op.f("ck_message_only_questions_wait"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_message_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["log_id"], ["booking_log.id"], name=op.f("fk_message_log_id_booking_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("log_id", name=op.f("uq_message_log_id")),
    )
    op.create_index(op.f("ix_message_booking_id"), "message", ["booking_id"])
    _say_events(EVENTS_BEFORE, EVENTS)


def downgrade() -> None:
    _say_events(EVENTS, EVENTS_BEFORE)
    op.drop_table("message")


def _say_events(before: str, after: str) -> None:
    """Change the comment of a column; SQLite keeps none."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("booking_log", "event", existing_comment=before, comment=after)
