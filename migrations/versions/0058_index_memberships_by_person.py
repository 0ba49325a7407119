"""All memberships of a person, also ended ones, are found without reading those of everybody."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"])


def downgrade() -> None:
    """Remove the index."""
    op.drop_index(op.f("ix_membership_person_id"), table_name="membership")
