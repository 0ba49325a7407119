"""Saved replies: texts of a cluster that those who decide put into their answers."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class SavedReply(Model):
    """A text that approvers of a cluster can insert into an answer."""

    __tablename__ = "saved_reply"
    __table_args__ = (sa.UniqueConstraint("cluster_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    title: Mapped[str] = mapped_column(sa.String(80), comment="by which approvers find it")
    text: Mapped[str] = mapped_column(sa.Text)
    revision: Mapped[int] = mapped_column(default=0, comment="rises with each change")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
