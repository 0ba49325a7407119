"""Tables: time that an owner keeps free for named organisations."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class SetAside(Model):
    """Some places of a facility, set aside from `starts_at` to `ends_at`.

    For all who are not named they count as taken, until `kept_until` or until it was ended.
    """

    __tablename__ = "set_aside"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        sa.CheckConstraint("kept_until <= ends_at", name="kept_to_its_end"),
        sa.Index("ix_set_aside_facility_id_ends_at", "facility_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="its name in forms")
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    whole: Mapped[bool] = mapped_column(comment="all its places and all of its parts")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    kept_until: Mapped[datetime] = mapped_column(
        UTCDateTime, index=True, comment="from then on it is free for all, by itself"
    )
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when somebody released it; None: nobody did"
    )
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class SetAsidePlace(Model):
    """A place that is set aside."""

    __tablename__ = "set_aside_place"

    set_aside_id: Mapped[int] = mapped_column(sa.ForeignKey("set_aside.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("place.id"), primary_key=True, index=True)


class SetAsideOrganisation(Model):
    """An organisation for which it is kept free."""

    __tablename__ = "set_aside_organisation"

    set_aside_id: Mapped[int] = mapped_column(sa.ForeignKey("set_aside.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), primary_key=True, index=True
    )
