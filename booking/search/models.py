"""Counts of searches: what was searched for and how many results it had, never the person."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class SearchCount(Model):
    """How often something was searched for on one day, with how many results. No person, no time.

    `digest` stands for `filters` and `results`, so that the same search is counted in one row.
    """

    __tablename__ = "search_count"
    __table_args__ = (sa.UniqueConstraint("day", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    digest: Mapped[str] = mapped_column(sa.String(64), comment="SHA-256 of filters and results")
    filters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, comment="what was asked, bounded")
    results: Mapped[int]
    searches: Mapped[int] = mapped_column(comment="how many of them")
