"""Tables: changes that owners made to a facility or its whole cluster, and drafts of facts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.db.times import UTCDateTime
from booking.extensions import Model


class OwnerChange(Model):
    """One change of what owners set: its part, by whom and when.

    The number of a facility's rows is the version that its forms carry. Rows are never changed.
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


class FacilityDraft(Model):
    """What owners have written about a facility and not published; a facility has at most one.

    With `facility_id` None it will be a new one: then nothing but this row knows of it.
    """

    __tablename__ = "facility_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), unique=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    slug: Mapped[str | None] = mapped_column(
        sa.String(80), unique=True, comment="of a new one; None: it has one"
    )
    content: Mapped[dict[str, Any]] = mapped_column(
        sa.JSON, comment="the changed facts by name; of a new one also what it is part of, places"
    )
    revision: Mapped[int] = mapped_column(default=1, comment="rises each time it is saved")
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
