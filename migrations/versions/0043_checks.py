"""What the last checks of sign-in providers, of stored data and of the log found."""

import sqlalchemy as sa
from alembic import op

UTCDateTime = sa.DateTime(timezone=True)

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_check",
        sa.Column("provider_key", sa.String(length=30), nullable=False),
        sa.Column(
            "issuer",
            sa.String(length=255),
            nullable=False,
            comment="of the provider that was checked",
        ),
        sa.Column("checked_at", UTCDateTime, nullable=False),
        sa.Column(
            "found",
            sa.JSON(),
            nullable=False,
            comment="each point, its verdict and values, as in rules/provider_checks",
        ),
        sa.PrimaryKeyConstraint("provider_key", name=op.f("pk_provider_check")),
    )
    table = op.create_table(
        "last_check",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "asked_at",
            UTCDateTime,
            nullable=True,
            comment="when an administrator asked for one that has not begun",
        ),
        sa.Column(
            "started_at", UTCDateTime, nullable=True, comment="when one began that has not ended"
        ),
        sa.Column("ended_at", UTCDateTime, nullable=True, comment="None: there was none"),
        sa.Column(
            "faults", sa.Integer(), nullable=False, comment="how many; of the log one at most"
        ),
        sa.Column(
            "entries",
            sa.BigInteger(),
            nullable=False,
            comment="of the log: how many fit, from its beginning",
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_last_check")),
    )
    op.bulk_insert(table, [{"kind": one, "faults": 0, "entries": 0} for one in ("data", "log")])


def downgrade() -> None:
    op.drop_table("last_check")
    op.drop_table("provider_check")
