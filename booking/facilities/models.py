"""The tree of facilities, their places, their terms and what the catalogue says of them."""

from datetime import date, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.clusters.models import Cluster, FocusArea
from booking.db.json_types import JSONOrEmpty
from booking.extensions import Model

facility_focus_area = sa.Table(
    "facility_focus_area",
    Model.metadata,
    sa.Column("facility_id", sa.ForeignKey("facility.id"), primary_key=True),
    sa.Column("focus_area_id", sa.ForeignKey("focus_area.id"), primary_key=True, index=True),
)


class Facility(Model):
    """Anything that can be shown and booked; a node in a tree.

    The columns of its terms are declared in `booking.rules.terms`; None is taken from above
    (`booking.facilities.effective_terms`).
    """

    __tablename__ = "facility"
    __table_args__ = (sa.Index("ix_facility_cluster_id_name", "cluster_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    root_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility.id"), index=True, comment="top of its tree; the row that is locked"
    )
    name: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str] = mapped_column(sa.String(40))
    run_by: Mapped[str | None] = mapped_column(sa.String(200))
    city: Mapped[str | None] = mapped_column(sa.String(100))
    description: Mapped[str | None] = mapped_column(sa.Text)
    capabilities: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    concepts: Mapped[list[str] | None] = mapped_column(
        sa.JSON(none_as_null=True), comment="ids of the vocabulary; None: nobody has stated them"
    )
    hazards: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    access_conditions: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.String(40), default="open-unverified")
    people_limit: Mapped[int | None]
    capacity_note: Mapped[str | None] = mapped_column(sa.Text)
    opening_hours_note: Mapped[str | None] = mapped_column(sa.Text)
    source: Mapped[str | None] = mapped_column(sa.String(400))
    more_sources: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    facts_read_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=0, comment="rises when shown facts change")
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(
        JSONOrEmpty(dict),
        nullable=True,
        default=dict,
        comment="{language: {description: ..}}: what the columns say in English, in others",
    )
    equipment: Mapped[list[str]] = mapped_column(JSONOrEmpty(list), nullable=True, default=list)
    setting: Mapped[str | None] = mapped_column(sa.String(10), comment="indoor, outdoor, both")
    size: Mapped[str | None] = mapped_column(sa.String(200))
    access_mode: Mapped[str | None] = mapped_column(sa.String(10), comment="on_site, remote, both")
    who_may_use: Mapped[str | None] = mapped_column(sa.String(200))
    permits: Mapped[str | None] = mapped_column(sa.Text, comment="that its users need")
    asking_cost: Mapped[str | None] = mapped_column(
        sa.String(20), comment="free, on_request, price_list; None: not stated"
    )
    asking_prices_url: Mapped[str | None] = mapped_column(sa.String(300))
    use_cost: Mapped[str | None] = mapped_column(sa.String(20), comment="as asking_cost")
    use_prices_url: Mapped[str | None] = mapped_column(sa.String(300))
    getting_there: Mapped[str | None] = mapped_column(
        sa.Text, comment="public; what only those with a confirmed date may read is in `arrival`"
    )
    contact_role: Mapped[str | None] = mapped_column(
        sa.String(120), comment="such as Test centre office; nobody's name"
    )
    contact_languages: Mapped[list[str]] = mapped_column(
        JSONOrEmpty(list), nullable=True, default=list, comment="as ISO 639-1 codes"
    )
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    position_is_rounded: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    confirmed_on: Mapped[date | None] = mapped_column(
        comment="when its owner last confirmed all facts; by whom is in the log"
    )
    set_here: Mapped[list[str]] = mapped_column(
        JSONOrEmpty(list),
        nullable=True,
        default=list,
        comment="names of facts that somebody here has set: a file of the catalogue keeps them",
    )

    mode: Mapped[str | None] = mapped_column(
        sa.String(20), comment="here (what nobody states), by_agreement, elsewhere"
    )
    elsewhere_url: Mapped[str | None] = mapped_column(sa.String(300))
    pending_holds: Mapped[bool | None] = mapped_column(
        comment="a date that is asked for already holds its places; where nobody states it: no"
    )
    allows_shared: Mapped[bool] = mapped_column("by_place", default=True)
    allows_exclusive: Mapped[bool] = mapped_column("whole", default=True)
    place_word: Mapped[str | None] = mapped_column(sa.String(40), comment="group, bench, rack")
    unit: Mapped[str | None] = mapped_column(sa.String(20))
    minimum_units: Mapped[int | None]
    maximum_units: Mapped[int | None]
    most_open_requests: Mapped[int | None] = mapped_column(
        comment="of one organisation, not yet decided; where nobody states it: 20"
    )
    most_held_days: Mapped[int | None] = mapped_column(
        comment="of one organisation, by requests not yet decided; where nobody states it: 60"
    )
    waiting_list_days: Mapped[int | None] = mapped_column(
        comment="working days for which what becomes free is held for who waits; None: no list"
    )
    lead_time_days: Mapped[int | None]
    horizon_days: Mapped[int | None]
    step_minutes: Mapped[int | None]
    half_day_time: Mapped[time | None] = mapped_column(comment="wall time of the facility")
    setup_minutes: Mapped[int | None]
    cleanup_minutes: Mapped[int | None]
    late_asking: Mapped[bool | None] = mapped_column(
        comment="one may ask inside the lead time; where nobody states it: no"
    )
    automatic_for: Mapped[str | None] = mapped_column(
        sa.String(20),
        comment="whose requests are confirmed at once: nobody (where nobody states it), "
        "own_cluster, named, everyone",
    )
    automatic_maximum_units: Mapped[int | None] = mapped_column(
        comment="the longest date that is confirmed at once"
    )
    automatic_notice_days: Mapped[int | None] = mapped_column(
        comment="how many days before its first day a date is confirmed at once"
    )
    opens_on_holidays: Mapped[bool | None] = mapped_column(
        comment="weekly hours count on public holidays too; where nobody states it: no"
    )
    fair_share_percent: Mapped[int | None] = mapped_column(
        comment="of the open hours of a month; who would take more is warned"
    )
    sees_public: Mapped[str] = mapped_column(sa.String(10), default="busy")
    sees_signed_in: Mapped[str] = mapped_column(sa.String(10), default="busy")
    sees_own_cluster: Mapped[str] = mapped_column(sa.String(10), default="busy")

    cluster: Mapped[Cluster] = relationship()
    parent: Mapped["Facility | None"] = relationship(
        remote_side=[id], foreign_keys=[parent_id], back_populates="children"
    )
    children: Mapped[list["Facility"]] = relationship(
        foreign_keys=[parent_id], back_populates="parent", order_by="Facility.name"
    )
    focus_areas: Mapped[list[FocusArea]] = relationship(
        secondary=facility_focus_area, order_by=FocusArea.slug
    )

    @property
    def areas(self) -> tuple[str, ...]:
        """Return the slugs of its focus areas, sorted."""
        return tuple(area.slug for area in self.focus_areas)


class KindDefault(Model):
    """Invented demo values for one kind of facility; marked as such wherever they are shown."""

    __tablename__ = "kind_default"

    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    unit: Mapped[str] = mapped_column(sa.String(20))
    minimum_units: Mapped[int | None]
    maximum_units: Mapped[int | None]
    lead_time_days: Mapped[int | None]
    horizon_days: Mapped[int | None]
    step_minutes: Mapped[int | None]
    people_limit: Mapped[int | None]
    opening_hours: Mapped[list[dict[str, Any]]] = mapped_column(
        sa.JSON, default=list, comment="[{days: [mon..], from: HH:MM, to: HH:MM}]"
    )


class Place(Model):
    """Room for one group at one time, in one facility."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
