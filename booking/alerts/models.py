"""The table of free time alerts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class FreeTimeAlert(Model):
    """A taken time of which a person is told once, when it becomes free before it begins."""

    __tablename__ = "free_time_alert"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        sa.CheckConstraint("places >= 0", name="places_not_negative"),
        sa.Index("ix_free_time_alert_told_at_starts_at", "told_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"),
        comment="for which the person would request it; None: the one for which they sign in",
    )
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    whole: Mapped[bool] = mapped_column(comment="all of it: nobody else there")
    places: Mapped[int] = mapped_column(comment="own places wanted when not whole")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the person was told; None: not yet"
    )
