"""Tables: feeds, which are secret calendar addresses, and the key of the UIDs of busy times."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Organisation, Person
from booking.db.times import UTCDateTime
from booking.extensions import Model


class Feed(Model):
    """A read-only calendar address, revocable; only the hash of its token is stored."""

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, comment="SHA-256")
    kind: Mapped[str] = mapped_column(sa.String(20), comment="own, organisation, cluster, deciding")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="own, organisation: of which membership"
    )
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    with_titles: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fetched_by: Mapped[str] = mapped_column(sa.String(200), default="")

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()


class CalendarKey(Model):
    """The one row with the key from which UIDs of busy times are worked out.

    Not the secret key: a new one would give every event in people's calendars another UID.
    """

    __tablename__ = "calendar_key"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), comment="random, made by the migration")
