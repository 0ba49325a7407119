"""Plans of facilities, who joins them, comments, and who waits for a planned facility."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "facility_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column(
            "cluster_id",
            sa.Integer(),
            nullable=False,
            comment="that leads it, or to which it is suggested",
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False, comment="of facility"),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("concepts", sa.JSON(), nullable=False, comment="capabilities, of the vocabulary"),
        sa.Column("demand", sa.Text(), nullable=False, comment="which demand it answers"),
        sa.Column("cost_class", sa.String(length=20), nullable=False),
        sa.Column(
            "wanted_by",
            sa.Date(),
            nullable=True,
            comment="by when it is wanted; None: not stated",
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_at", UTCDateTime, nullable=False),
        sa.Column("proposed_at", UTCDateTime, nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "suggested_for_id",
            sa.Integer(),
            nullable=True,
            comment="for which it was suggested; None: by a cluster",
        ),
        sa.Column(
            "taken_up_at",
            UTCDateTime,
            nullable=True,
            comment="since when all who are signed in see it; None: only suggested",
        ),
        sa.Column(
            "facility_id",
            sa.Integer(),
            nullable=True,
            comment="with which the catalogue shows it",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="rises with each change"),
        _refers("facility_plan", "cluster_id", "cluster"),
        _refers("facility_plan", "proposed_by_id", "person"),
        _refers("facility_plan", "suggested_for_id", "organisation"),
        _refers("facility_plan", "facility_id", "facility"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_plan")),
        sa.UniqueConstraint("key", name=op.f("uq_facility_plan_key")),
    )
    op.create_index(op.f("ix_facility_plan_cluster_id"), "facility_plan", ["cluster_id"])
    op.create_index(op.f("ix_facility_plan_proposed_by_id"), "facility_plan", ["proposed_by_id"])
    op.create_table(
        "plan_cluster",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("said_at", UTCDateTime, nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=False),
        _refers("plan_cluster", "plan_id", "facility_plan"),
        _refers("plan_cluster", "cluster_id", "cluster"),
        _refers("plan_cluster", "said_by_id", "person"),
        sa.PrimaryKeyConstraint("plan_id", "cluster_id", name=op.f("pk_plan_cluster")),
    )
    op.create_table(
        "plan_organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("said_at", UTCDateTime, nullable=False),
        sa.Column(
            "said_by_id",
            sa.Integer(),
            nullable=False,
            comment="who is told of changes while they work there",
        ),
        _refers("plan_organisation", "plan_id", "facility_plan"),
        _refers("plan_organisation", "organisation_id", "organisation"),
        _refers("plan_organisation", "said_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_organisation")),
        sa.UniqueConstraint(
            "plan_id", "organisation_id", name=op.f("uq_plan_organisation_plan_id_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_plan_organisation_organisation_id"), "plan_organisation", ["organisation_id"]
    )
    op.create_table(
        "plan_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "organisation_id",
            sa.Integer(),
            nullable=True,
            comment="for which they wrote; None: for a cluster",
        ),
        sa.Column("cluster_id", sa.Integer(), nullable=True, comment="for which they wrote"),
        sa.Column("text", sa.Text(), nullable=False),
        _refers("plan_comment", "plan_id", "facility_plan"),
        _refers("plan_comment", "author_id", "person"),
        _refers("plan_comment", "organisation_id", "organisation"),
        _refers("plan_comment", "cluster_id", "cluster"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comment")),
    )
    op.create_index(op.f("ix_plan_comment_plan_id"), "plan_comment", ["plan_id"])
    op.create_table(
        "facility_follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column(
            "told_at",
            UTCDateTime,
            nullable=True,
            comment="when the person was told; None: not yet",
        ),
        _refers("facility_follower", "facility_id", "facility"),
        _refers("facility_follower", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_follower")),
        sa.UniqueConstraint(
            "facility_id", "person_id", name=op.f("uq_facility_follower_facility_id_person_id")
        ),
    )
    op.create_index(op.f("ix_facility_follower_person_id"), "facility_follower", ["person_id"])
    op.create_index("ix_facility_follower_told_at", "facility_follower", ["told_at"])


def downgrade() -> None:
    for table in (
        "facility_follower", "plan_comment", "plan_organisation", "plan_cluster", "facility_plan",
    ):  # fmt: skip
        op.drop_table(table)
