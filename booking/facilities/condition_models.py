"""Table: the conditions that owners of a facility ask for."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class FacilityCondition(Model):
    """What everybody who books this facility has to do. It does not hold for facilities below.

    Bookings keep a copy, so that a change counts only for what is accepted after it.
    """

    __tablename__ = "facility_condition"
    __table_args__ = (
        sa.CheckConstraint("days_before >= 0", name="days_before_not_negative"),
        sa.Index("ix_facility_condition_facility_id", "facility_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    kind: Mapped[str] = mapped_column(
        sa.String(20),
        comment="agreement, induction, insurance, permit, visitor_list, inspection, other",
    )
    text: Mapped[str] = mapped_column(sa.Text)
    stage: Mapped[str] = mapped_column(sa.String(20), comment="before_final, before_arrival")
    days_before: Mapped[int] = mapped_column(
        default=0, comment="before arrival: so many days before the first date"
    )
    removed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="from then on not for new bookings; None: on the list"
    )
