"""Table: what owners say about arriving at a facility."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class Arrival(Model):
    """How to arrive at a facility and all below it that say nothing themselves.

    The text is confidential: it is for who decides, and for who has a confirmed date.
    """

    __tablename__ = "arrival"
    __table_args__ = (sa.CheckConstraint("reminder_days >= 0", name="reminder_days_not_negative"),)

    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text, comment="empty: as above")
    reminder_days: Mapped[int | None] = mapped_column(
        comment="working days before the first date; 0: no reminder; None: as above"
    )
