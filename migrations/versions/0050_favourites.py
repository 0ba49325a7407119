"""Favourites, saved searches, updates about the catalogue, and questions to owners."""

import sqlalchemy as sa
from alembic import op

from booking.db.times import UTCDateTime

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_ABOUT = ("log_id", "account_log_id", "enquiry_message_id", "free_time_alert_id")
BOOKING_OF_LINE = "(log_id IS NULL) = (booking_id IS NULL)"


def _one_of(columns: tuple[str, ...]) -> str:
    return " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns) + " = 1"


def upgrade() -> None:
    """Add the tables, and what notices are about."""
    op.create_table(
        "favourite",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_favourite_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["facility.id"],
            name=op.f("fk_favourite_facility_id_facility"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "facility_id", name=op.f("pk_favourite")),
    )
    op.create_index(op.f("ix_favourite_facility_id"), "favourite", ["facility_id"])
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "query",
            sa.String(length=1500),
            nullable=False,
            comment="as in the address of /facilities, without ?",
        ),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column(
            "tells", sa.Boolean(), nullable=False, comment="its person is told of new facilities"
        ),
        sa.Column(
            "known_ids",
            sa.JSON(),
            nullable=True,
            comment="facilities that its person was told of, or that were there before",
        ),
        sa.Column(
            "looked_at_number",
            sa.Integer(),
            nullable=False,
            comment="number of the rules when it was looked at last; see rules_revision",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_search_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("key", name=op.f("uq_saved_search_key")),
        sa.UniqueConstraint("person_id", "query", name=op.f("uq_saved_search_person_id_query")),
    )
    op.create_table(
        "catalogue_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "reference",
            sa.String(length=80),
            nullable=False,
            comment="what it is about: the key of a saved search",
        ),
        sa.Column(
            "facility_ids", sa.JSON(), nullable=True, comment="new ones; may have gone since"
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_event")),
    )
    op.create_index("ix_catalogue_event_kind_reference", "catalogue_event", ["kind", "reference"])
    op.create_table(
        "facts_question",
        sa.Column("facility_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True, comment="None: not since it was asked"),
        sa.ForeignKeyConstraint(
            ["facility_id"],
            ["facility.id"],
            name=op.f("fk_facts_question_facility_id_facility"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facts_question")),
    )
    # On SQLite a batch migration rebuilds the table without its checks, so both are made anew.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.add_column(sa.Column("catalogue_event_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_notice_catalogue_event_id_catalogue_event"),
            "catalogue_event",
            ["catalogue_event_id"],
            ["id"],
        )
        batch.create_unique_constraint(
            op.f("uq_notice_person_id_catalogue_event_id"), ["person_id", "catalogue_event_id"]
        )
        batch.create_check_constraint(
            op.f("ck_notice_about_one_line"), _one_of((*_ABOUT, "catalogue_event_id"))
        )
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
        batch.create_index(op.f("ix_notice_catalogue_event_id"), ["catalogue_event_id"])
    op.add_column(
        "update_settings",
        sa.Column(
            "catalogue",
            sa.String(length=10),
            nullable=False,
            server_default="at_once",
            comment="new facilities",
        ),
    )


def downgrade() -> None:
    """Remove them again; what people kept is lost."""
    with op.batch_alter_table("update_settings") as batch:
        batch.drop_column("catalogue")
    op.execute("DELETE FROM notice WHERE catalogue_event_id IS NOT NULL")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        batch.drop_index(op.f("ix_notice_catalogue_event_id"))
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.drop_constraint(op.f("uq_notice_person_id_catalogue_event_id"), type_="unique")
        batch.drop_constraint(
            op.f("fk_notice_catalogue_event_id_catalogue_event"), type_="foreignkey"
        )
        batch.drop_column("catalogue_event_id")
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), _one_of(_ABOUT))
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
    op.drop_table("facts_question")
    op.drop_index("ix_catalogue_event_kind_reference", table_name="catalogue_event")
    op.drop_table("catalogue_event")
    op.drop_table("saved_search")
    op.drop_index(op.f("ix_favourite_facility_id"), table_name="favourite")
    op.drop_table("favourite")
