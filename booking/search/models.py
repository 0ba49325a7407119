"""Counts of searches: what was searched for and how many results it had, never the person."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class SearchCount(Model):
    """One search: on which day, for what, with how many results. No person, no time of day."""

    __tablename__ = "search_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
    filters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, comment="what was asked, bounded")
    results: Mapped[int]
