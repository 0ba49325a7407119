"""Confidential requests, which only the people named on them read in their organisation."""

import sqlalchemy as sa
from alembic import op

UTCDateTime = sa.DateTime(timezone=True)

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

COMMENT = "of the organisation only the people in request_reader read it"


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    op.add_column(
        "booking_request",
        sa.Column(
            "is_confidential",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment=COMMENT,
        ),
    )
    op.create_table(
        "request_reader",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("named_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["booking_request.id"],
            name=op.f("fk_request_reader_request_id_booking_request"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_request_reader_person_id_person")
        ),
        sa.PrimaryKeyConstraint("request_id", "person_id", name=op.f("pk_request_reader")),
    )
    op.create_index(op.f("ix_request_reader_person_id"), "request_reader", ["person_id"])


def downgrade() -> None:
    op.drop_table("request_reader")
    op.drop_column("booking_request", "is_confidential")
