"""Objections to who joins, checks of names that look alike, and websites of organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
#: What account requests have from now on: name, type, what follows it, comment.
COLUMNS = (
    ("website", "VARCHAR(200)", "DEFAULT '' NOT NULL", "of the organisation"),
    (
        "joins_id",
        "INTEGER",
        "CONSTRAINT fk_account_request_joins_id_organisation REFERENCES organisation (id)",
        "which nobody manages: its members may object",
    ),
    (
        "announced_by_id",
        "INTEGER",
        "CONSTRAINT fk_account_request_announced_by_id_person REFERENCES person (id)",
        "the coordinator who approved it",
    ),
    (
        "objections_until",
        None,
        "",
        "from then on the person joins, if nobody objected",
    ),
    ("objection", "TEXT", "DEFAULT '' NOT NULL", None),
    (
        "objected_by_id",
        "INTEGER",
        "CONSTRAINT fk_account_request_objected_by_id_person REFERENCES person (id)",
        None,
    ),
    ("objected_at", None, "", None),
)
EVENTS = (
    (
        "joined, left, manager_named, manager_removed, join_request_passed_on, join_announced, "
        "approver_named, approver_removed, coordinator_named, coordinator_removed, stand_in_named, "
        "deactivated"
    ),
    (
        "joined, left, manager_named, manager_removed, join_request_passed_on, "
        "approver_named, approver_removed, coordinator_named, coordinator_removed, stand_in_named, "
        "deactivated"
    ),
)


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    instant = "TIMESTAMP WITH TIME ZONE" if is_postgresql else "DATETIME"
    op.execute("ALTER TABLE organisation ADD COLUMN website VARCHAR(200) DEFAULT '' NOT NULL")
    for name, kind, rest, comment in COLUMNS:
        op.execute(f"ALTER TABLE account_request ADD COLUMN {name} {kind or instant} {rest}")
        if is_postgresql and comment:
            op.execute(f"COMMENT ON COLUMN account_request.{name} IS '{comment}'")
    op.create_index("ix_account_request_joins_id", "account_request", ["joins_id"])
    op.create_table(
        "name_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column("account_request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=30),
            nullable=False,
            comment="sme, large, university, public_body, practitioner",
        ),
        sa.Column("country", sa.String(length=2), nullable=False, comment="ISO 3166-1 alpha-2"),
        sa.Column("home_cluster_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True, comment="allowed, refused"),
        sa.Column("answered_at", UTCDateTime, nullable=True),
        sa.Column(
            "answered_by_id",
            sa.Integer(),
            nullable=True,
            comment="None: the operator, on the command line",
        ),
        sa.ForeignKeyConstraint(
            ["account_request_id"],
            ["account_request.id"],
            name=op.f("fk_name_check_account_request_id_account_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["home_cluster_id"], ["cluster.id"], name=op.f("fk_name_check_home_cluster_id_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_name_check_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_name_check_answered_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_check")),
        sa.UniqueConstraint("key", name=op.f("uq_name_check_key")),
        sa.UniqueConstraint("account_request_id", name=op.f("uq_name_check_account_request_id")),
    )
    _comment(EVENTS[0])


def downgrade() -> None:
    _comment(EVENTS[1])
    op.drop_table("name_check")
    op.drop_index("ix_account_request_joins_id", "account_request")
    for name, *_ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE account_request DROP COLUMN {name}")
    op.execute("ALTER TABLE organisation DROP COLUMN website")


def _comment(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{words}'")
