"""Dates that break a rule all the same: hit by a closure or new hours, or let through."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.bookings.models import Occurrence
from booking.db.times import UTCDateTime
from booking.extensions import Model


class Affected(Model):
    """A date that a closure or a change of hours hit, until it is settled.

    It keeps its state and its places meanwhile.
    """

    __tablename__ = "affected"

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    cause: Mapped[str] = mapped_column(sa.String(20), comment="closure, hours")
    closure_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("closure.id"), index=True, comment="None: hours, or a closure since removed"
    )
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_how: Mapped[str | None] = mapped_column(
        sa.String(20), comment="kept, ended (cancelled, declined, withdrawn, lapsed), lifted"
    )
    settled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="", comment="why it is kept")

    occurrence: Mapped[Occurrence] = relationship()
    settled_by: Mapped[Person | None] = relationship()


class GrantedException(Model):
    """A rule that somebody who decides set aside for one date, and why."""

    __tablename__ = "date_override"

    id: Mapped[int] = mapped_column(primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    codes: Mapped[list[str]] = mapped_column(sa.JSON, comment="refusal codes set aside")
    reason: Mapped[str] = mapped_column(sa.Text)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    occurrence: Mapped[Occurrence] = relationship()
    person: Mapped[Person] = relationship()
