"""The table of saved searches."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.json_types import JSONOrEmpty
from booking.db.times import UTCDateTime
from booking.extensions import Model
from booking.rules.saved_searches import MOST_NAME, MOST_QUERY


class SavedSearch(Model):
    """A search that a person keeps under a name; nobody else sees it."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("person_id", "query"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(sa.String(MOST_NAME))
    query: Mapped[str] = mapped_column(
        sa.String(MOST_QUERY), comment="as in the address of /facilities, without ?"
    )
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tells: Mapped[bool] = mapped_column(comment="its person is told of new facilities")
    known_ids: Mapped[list[int]] = mapped_column(
        JSONOrEmpty(list),
        nullable=True,
        default=list,
        comment="facilities that its person was told of, or that were there before",
    )
    looked_at_number: Mapped[int] = mapped_column(
        default=0, comment="number of the rules when it was looked at last; see rules_revision"
    )
