"""Tables: when the stored data and the log were checked last, and what that found."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class LastCheck(Model):
    """One kind of check that the worker does: the last one that ended, and what is to come."""

    __tablename__ = "last_check"

    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    asked_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when an administrator asked for one that has not begun"
    )
    started_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when one began that has not ended"
    )
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="None: there was none")
    faults: Mapped[int] = mapped_column(default=0, comment="how many; of the log one at most")
    entries: Mapped[int] = mapped_column(
        sa.BigInteger, default=0, comment="of the log: how many fit, from its beginning"
    )
