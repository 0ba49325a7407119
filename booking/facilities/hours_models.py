"""Tables: opening hours as owners state them, all in wall time of the facility."""

from datetime import date, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.extensions import Model


class TimetableRow(Model):
    """Weekly hours of a facility, in force from one day to another.

    Timetables of one facility never overlap; one without spans means that nothing is open. Old
    ones stay, so a change does not rewrite the past.
    """

    __tablename__ = "timetable"
    __table_args__ = (
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name="ends_after_start",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    valid_from: Mapped[date | None] = mapped_column(comment="None: since ever")
    valid_to: Mapped[date | None] = mapped_column(comment="last day, inclusive; None: for good")

    spans: Mapped[list["OpeningSpan"]] = relationship(
        order_by="(OpeningSpan.weekday, OpeningSpan.opens_time)",
        cascade="all, delete-orphan",
    )


class OpeningSpan(Model):
    """One weekly opening of a timetable."""

    __tablename__ = "opening_span"

    id: Mapped[int] = mapped_column(primary_key=True)
    timetable_id: Mapped[int] = mapped_column(sa.ForeignKey("timetable.id"), index=True)
    weekday: Mapped[int] = mapped_column(comment="0 = Monday")
    opens_time: Mapped[time]
    closes_time: Mapped[time] = mapped_column(comment="not after opens_time: the next day")


class SpecialDayRow(Model):
    """The hours of one single day, instead of the weekly hours and also on a public holiday."""

    __tablename__ = "special_day"
    __table_args__ = (sa.UniqueConstraint("facility_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    day: Mapped[date]
    spans: Mapped[list[list[str]]] = mapped_column(
        sa.JSON, default=list, comment="[[HH:MM, HH:MM], ...]; none: not open"
    )
    note: Mapped[str] = mapped_column(sa.String(120), default="")
