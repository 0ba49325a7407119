"""For which organisations people work, several if need be, instead of one in their account."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BUMP = "rules_revision_bump"
RAISE = "UPDATE rules_revision SET number = number + 1"
#: The trigger of 0009 on `person.organisation_id`.
OF_ORGANISATION = f"{BUMP}_person_organisation_id"
EVENTS = ("INSERT", "UPDATE", "DELETE")
#: Each new column: its table, its name, the table it names, and its comment.
COLUMNS = (
    (
        "sign_in",
        "organisation_id",
        "organisation",
        "for which the person works in this browser; None: they have not switched",
    ),
    (
        "free_time_alert",
        "organisation_id",
        "organisation",
        "for which the person would request it; None: the one for which they sign in",
    ),
    (
        "booking_request",
        "contact_id",
        "person",
        "the colleague who looks after it since the requester left; None: the requester",
    ),
)
NOW_COMMENTED = (
    ("feed", "organisation_id", "own, organisation: of which membership", None),
    (
        "account_log",
        "organisation_id",
        "the organisation that it concerns",
        "for whom the person works then",
    ),
    (
        "account_log",
        "event",
        (
            "joined, left, approver_named, approver_removed, coordinator_named, "
            "coordinator_removed, stand_in_named"
        ),
        "joined, approver_named, approver_removed, coordinator_named, coordinator_removed",
    ),
)


def upgrade() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False, comment="member, manager"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "until", sa.DateTime(timezone=True), nullable=True, comment="None: it has not ended"
        ),
        sa.Column(
            "chosen",
            sa.Boolean(),
            nullable=False,
            comment="the person chose it last, so they sign in with it",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("key", name=op.f("uq_membership_key")),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"])
    op.create_index(
        "uq_membership_person_id_organisation_id",
        "membership",
        ["person_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
        sqlite_where=sa.text("until IS NULL"),
    )
    for table, column, other, comment in COLUMNS:
        add_column(table, column, other, comment)
    move()
    on_table = " ON person" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER {OF_ORGANISATION}{on_table}")
    with op.batch_alter_table("person") as batch:
        batch.drop_index("ix_person_organisation_id")
        batch.drop_constraint("fk_person_organisation_id", type_="foreignkey")
        batch.drop_column("organisation_id")
    if op.get_bind().dialect.name == "postgresql":
        for table, column, comment, _ in NOW_COMMENTED:
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    else:
        bump_with_people()  # a batch migration drops the triggers of its table
    for event in EVENTS:
        op.execute(
            f"CREATE TRIGGER {name('membership', event)} AFTER {event} ON membership {does()}"
        )


def move() -> None:
    """Make each account with an organisation a member since its creation, with its feeds."""
    bind = op.get_bind()
    people = bind.execute(
        sa.text(
            "SELECT id, organisation_id, created_at FROM person "
            "WHERE organisation_id IS NOT NULL ORDER BY created_at, id"
        )
    ).all()
    if people:
        bind.execute(
            sa.text(
                "INSERT INTO membership (key, person_id, organisation_id, role, since, chosen) "
                "VALUES (:key, :person_id, :organisation_id, 'member', :since, false)"
            ),
            [
                {
                    "key": secrets.token_hex(16),
                    "person_id": person_id,
                    "organisation_id": organisation_id,
                    "since": since,
                }
                for person_id, organisation_id, since in people
            ],
        )
    own = "(SELECT p.organisation_id FROM person p WHERE p.id = {table}.person_id)"
    for table in ("sign_in", "free_time_alert"):
        op.execute(f"UPDATE {table} SET organisation_id = {own.format(table=table)}")  # noqa: S608
    # Who works for no organisation any more has had nothing from these since.
    op.execute(
        f"UPDATE feed SET organisation_id = {own.format(table='feed')} WHERE kind = 'own'"  # noqa: S608
    )


def add_column(table: str, column: str, other: str, comment: str) -> None:
    """Add a column that names a row of another table, without building the table anew."""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER "
        f"CONSTRAINT fk_{table}_{column}_{other} REFERENCES {other} (id)"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def bump_with_people() -> None:
    """Create the trigger of 0003 on people, as it was."""
    op.execute(
        f"CREATE TRIGGER {name('person', 'UPDATE')} AFTER UPDATE OF is_active ON person {does()}"
    )


def does() -> str:
    """Return what a trigger does: it raises the number of the rules."""
    if op.get_bind().dialect.name == "postgresql":
        return f"FOR EACH STATEMENT EXECUTE FUNCTION {BUMP}()"
    return f"BEGIN {RAISE}; END"


def name(table: str, event: str) -> str:
    """Return the name of the trigger on a table."""
    return f"{BUMP}_{table}_{event.lower()}"


def downgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_person_organisation_id", "organisation", ["organisation_id"], ["id"]
        )
        batch.create_index("ix_person_organisation_id", ["organisation_id"])
    # Who works for several keeps the one of the longest membership.
    op.execute(
        "UPDATE person SET organisation_id = (SELECT m.organisation_id FROM membership m "
        "WHERE m.person_id = person.id AND m.until IS NULL ORDER BY m.id LIMIT 1)"
    )
    op.execute("UPDATE feed SET organisation_id = NULL WHERE kind = 'own'")
    if op.get_bind().dialect.name == "postgresql":
        for table, column, _, comment in NOW_COMMENTED:
            text = f"'{comment}'" if comment else "NULL"
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS {text}")
    else:
        bump_with_people()
    op.execute(
        f"CREATE TRIGGER {OF_ORGANISATION} AFTER UPDATE OF organisation_id ON person {does()}"
    )
    for table, column, _, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")  # keeps the triggers of the table
    op.drop_table("membership")
