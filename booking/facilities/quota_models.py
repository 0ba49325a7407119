"""Table: quotas of a facility and all below it."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.extensions import Model


class Quota(Model):
    """The most that one organisation may have within one period, counted in the subtree.

    All quotas of the facility and those above it apply, not only the nearest. Hours
    and days are counted separately.
    """

    __tablename__ = "quota"
    __table_args__ = (sa.UniqueConstraint("facility_id", "period", "measure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    period: Mapped[str] = mapped_column(sa.String(10), comment="week, month, quarter, year")
    measure: Mapped[str] = mapped_column(sa.String(10), comment="hours, days")
    most: Mapped[int]
