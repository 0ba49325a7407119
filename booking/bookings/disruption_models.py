"""Dates that break a rule: affected by a closure or new hours, or granted an exception."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.bookings.models import Occurrence
from booking.db.times import UTCDateTime
from booking.extensions import Model


class Affected(Model):
    """That a closure or a change of hours affects a date, and how that was resolved.

    Until it is resolved, the date keeps its state and its places.
    """

    __tablename__ = "affected"

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    cause: Mapped[str] = mapped_column(sa.String(20), comment="closure, hours")
    closure_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("closure.id"), index=True, comment="None: hours, or a closure since removed"
    )
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column("settled_at", UTCDateTime)
    resolved_how: Mapped[str | None] = mapped_column(
        "settled_how",
        sa.String(20),
        comment="kept, ended (cancelled, declined, withdrawn, lapsed), lifted",
    )
    resolved_by_id: Mapped[int | None] = mapped_column("settled_by_id", sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="", comment="why it is kept")

    occurrence: Mapped[Occurrence] = relationship()
    resolved_by: Mapped[Person | None] = relationship()


class GrantedException(Model):
    """An exception from rules that an approver granted for one date, and why."""

    __tablename__ = "date_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    codes: Mapped[list[str]] = mapped_column(sa.JSON, comment="refusal codes set aside")
    reason: Mapped[str] = mapped_column(sa.Text)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    occurrence: Mapped[Occurrence] = relationship()
    person: Mapped[Person] = relationship()
