"""Requests to join an organisation, which its managers answer."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KEY = "fk_account_request_organisation_id_organisation"
#: The comments of columns from now on, and as they were.
COMMENTS = {
    "account_request.organisation_id": (
        "whose managers answer it, passed on by a coordinator; None: coordinators do",
        None,
    ),
    "account_log.event": (
        (
            "joined, left, manager_named, manager_removed, join_request_passed_on, "
            "approver_named, approver_removed, coordinator_named, coordinator_removed, "
            "stand_in_named"
        ),
        (
            "joined, left, approver_named, approver_removed, coordinator_named, "
            "coordinator_removed, stand_in_named"
        ),
    ),
}


def upgrade() -> None:
    op.execute(
        f"ALTER TABLE account_request ADD COLUMN organisation_id INTEGER "
        f"CONSTRAINT {KEY} REFERENCES organisation (id)"
    )
    if op.get_bind().dialect.name == "postgresql":
        for column, (comment, _) in COMMENTS.items():
            op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")


def downgrade() -> None:
    op.execute("ALTER TABLE account_request DROP COLUMN organisation_id")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN account_log.event IS '{COMMENTS['account_log.event'][1]}'")
