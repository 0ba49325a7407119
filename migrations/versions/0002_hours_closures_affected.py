"""Dated hours, closures of clusters, repeating closures, quotas, affected dates, searches."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)

NEW_TERMS = (
    ("late_asking", "one may ask inside the lead time; where nobody states it: no"),
    (
        "opens_on_holidays",
        "weekly hours count on public holidays too; where nobody states it: no",
    ),
)
ENDS_AFTER_START = "ends_at IS NULL OR starts_at < ends_at"


def upgrade() -> None:
    widen_facility()
    move_hours()
    move_closures()
    add_rest()


def downgrade() -> None:
    with op.batch_alter_table("booking_log") as batch:
        batch.drop_column("event")
    for table in ("search_count", "date_override", "affected", "quota", "special_day"):
        op.drop_table(table)
    move_closures_back()
    move_hours_back()
    narrow_facility()


def widen_facility() -> None:
    """Make mode and pending holds inheritable, and add the new terms."""
    with op.batch_alter_table("facility") as batch:
        batch.alter_column(
            "mode",
            existing_type=sa.String(length=20),
            nullable=True,
            comment="here (what nobody states), by_agreement, elsewhere",
        )
        batch.alter_column(
            "pending_holds",
            existing_type=sa.Boolean(),
            nullable=True,
            comment=(
                "a date that is asked for already holds its places; where nobody states it: no"
            ),
        )
        for name, comment in NEW_TERMS:
            batch.add_column(sa.Column(name, sa.Boolean(), nullable=True, comment=comment))
        batch.add_column(
            sa.Column(
                "fair_share_percent",
                sa.Integer(),
                nullable=True,
                comment="of the open hours of a month; who would take more is warned",
            )
        )
    # "here" was the default; not stated, the mode can now come from above.
    op.execute("UPDATE facility SET mode = NULL WHERE mode = 'here'")


def narrow_facility() -> None:
    """Undo `widen_facility`."""
    op.execute("UPDATE facility SET mode = 'here' WHERE mode IS NULL")
    op.execute("UPDATE facility SET pending_holds = false WHERE pending_holds IS NULL")
    with op.batch_alter_table("facility") as batch:
        batch.alter_column("mode", existing_type=sa.String(length=20), nullable=False, comment=None)
        batch.alter_column(
            "pending_holds",
            existing_type=sa.Boolean(),
            nullable=False,
            comment="a date that is asked for already holds its places",
        )
        for name in ("fair_share_percent", "opens_on_holidays", "late_asking"):
            batch.drop_column(name)


def move_hours() -> None:
    """Move each facility's weekly hours into a timetable with first and last day."""
    op.create_table(
        "timetable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="None: since ever"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="last day, inclusive; None: for good"
        ),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name=op.f("ck_timetable_ends_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_timetable_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable")),
    )
    op.create_index(op.f("ix_timetable_facility_id"), "timetable", ["facility_id"])
    op.execute(
        "INSERT INTO timetable (facility_id, valid_from, valid_to) "
        "SELECT DISTINCT facility_id, valid_from, valid_to FROM opening_span"
    )
    op.rename_table("opening_span", "old_opening_span")
    create_spans("timetable")
    op.execute(
        "INSERT INTO opening_span (timetable_id, weekday, opens_time, closes_time) "
        "SELECT t.id, s.weekday, s.opens_time, s.closes_time FROM old_opening_span s "
        "JOIN timetable t ON t.facility_id = s.facility_id "
        "AND coalesce(t.valid_from, '0001-01-01') = coalesce(s.valid_from, '0001-01-01') "
        "AND coalesce(t.valid_to, '0001-01-01') = coalesce(s.valid_to, '0001-01-01')"
    )
    op.drop_table("old_opening_span")


def move_hours_back() -> None:
    """Undo `move_hours`; a timetable without spans is lost."""
    op.rename_table("opening_span", "new_opening_span")
    create_spans(
        "facility",
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day, inclusive"),
    )
    op.execute(
        "INSERT INTO opening_span "
        "(facility_id, weekday, opens_time, closes_time, valid_from, valid_to) "
        "SELECT t.facility_id, s.weekday, s.opens_time, s.closes_time, t.valid_from, t.valid_to "
        "FROM new_opening_span s JOIN timetable t ON t.id = s.timetable_id"
    )
    op.drop_table("new_opening_span")
    op.drop_table("timetable")


def create_spans(owner: str, *validity: sa.Column[object]) -> None:
    """Create the table of weekly spans, below a timetable or (as it was) a facility.

    Names of constraints and indexes belong to the table that had them before.
    """
    old = "old_opening_span" if owner == "timetable" else "new_opening_span"
    former = "facility" if owner == "timetable" else "timetable"
    op.drop_index(op.f(f"ix_opening_span_{former}_id"), table_name=old)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX pk_opening_span RENAME TO pk_{old}")
        op.execute(f"ALTER SEQUENCE opening_span_id_seq RENAME TO {old}_id_seq")
    op.create_table(
        "opening_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False, comment="0 = Monday"),
        sa.Column("opens_time", sa.Time(), nullable=False),
        sa.Column(
            "closes_time", sa.Time(), nullable=False, comment="not after opens_time: the next day"
        ),
        *validity,
        sa.ForeignKeyConstraint(
            [f"{owner}_id"], [f"{owner}.id"], name=op.f(f"fk_opening_span_{owner}_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_span")),
    )
    op.create_index(op.f(f"ix_opening_span_{owner}_id"), "opening_span", [f"{owner}_id"])


def move_closures() -> None:
    """Split closures from their slots, and add their cluster."""
    op.create_table(
        "closure_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closure_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=True, comment="None: open-ended"),
        sa.CheckConstraint(ENDS_AFTER_START, name=op.f("ck_closure_slot_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closure.id"], name=op.f("fk_closure_slot_closure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_slot")),
    )
    op.create_index(op.f("ix_closure_slot_closure_id"), "closure_slot", ["closure_id"])
    op.execute(
        "INSERT INTO closure_slot (closure_id, starts_at, ends_at) "
        "SELECT id, starts_at, ends_at FROM closure"
    )
    with op.batch_alter_table("closure") as batch:
        batch.add_column(sa.Column("cluster_id", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column(
                "next_word_on",
                sa.Date(),
                nullable=True,
                comment="open-ended: next word by this day",
            )
        )
        batch.add_column(sa.Column("made_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("made_at", UTCDateTime, nullable=True))
    op.execute(
        "UPDATE closure SET cluster_id = "
        "(SELECT f.cluster_id FROM facility f WHERE f.id = closure.facility_id)"
    )
    with op.batch_alter_table("closure") as batch:
        batch.drop_constraint(op.f("ck_closure_ends_after_start"), type_="check")
        batch.drop_column("starts_at")
        batch.drop_column("ends_at")
        batch.alter_column("cluster_id", existing_type=sa.Integer(), nullable=False)
        batch.alter_column(
            "facility_id",
            existing_type=sa.Integer(),
            nullable=True,
            comment="None: the whole cluster",
        )
        batch.create_foreign_key(op.f("fk_closure_cluster_id"), "cluster", ["cluster_id"], ["id"])
        batch.create_foreign_key(op.f("fk_closure_made_by_id"), "person", ["made_by_id"], ["id"])
        batch.create_index(op.f("ix_closure_cluster_id"), ["cluster_id"])


def move_closures_back() -> None:
    """Undo `move_closures`; a closure keeps its first slot, one of a cluster is lost."""
    with op.batch_alter_table("closure") as batch:
        batch.add_column(sa.Column("starts_at", UTCDateTime, nullable=True))
        batch.add_column(
            sa.Column("ends_at", UTCDateTime, nullable=True, comment="None: open-ended")
        )
    for column in ("starts_at", "ends_at"):
        op.execute(
            f"UPDATE closure SET {column} = (SELECT s.{column} FROM closure_slot s "  # noqa: S608 - constants
            "WHERE s.closure_id = closure.id ORDER BY s.starts_at LIMIT 1)"
        )
    op.drop_table("closure_slot")
    op.execute("DELETE FROM closure WHERE facility_id IS NULL OR starts_at IS NULL")
    with op.batch_alter_table("closure") as batch:
        batch.drop_index(op.f("ix_closure_cluster_id"))
        batch.drop_constraint(op.f("fk_closure_made_by_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_closure_cluster_id"), type_="foreignkey")
        for name in ("made_at", "made_by_id", "next_word_on", "cluster_id"):
            batch.drop_column(name)
        batch.alter_column("starts_at", existing_type=UTCDateTime, nullable=False)
        batch.alter_column("facility_id", existing_type=sa.Integer(), nullable=False, comment=None)
        batch.create_check_constraint(op.f("ck_closure_ends_after_start"), ENDS_AFTER_START)


def add_rest() -> None:
    """Create the new tables."""
    op.create_table(
        "special_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "spans", sa.JSON(), nullable=False, comment="[[HH:MM, HH:MM], ...]; none: not open"
        ),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_special_day_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_day")),
        sa.UniqueConstraint("facility_id", "day", name=op.f("uq_special_day_facility_id_day")),
    )
    op.create_table(
        "quota",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column(
            "period", sa.String(length=10), nullable=False, comment="week, month, quarter, year"
        ),
        sa.Column("measure", sa.String(length=10), nullable=False, comment="hours, days"),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_quota_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint(
            "facility_id", "period", "measure", name=op.f("uq_quota_facility_id_period_measure")
        ),
    )
    op.create_table(
        "affected",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False, comment="closure, hours"),
        sa.Column(
            "closure_id",
            sa.Integer(),
            nullable=True,
            comment="None: hours, or a closure since removed",
        ),
        sa.Column("marked_at", UTCDateTime, nullable=False),
        sa.Column("settled_at", UTCDateTime, nullable=True),
        sa.Column(
            "settled_how",
            sa.String(length=20),
            nullable=True,
            comment="kept, ended (cancelled, declined, withdrawn, lapsed), lifted",
        ),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is kept"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_affected_occurrence_id")
        ),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closure.id"], name=op.f("fk_affected_closure_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["person.id"], name=op.f("fk_affected_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affected")),
    )
    op.create_index(op.f("ix_affected_occurrence_id"), "affected", ["occurrence_id"])
    op.create_index(op.f("ix_affected_closure_id"), "affected", ["closure_id"])
    op.create_table(
        "date_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False, comment="refusal codes set aside"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_date_override_occurrence_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_date_override_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_override")),
    )
    op.create_index(op.f("ix_date_override_occurrence_id"), "date_override", ["occurrence_id"])
    op.create_table(
        "search_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False, comment="what was asked, bounded"),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_count")),
    )
    op.create_index(op.f("ix_search_count_day"), "search_count", ["day"])
    with op.batch_alter_table("booking_log") as batch:
        batch.add_column(
            sa.Column(
                "event",
                sa.String(length=20),
                server_default="step",
                nullable=False,
                comment="step; or affected, lifted, kept, override: then the state stays as it is",
            )
        )
