"""Identities at providers with which people sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

#: The comment of a column from now on, and as it was.
COMMENTS = (
    "app, recovery_code, passkey, provider; None: there was none",
    "app, recovery_code, passkey; None: there was no second step",
)
UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False, comment="random, for forms"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column(
            "subject", sa.String(255), nullable=False, comment="what the issuer calls the person"
        ),
        sa.Column("linked_at", UTCDateTime, nullable=False),
        sa.Column(
            "used_at",
            UTCDateTime,
            nullable=True,
            comment="when somebody last signed in with it; None: never",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_sign_in_identity_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_sign_in_identity_issuer_subject"),
        sa.UniqueConstraint("key", name="uq_sign_in_identity_key"),
    )
    op.create_index("ix_sign_in_identity_person_id", "sign_in_identity", ["person_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN sign_in.second_factor IS '{COMMENTS[0]}'")


def downgrade() -> None:
    op.drop_table("sign_in_identity")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN sign_in.second_factor IS '{COMMENTS[1]}'")
