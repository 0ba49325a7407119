"""The table of favourites."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class Favourite(Model):
    """A facility that a person has marked with a star; nobody else sees that they did."""

    __tablename__ = "favourite"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    facility_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
