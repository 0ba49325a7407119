"""Passkeys, and what a device is asked to sign."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "credential_id",
            sa.String(length=1400),
            nullable=False,
            comment="chosen by the device, base64url",
        ),
        sa.Column(
            "handle",
            sa.String(length=100),
            nullable=False,
            comment="for whom the device keeps it: random, base64url",
        ),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sign_count",
            sa.BigInteger(),
            nullable=False,
            comment="of the device when it was last used; 0: it does not count",
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("added_at", UTCDateTime, nullable=False),
        sa.Column("used_at", UTCDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_passkey_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("key", name=op.f("uq_passkey_key")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column(
            "person_id", sa.Integer(), nullable=True, comment="None: whoever has the passkey"
        ),
        sa.Column(
            "handle",
            sa.String(length=100),
            nullable=False,
            comment="of the passkey to add; empty: it is to sign in",
        ),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_passkey_challenge_person_id_person")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_passkey_challenge")),
    )
    op.create_index(op.f("ix_passkey_challenge_person_id"), "passkey_challenge", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_passkey_challenge_person_id"), table_name="passkey_challenge")
    op.drop_table("passkey_challenge")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
