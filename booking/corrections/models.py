"""Table: what somebody says is wrong on the page of a facility, and what became of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.db.times import UTCDateTime
from booking.extensions import Model


class Correction(Model):
    """A mistake that somebody reported; open until it is settled."""

    __tablename__ = "correction"
    __table_args__ = (
        sa.Index("ix_correction_facility_id", "facility_id", "settled_at"),
        sa.Index("ix_correction_reported_by_id", "reported_by_id", "reported_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    reported_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    text: Mapped[str] = mapped_column(sa.Text)
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(sa.String(10), comment="corrected, kept")

    reported_by: Mapped[Person] = relationship(foreign_keys=reported_by_id)
