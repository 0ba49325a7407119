"""Table: changes that owners made to a facility, or to its whole cluster."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.db.times import UTCDateTime
from booking.extensions import Model


class OwnerChange(Model):
    """One change of what owners set: its part, by whom and when.

    The number of a facility's rows is the version that its forms carry. Rows are never changed or
    deleted.
    """

    __tablename__ = "owner_change"
    __table_args__ = (
        sa.Index("ix_owner_change_cluster_id_facility_id_id", "cluster_id", "facility_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    facility_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility.id"), comment="None: a closure of the whole cluster"
    )
    part: Mapped[str] = mapped_column(sa.String(20), comment="hours, terms, status, ...")
    names: Mapped[list[str]] = mapped_column(
        sa.JSON, default=list, comment="the terms that were changed"
    )
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: the operator or the catalogue"
    )
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    person: Mapped[Person | None] = relationship()
