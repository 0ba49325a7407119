"""Owners state more facts of facilities, in several languages, and keep drafts of them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def _json(name: str, comment: str | None = None) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=True, comment=comment)


def _line(name: str, length: int, comment: str | None = None) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=True, comment=comment)


def _text(name: str, comment: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=True, comment=comment)


def columns() -> list[sa.Column]:
    """Return the new columns of facilities."""
    return [
        _json(
            "texts",
            "{language: {description: ..}}: what the columns say in English, in others",
        ),
        _json("equipment"),
        _line("setting", 10, "indoor, outdoor, both"),
        _line("size", 200),
        _line("access_mode", 10, "on_site, remote, both"),
        _line("who_may_use", 200),
        _text("permits", "that its users need"),
        _line("asking_cost", 20, "free, on_request, price_list; None: not stated"),
        _line("asking_prices_url", 300),
        _line("use_cost", 20, "as asking_cost"),
        _line("use_prices_url", 300),
        _text(
            "getting_there",
            "public; what only those with a confirmed date may read is in `arrival`",
        ),
        _line("contact_role", 120, "such as Test centre office; nobody's name"),
        _json("contact_languages", "as ISO 639-1 codes"),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("position_is_rounded", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column(
            "confirmed_on",
            sa.Date(),
            nullable=True,
            comment="when its owner last confirmed all facts; by whom is in the log",
        ),
        _json(
            "set_here",
            "names of facts that somebody here has set: a file of the catalogue keeps them",
        ),
    ]


def upgrade() -> None:
    # No batch: on SQLite that would drop the triggers of the table.
    for column in columns():
        op.add_column("facility", column)
    op.create_table(
        "facility_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        _line("slug", 80, "of a new one; None: it has one"),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="the changed facts by name; of a new one also what it is part of, places",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="rises each time it is saved"),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_facility_draft_cluster_id_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_draft_facility_id_facility")
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_id"], ["person.id"], name=op.f("fk_facility_draft_saved_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_draft")),
        sa.UniqueConstraint("facility_id", name=op.f("uq_facility_draft_facility_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_facility_draft_slug")),
    )
    op.create_index(
        op.f("ix_facility_draft_cluster_id"), "facility_draft", ["cluster_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("facility_draft")
    for column in reversed(columns()):
        op.drop_column("facility", column.name)
