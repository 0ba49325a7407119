"""A row for each change that owners make, so that no form overwrites one that it has not seen."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owner_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column(
            "facility_id",
            sa.Integer(),
            nullable=True,
            comment="None: a closure of the whole cluster",
        ),
        sa.Column(
            "part", sa.String(length=20), nullable=False, comment="hours, terms, status, ..."
        ),
        sa.Column("names", sa.JSON(), nullable=False, comment="the terms that were changed"),
        sa.Column(
            "person_id",
            sa.Integer(),
            nullable=True,
            comment="None: the operator or the catalogue",
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_owner_change_cluster_id_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_owner_change_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_owner_change_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_change")),
    )
    op.create_index(
        "ix_owner_change_cluster_id_facility_id_id",
        "owner_change",
        ["cluster_id", "facility_id", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_owner_change_cluster_id_facility_id_id", table_name="owner_change")
    op.drop_table("owner_change")
