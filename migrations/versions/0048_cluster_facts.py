"""What coordinators say of their cluster: aims, partners, whom to ask, and days off."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def columns() -> list[sa.Column]:
    """Return the new columns of clusters."""
    return [
        sa.Column("aims", sa.JSON(), nullable=True),
        sa.Column(
            "partners", sa.JSON(), nullable=True, comment="names of organisations by PartnerKind"
        ),
        sa.Column(
            "contact_role",
            sa.String(length=120),
            nullable=True,
            comment="such as Cluster office; nobody's name",
        ),
        sa.Column(
            "days_off",
            sa.JSON(),
            nullable=True,
            comment="[first day, last day, name]: nobody answers; by first day",
        ),
        sa.Column(
            "set_here",
            sa.JSON(),
            nullable=True,
            comment="names of facts that somebody here has set: a file of the catalogue keeps them",
        ),
    ]


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    for column in columns():
        op.add_column("cluster", column)


def downgrade() -> None:
    for column in reversed(columns()):
        op.drop_column("cluster", column.name)
