"""Billing references, who gets invoices, and organisations merged into another one."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

BILLING = (
    ("booking_request", "billing_reference", 60, "the requester's own, for the invoice"),
    ("organisation", "billing_reference", 60, "new requests begin with it"),
    ("organisation", "billing_name", 120, "who gets the invoices"),
    ("organisation", "billing_email", 254, "where the invoices go"),
)
KEY = "fk_organisation_merged_into_id_organisation"
EVENTS = (
    "joined, left, manager_named, manager_removed, join_request_passed_on, join_announced, "
    "approver_named, approver_removed, coordinator_named, coordinator_removed, stand_in_named, "
    "deactivated, keeper_named, keeper_removed, auditor_named, auditor_removed"
)
COMMENTS = {
    "organisation.merged_into_id": "what it was a duplicate of: its name is another name of that",
    "account_log.event": f"{EVENTS}, merged",
}


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    # No batch: on SQLite that would drop the triggers of the tables.
    for table, name, length, comment in BILLING:
        op.add_column(
            table,
            sa.Column(
                name,
                sa.String(length),
                nullable=False,
                server_default=sa.text("''"),
                comment=comment,
            ),
        )
    instant = "TIMESTAMP WITH TIME ZONE" if is_postgresql else "DATETIME"
    op.execute(
        "ALTER TABLE organisation ADD COLUMN merged_into_id INTEGER "
        f"CONSTRAINT {KEY} REFERENCES organisation (id)"
    )
    op.execute(f"ALTER TABLE organisation ADD COLUMN merged_at {instant}")
    if is_postgresql:
        for column, comment in COMMENTS.items():
            op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{EVENTS}'")
    op.execute("ALTER TABLE organisation DROP COLUMN merged_at")
    op.execute("ALTER TABLE organisation DROP COLUMN merged_into_id")
    for table, name, _length, _comment in reversed(BILLING):
        op.drop_column(table, name)
