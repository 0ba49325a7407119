"""Owners propose concepts for the vocabulary."""

import sqlalchemy as sa
from alembic import op

from booking.db.times import UTCDateTime

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TABLE = "concept_proposal"
BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    """Add the table, and let its changes raise the number of the rules."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column(
            "concept_id",
            sa.String(length=80),
            nullable=False,
            comment="as facilities have it once it is accepted",
        ),
        sa.Column("facet", sa.String(length=20), nullable=False),
        sa.Column(
            "names", sa.JSON(), nullable=False, comment="by language, the preferred one first"
        ),
        sa.Column("broader", sa.String(length=80), nullable=True, comment="what it is a kind of"),
        sa.Column(
            "source", sa.String(length=200), nullable=False, comment="where its names are from"
        ),
        sa.Column("facility_id", sa.Integer(), nullable=False, comment="for which it is wanted"),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "merged_into", sa.String(length=80), nullable=True, comment="id of the other one"
        ),
        sa.Column(
            "answer",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="why it was declined",
        ),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}_{table}")
            )
            for column, table in (
                ("facility_id", "facility"),
                ("proposed_by_id", "person"),
                ("answered_by_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{TABLE}_key")),
        sa.UniqueConstraint("concept_id", name=op.f(f"uq_{TABLE}_concept_id")),
    )
    for column in ("facility_id", "proposed_by_id"):
        op.create_index(op.f(f"ix_{TABLE}_{column}"), TABLE, [column])
    op.create_index(f"ix_{TABLE}_state", TABLE, ["state"])
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE}; END"
        )
        name = f"{BUMP}_{TABLE}_{event.lower()}"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {TABLE} {does}")


def downgrade() -> None:
    """Remove it; its triggers go with it. Facilities keep ids that mean nothing then."""
    op.drop_index(f"ix_{TABLE}_state", table_name=TABLE)
    for column in ("facility_id", "proposed_by_id"):
        op.drop_index(op.f(f"ix_{TABLE}_{column}"), table_name=TABLE)
    op.drop_table(TABLE)
