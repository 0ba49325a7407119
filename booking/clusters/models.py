"""Tables: clusters and focus areas."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.db.json_types import JSONOrEmpty
from booking.db.times import UTCDateTime
from booking.extensions import Model

cluster_focus_area = sa.Table(
    "cluster_focus_area",
    Model.metadata,
    sa.Column("cluster_id", sa.ForeignKey("cluster.id"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_area.id"), primary_key=True),
)


class FocusArea(Model):
    """A field of security, such as forensics, on which clusters and facilities focus."""

    __tablename__ = "focus_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    description: Mapped[str] = mapped_column(sa.String(200))


class Cluster(Model):
    """The body that owns facilities and answers requests."""

    __tablename__ = "cluster"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    short_name: Mapped[str] = mapped_column(sa.String(60), comment="as spoken: CenSec, KIT")
    kind: Mapped[str | None] = mapped_column(sa.String(200))
    description: Mapped[str | None] = mapped_column(sa.Text)
    city: Mapped[str] = mapped_column(sa.String(100))
    country: Mapped[str] = mapped_column(sa.String(2), comment="ISO 3166-1 alpha-2")
    region: Mapped[str | None] = mapped_column(sa.String(10), comment="ISO 3166-2")
    time_zone: Mapped[str] = mapped_column(sa.String(60), comment="IANA name")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    website: Mapped[str | None] = mapped_column(sa.String(300))
    languages: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    expertise: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    aims: Mapped[list[str]] = mapped_column(JSONOrEmpty(list), nullable=True, default=list)
    partners: Mapped[dict[str, list[str]]] = mapped_column(
        JSONOrEmpty(dict),
        nullable=True,
        default=dict,
        comment="names of organisations by PartnerKind",
    )
    contact_role: Mapped[str | None] = mapped_column(
        sa.String(120), comment="such as Cluster office; nobody's name"
    )
    members: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    second_sites: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    source: Mapped[str | None] = mapped_column(sa.String(400))
    answer_days: Mapped[int] = mapped_column(
        default=10, comment="working days of the cluster within which it means to answer"
    )
    days_off: Mapped[list[list[str]]] = mapped_column(
        JSONOrEmpty(list),
        nullable=True,
        default=list,
        comment="[first day, last day, name]: nobody answers; by first day",
    )
    set_here: Mapped[list[str]] = mapped_column(
        JSONOrEmpty(list),
        nullable=True,
        default=list,
        comment="names of facts that somebody here has set: a file of the catalogue keeps them",
    )
    second_factor_from: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="from then on roles need a second factor; None: they do not"
    )
    second_factor_reminded_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when people without one were reminded of that instant"
    )
    focus_areas: Mapped[list[FocusArea]] = relationship(
        secondary=cluster_focus_area, order_by=FocusArea.slug
    )
