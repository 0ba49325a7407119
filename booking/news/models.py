"""The table of news."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class News(Model):
    """Something of which people are told; each has a notice about it.

    It names nothing but what everybody who is signed in may know, so that whoever was told may
    still read it later. What is said about it stands on its page.
    """

    __tablename__ = "news"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    name: Mapped[str] = mapped_column(sa.String(200), comment="of what it is about")
    key: Mapped[str] = mapped_column(sa.String(80), index=True, comment="in its page's address")
