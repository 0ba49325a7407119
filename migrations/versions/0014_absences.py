"""Days on which people who decide are away, and in whose place a stand-in decided."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "stand_in_id",
            sa.Integer(),
            nullable=True,
            comment="who decides meanwhile; None: nobody in their place",
        ),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_absence_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["person.id"], name=op.f("fk_absence_stand_in_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"])
    op.create_index(op.f("ix_absence_last_day"), "absence", ["last_day"])
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        does = (
            f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
            if on_postgresql
            else f"BEGIN {RAISE}; END"
        )
        op.execute(f"CREATE TRIGGER {name(event)} AFTER {event} ON absence {does}")
    key = "fk_booking_log_stood_in_for_id_person"
    op.execute(
        f"ALTER TABLE booking_log ADD COLUMN stood_in_for_id INTEGER "
        f"CONSTRAINT {key} REFERENCES person (id)"
    )
    if on_postgresql:
        op.execute(
            "COMMENT ON COLUMN booking_log.stood_in_for_id IS "
            "'who was away and in whose place the actor decided'"
        )


def downgrade() -> None:
    with op.batch_alter_table("booking_log") as batch:
        batch.drop_column("stood_in_for_id")
    op.drop_table("absence")


def name(event: str) -> str:
    """Return the name of the trigger on the table."""
    return f"{BUMP}_absence_{event.lower()}"
