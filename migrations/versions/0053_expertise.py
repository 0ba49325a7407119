"""The directory of expertise, questions about it, and news of which people are told."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)
ONE_OF_OTHERS = (
    "CASE WHEN log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN account_log_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN enquiry_message_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN free_time_alert_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN catalogue_event_id IS NULL THEN 0 ELSE 1 END"
)
ONE_OF_ALL = f"{ONE_OF_OTHERS} + CASE WHEN news_id IS NULL THEN 0 ELSE 1 END = 1"
BOOKING_OF_LINE = "(log_id IS NULL) = (booking_id IS NULL)"


def upgrade() -> None:
    _make_news()
    _make_directory()
    _make_questions()


def _make_news() -> None:
    op.create_table(
        "news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False, comment="of what it is about"),
        sa.Column("key", sa.String(length=80), nullable=False, comment="in its page's address"),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_news_cluster_id_cluster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index(op.f("ix_news_key"), "news", ["key"])
    # On SQLite a batch migration rebuilds the table without its checks, so both are made anew.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.add_column(sa.Column("news_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_notice_news_id_news"), "news", ["news_id"], ["id"])
        batch.create_unique_constraint(
            op.f("uq_notice_person_id_news_id"), ["person_id", "news_id"]
        )
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), ONE_OF_ALL)
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
        batch.create_index(op.f("ix_notice_news_id"), ["news_id"])


def _make_directory() -> None:
    op.create_table(
        "expertise_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "role",
            sa.String(length=120),
            nullable=False,
            comment="who answers, not by name: head of the flight test team",
        ),
        sa.Column("subjects", sa.JSON(), nullable=False, comment="slugs of focus areas"),
        sa.Column("languages", sa.JSON(), nullable=False, comment="ISO 639-1"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="rises with each change"),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_expertise_area_changed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_expertise_area_cluster_id_cluster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expertise_area")),
        sa.UniqueConstraint("cluster_id", "name", name=op.f("uq_expertise_area_cluster_id_name")),
        sa.UniqueConstraint("key", name=op.f("uq_expertise_area_key")),
    )
    op.create_table(
        "expertise_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False, comment="random; in addresses"),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("named_at", UTCDateTime, nullable=False),
        sa.Column(
            "agreed_at",
            UTCDateTime,
            nullable=True,
            comment="when the person agreed to be shown; None: not, or not any more",
        ),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["expertise_area.id"],
            name=op.f("fk_expertise_person_area_id_expertise_area"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_expertise_person_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expertise_person")),
        sa.UniqueConstraint(
            "area_id", "person_id", name=op.f("uq_expertise_person_area_id_person_id")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_expertise_person_key")),
    )
    op.create_index(op.f("ix_expertise_person_person_id"), "expertise_person", ["person_id"])


def _make_questions() -> None:
    op.create_table(
        "expertise_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "reference", sa.String(length=40), nullable=False, comment="random; in addresses"
        ),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column(
            "area_id",
            sa.Integer(),
            nullable=True,
            comment="whose people answer beside the coordinators; None: only these",
        ),
        sa.Column(
            "about", sa.String(length=200), nullable=False, comment="the area's name at that time"
        ),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "organisation",
            sa.String(length=200),
            nullable=False,
            comment="for which they asked, by its name at that time; empty: for none",
        ),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column("last_message_at", UTCDateTime, nullable=False),
        sa.Column(
            "is_answered",
            sa.Boolean(),
            nullable=False,
            comment="the latest message is one of the cluster's side",
        ),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["expertise_area.id"],
            name=op.f("fk_expertise_question_area_id_expertise_area"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_expertise_question_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_expertise_question_cluster_id_cluster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expertise_question")),
        sa.UniqueConstraint("reference", name=op.f("uq_expertise_question_reference")),
    )
    op.create_index(
        "ix_expertise_question_asked", "expertise_question", ["asked_by_id", "asked_at"]
    )
    op.create_index(op.f("ix_expertise_question_area_id"), "expertise_question", ["area_id"])
    op.create_index(op.f("ix_expertise_question_cluster_id"), "expertise_question", ["cluster_id"])
    op.create_table(
        "expertise_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "side", sa.String(length=12), nullable=False, comment="of its author: requester, owner"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_expertise_message_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["expertise_question.id"],
            name=op.f("fk_expertise_message_question_id_expertise_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expertise_message")),
    )
    op.create_index(op.f("ix_expertise_message_question_id"), "expertise_message", ["question_id"])


def downgrade() -> None:
    for table in ("expertise_message", "expertise_question", "expertise_person", "expertise_area"):
        op.drop_table(table)
    op.execute("DELETE FROM notice WHERE news_id IS NOT NULL")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("notice") as batch:
        batch.drop_index(op.f("ix_notice_news_id"))
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_notice_about_one_line"), type_="check")
        batch.drop_constraint(op.f("uq_notice_person_id_news_id"), type_="unique")
        batch.drop_constraint(op.f("fk_notice_news_id_news"), type_="foreignkey")
        batch.drop_column("news_id")
        batch.create_check_constraint(op.f("ck_notice_about_one_line"), f"{ONE_OF_OTHERS} = 1")
        if is_sqlite:
            batch.create_check_constraint(op.f("ck_notice_booking_of_line"), BOOKING_OF_LINE)
    op.drop_index(op.f("ix_news_key"), table_name="news")
    op.drop_table("news")
