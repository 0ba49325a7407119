"""Requests that a facility confirms at once, by a rule of its owner."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = {
    "automatic_for": (
        sa.String(length=20),
        (
            "whose requests are confirmed at once: nobody (where nobody states it), "
            "own_cluster, named, everyone"
        ),
    ),
    "automatic_maximum_units": (sa.Integer(), "the longest date that is confirmed at once"),
    "automatic_notice_days": (
        sa.Integer(),
        "how many days before its first day a date is confirmed at once",
    ),
}


def upgrade() -> None:
    for name, (kind, comment) in COLUMNS.items():
        op.add_column("facility", sa.Column(name, kind, nullable=True, comment=comment))
    op.add_column(
        "booking_log",
        sa.Column(
            "rule", sa.JSON(), nullable=True, comment="the rule by which it was confirmed at once"
        ),
    )
    op.create_table(
        "automatic_organisation",
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["facility.id"],
            name=op.f("fk_automatic_organisation_facility_id_facility"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_automatic_organisation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint(
            "facility_id", "organisation_id", name=op.f("pk_automatic_organisation")
        ),
    )
    op.create_index(
        op.f("ix_automatic_organisation_organisation_id"),
        "automatic_organisation",
        ["organisation_id"],
    )


def downgrade() -> None:
    op.drop_table("automatic_organisation")
    op.drop_column("booking_log", "rule")
    for name in COLUMNS:
        op.drop_column("facility", name)
