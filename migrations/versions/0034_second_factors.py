"""Second factors, recovery codes, and by which way somebody signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
#: New columns of sign-ins, and what PostgreSQL says of them.
COLUMNS = {
    "proved_at": (
        sa.Column("proved_at", UTCDateTime, nullable=True),
        "when the person last proved who they are; None: long ago",
    ),
    "way": (
        sa.Column(
            "way", sa.String(length=20), nullable=False, server_default=sa.text("'password'")
        ),
        "of the first step: password, link, passkey, single_sign_on",
    ),
    "second_factor": (
        sa.Column("second_factor", sa.String(length=20), nullable=True),
        "app, recovery_code, passkey; None: there was no second step",
    ),
    "address": (
        sa.Column("address", sa.String(length=50), nullable=False, server_default=sa.text("''")),
        "the network from which it began, so large that it names nobody",
    ),
}


def upgrade() -> None:
    op.create_table(
        "authenticator_app",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="encrypted, see secret_box"),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            nullable=False,
            comment="the 30 seconds of the last code; none up to it counts again",
        ),
        sa.Column("added_at", UTCDateTime, nullable=False),
        sa.Column("used_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_authenticator_app_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_authenticator_app")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("used_at", UTCDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"])
    op.create_table(
        "second_step",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.String(length=20),
            nullable=False,
            comment="of the first step, as in sign_in",
        ),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_second_step_person_id_person")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_second_step")),
    )
    op.create_index(op.f("ix_second_step_person_id"), "second_step", ["person_id"])
    for name, (column, comment) in COLUMNS.items():
        op.add_column("sign_in", column)
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"COMMENT ON COLUMN sign_in.{name} IS '{comment}'")


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("sign_in", name)
    op.drop_index(op.f("ix_second_step_person_id"), table_name="second_step")
    op.drop_table("second_step")
    op.drop_index(op.f("ix_recovery_code_person_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("authenticator_app")
