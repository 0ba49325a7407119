"""Count equal searches of a day in one row.

Revision ID: 0007
Revises: 0006
"""

import hashlib
import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add up the rows that are the same."""
    found = op.get_bind().execute(_table("search_count").select()).all()
    counts: Counter[tuple[object, ...]] = Counter()
    for row in found:
        text = json.dumps([row.filters, row.results], sort_keys=True)
        counts[row.day, hashlib.sha256(text.encode()).hexdigest(), text] += 1
    op.drop_table("search_count")
    table = op.create_table(
        "search_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "digest", sa.String(64), nullable=False, comment="SHA-256 of filters and results"
        ),
        sa.Column("filters", sa.JSON(), nullable=False, comment="what was asked, bounded"),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False, comment="how many of them"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_count")),
        sa.UniqueConstraint("day", "digest", name=op.f("uq_search_count_day_digest")),
    )
    rows = []
    for (day, digest, text), searches in counts.items():
        filters, results = json.loads(str(text))
        rows.append(
            {"day": day, "digest": digest, "filters": filters, "results": results}
            | {"searches": searches}
        )
    op.bulk_insert(table, rows)


def downgrade() -> None:
    """Make one row of each search again."""
    found = op.get_bind().execute(_table("search_count", "searches").select()).all()
    op.drop_table("search_count")
    table = op.create_table(
        "search_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False, comment="what was asked, bounded"),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_count")),
    )
    op.create_index(op.f("ix_search_count_day"), "search_count", ["day"])
    op.bulk_insert(
        table,
        [
            {"day": row.day, "filters": row.filters, "results": row.results}
            for row in found
            for _ in range(row.searches)
        ],
    )


def _table(name: str, *numbers: str) -> sa.TableClause:
    return sa.table(
        name,
        sa.column("day", sa.Date),
        sa.column("filters", sa.JSON),
        *(sa.column(one, sa.Integer) for one in ("results", *numbers)),
    )
