"""Tables: the numbers by which memory knows that something changed.

Only database triggers write them (migrations 0003, 0006 and 0009), so that no writer can forget.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class RulesRevision(Model):
    """The one row with the number of terms, hours, tree and deciders, for `rules_number`."""

    __tablename__ = "rules_revision"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger)


class CalendarVersion(Model):
    """How often what is drawn in the calendars of one tree changed, for `calendar_cache`.

    A tree without a row has had no change yet.
    """

    __tablename__ = "calendar_version"

    root_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(sa.BigInteger)
