"""Tables: closures and their slots."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.db.times import UTCDateTime
from booking.extensions import Model


class Closure(Model):
    """A closure of a facility and all below it, or of a whole cluster; `slots` say when.

    An open-ended closure has one slot without an end, and may name a day for news.
    """

    __tablename__ = "closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    facility_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility.id"), index=True, comment="None: the whole cluster"
    )
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    reason_is_public: Mapped[bool] = mapped_column(default=False)
    next_word_on: Mapped[date | None] = mapped_column(comment="open-ended: next word by this day")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    slots: Mapped[list["ClosureSlot"]] = relationship(
        back_populates="closure", order_by="ClosureSlot.starts_at", cascade="all, delete-orphan"
    )


class ClosureSlot(Model):
    """One closed time of a closure; a repeating closure has several."""

    __tablename__ = "closure_slot"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR starts_at < ends_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    closure_id: Mapped[int] = mapped_column(sa.ForeignKey("closure.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="None: open-ended")

    closure: Mapped[Closure] = relationship(back_populates="slots")
