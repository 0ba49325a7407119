"""Roles as rows that say since when, by whom, why and until when, in place of two tables."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
EVENTS = ("INSERT", "UPDATE", "DELETE")
OPEN = "ended_at IS NULL AND facility_id IS {}NULL"
#: Each kind: its old table, what it named, and that column in the log of accounts.
KINDS = {"approver": "facility_id", "coordinator": "cluster_id"}
LOGGED = (
    "joined, left, manager_named, manager_removed, join_request_passed_on, "
    "join_announced, approver_named, "
    "approver_removed, coordinator_named, coordinator_removed, stand_in_named, deactivated"
)
NEW = ", keeper_named, keeper_removed, auditor_named, auditor_removed"


def upgrade() -> None:
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="approver, keeper; coordinator, auditor",
        ),
        sa.Column(
            "cluster_id",
            sa.Integer(),
            nullable=False,
            comment="also where it is for a facility of it",
        ),
        sa.Column(
            "facility_id",
            sa.Integer(),
            nullable=True,
            comment="approver, keeper: and all below it",
        ),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="None: given before this was recorded",
        ),
        sa.Column(
            "given_by_id",
            sa.Integer(),
            nullable=True,
            comment="None: the operator, or not recorded",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it was given"),
        sa.Column(
            "last_day",
            sa.Date(),
            nullable=True,
            comment="in the zone of the cluster, if it ends",
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the end of the last day",
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was taken away; or ends_at, once that is over and noted",
        ),
        sa.Column(
            "ended_by_id", sa.Integer(), nullable=True, comment="None: the operator, or nobody"
        ),
        sa.Column("end_reason", sa.Text(), nullable=False, comment="why it was taken away"),
        sa.CheckConstraint(
            "(facility_id IS NOT NULL) = (kind IN ('approver', 'keeper'))",
            name=op.f("ck_role_of_a_facility"),
        ),
        sa.CheckConstraint(
            "(last_day IS NULL) = (ends_at IS NULL)", name=op.f("ck_role_ends_after_last_day")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_role_{column}_{table}")
            )
            for column, table in (
                ("cluster_id", "cluster"),
                ("ended_by_id", "person"),
                ("facility_id", "facility"),
                ("given_by_id", "person"),
                ("person_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("key", name=op.f("uq_role_key")),
    )
    for column in ("person_id", "cluster_id", "facility_id", "ends_at"):
        op.create_index(op.f(f"ix_role_{column}"), "role", [column])
    for column, negated in (("facility_id", "NOT "), ("cluster_id", "")):
        where = sa.text(OPEN.format(negated))
        op.create_index(
            f"uq_role_person_id_kind_{column}",
            "role",
            ["person_id", "kind", column],
            unique=True,
            postgresql_where=where,
            sqlite_where=where,
        )
    move()
    for kind in KINDS:
        op.drop_table(kind)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE}; END"
        )
        op.execute(f"CREATE TRIGGER {name('role', event)} AFTER {event} ON role {does}")
    if on_postgresql:
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{LOGGED}{NEW}'")


def move() -> None:
    """Make a row of each role, with what the log of accounts knows about it."""
    bind = op.get_bind()
    for kind, column in KINDS.items():
        cluster = "f.cluster_id" if kind == "approver" else "r.cluster_id"
        facility = "r.facility_id" if kind == "approver" else "NULL"
        of_facility = "JOIN facility f ON f.id = r.facility_id" if kind == "approver" else ""
        rows = bind.execute(
            sa.text(
                f"SELECT r.person_id, {cluster} AS cluster_id, {facility} AS facility_id, "  # noqa: S608
                f"l.at, l.actor_id FROM {kind} r {of_facility} LEFT JOIN account_log l ON l.id = "
                "(SELECT max(o.id) FROM account_log o WHERE o.person_id = r.person_id "
                f"AND o.event = '{kind}_named' AND o.{column} = r.{column}) "
                "ORDER BY r.person_id, 3, 2"
            )
        ).all()
        if rows:
            bind.execute(
                sa.text(
                    "INSERT INTO role (key, person_id, kind, cluster_id, facility_id, since, "
                    "given_by_id, reason, end_reason) VALUES (:key, :person_id, :kind, "
                    ":cluster_id, :facility_id, :since, :given_by_id, '', '')"
                ),
                [
                    {
                        "key": secrets.token_hex(16),
                        "person_id": row.person_id,
                        "kind": kind,
                        "cluster_id": row.cluster_id,
                        "facility_id": row.facility_id,
                        "since": row.at,
                        "given_by_id": row.actor_id,
                    }
                    for row in rows
                ],
            )


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{BUMP}_{table}_{event.lower()}"


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for kind, column in KINDS.items():
        other = column.removesuffix("_id")
        op.create_table(
            kind,
            sa.Column("person_id", sa.Integer(), nullable=False),
            sa.Column(column, sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{kind}_{column}")),
            sa.ForeignKeyConstraint(
                ["person_id"], ["person.id"], name=op.f(f"fk_{kind}_person_id")
            ),
            sa.PrimaryKeyConstraint("person_id", column, name=op.f(f"pk_{kind}")),
        )
        op.create_index(op.f(f"ix_{kind}_{column}"), kind, [column])
        op.execute(
            f"INSERT INTO {kind} (person_id, {column}) SELECT person_id, {column} FROM role "  # noqa: S608
            f"WHERE kind = '{kind}' AND ended_at IS NULL "
            "AND (ends_at IS NULL OR ends_at > CURRENT_TIMESTAMP)"
        )
        for event in EVENTS:
            does = (
                f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
                if on_postgresql
                else f"BEGIN {RAISE}; END"
            )
            op.execute(f"CREATE TRIGGER {name(kind, event)} AFTER {event} ON {kind} {does}")
    op.drop_table("role")
    if on_postgresql:
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{LOGGED}'")
