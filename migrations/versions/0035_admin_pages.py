"""What the pages of administrators need: keys for addresses, the worker's last round, mail."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
PAUSED_BY = "fk_mail_state_paused_by_id_person"
EVENTS = (
    "joined, left, manager_named, manager_removed, join_request_passed_on, "
    "approver_named, approver_removed, coordinator_named, coordinator_removed, stand_in_named"
)


def upgrade() -> None:
    for name in ("person", "organisation"):
        op.add_column(
            name,
            sa.Column(
                "key",
                sa.String(32),
                nullable=False,
                server_default=sa.text("''"),
                comment="random, for addresses",
            ),
        )
        table = sa.table(name, sa.column("id", sa.Integer), sa.column("key", sa.String))
        connection = op.get_bind()
        for row_id in connection.scalars(sa.select(table.c.id)).all():
            key = secrets.token_hex(16)
            connection.execute(sa.update(table).where(table.c.id == row_id).values(key=key))
        op.create_index(f"uq_{name}_key", name, ["key"], unique=True)
    op.add_column(
        "account_mail",
        sa.Column(
            "mail_failed_at",
            UTCDateTime,
            nullable=True,
            comment="when it was given up; `flask mail resend` tries again",
        ),
    )
    op.execute(
        f"ALTER TABLE mail_state ADD COLUMN paused_by_id INTEGER "
        f"CONSTRAINT {PAUSED_BY} REFERENCES person (id)"
    )
    op.create_table(
        "worker_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seen_at", UTCDateTime, nullable=True, comment="None: there was none"),
        sa.CheckConstraint("id = 1", name=op.f("ck_worker_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_state")),
    )
    op.execute("INSERT INTO worker_state (id) VALUES (1)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "COMMENT ON COLUMN mail_state.paused_by_id IS "
            "'None: nobody, or the operator on the command line'"
        )
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{EVENTS}, deactivated'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{EVENTS}'")
    op.drop_table("worker_state")
    op.execute("ALTER TABLE mail_state DROP COLUMN paused_by_id")
    op.drop_column("account_mail", "mail_failed_at")
    for name in ("organisation", "person"):
        op.drop_index(f"uq_{name}_key", table_name=name)
        op.drop_column(name, "key")
