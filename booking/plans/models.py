"""Tables: plans, who joins them, comments, and who waits for a planned facility to open."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Organisation, Person
from booking.clusters.models import Cluster
from booking.db.times import UTCDateTime
from booking.extensions import Model
from booking.facilities.models import Facility


class FacilityPlan(Model):
    """A facility or workbench that does not exist yet, and that clusters may build together."""

    __tablename__ = "facility_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    cluster_id: Mapped[int] = mapped_column(
        sa.ForeignKey("cluster.id"),
        index=True,
        comment="that leads it, or to which it is suggested",
    )
    title: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(40), comment="of facility")
    description: Mapped[str] = mapped_column(sa.Text)
    concepts: Mapped[list[str]] = mapped_column(sa.JSON, comment="capabilities, of the vocabulary")
    demand: Mapped[str] = mapped_column(sa.Text, comment="which demand it answers")
    cost_class: Mapped[str] = mapped_column(sa.String(20))
    wanted_by: Mapped[date | None] = mapped_column(comment="by when it is wanted; None: not stated")
    status: Mapped[str] = mapped_column(sa.String(20))
    status_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    suggested_for_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="for which it was suggested; None: by a cluster"
    )
    taken_up_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="since when all who are signed in see it; None: only suggested"
    )
    facility_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility.id"), comment="with which the catalogue shows it"
    )
    revision: Mapped[int] = mapped_column(default=0, comment="rises with each change")

    cluster: Mapped[Cluster] = relationship()
    facility: Mapped[Facility | None] = relationship()


class PlanCluster(Model):
    """That a cluster joins a plan."""

    __tablename__ = "plan_cluster"

    plan_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility_plan.id"), primary_key=True, autoincrement=False
    )
    cluster_id: Mapped[int] = mapped_column(
        sa.ForeignKey("cluster.id"), primary_key=True, autoincrement=False
    )
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    said_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))


class PlanOrganisation(Model):
    """That an organisation would use it; seen by itself and by coordinators."""

    __tablename__ = "plan_organisation"
    __table_args__ = (sa.UniqueConstraint("plan_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("facility_plan.id"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    said_by_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), comment="who is told of changes while they work there"
    )

    organisation: Mapped[Organisation] = relationship()


class PlanComment(Model):
    """What somebody of a cluster or of an organisation that joined says of a plan."""

    __tablename__ = "plan_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("facility_plan.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="for which they wrote; None: for a cluster"
    )
    cluster_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("cluster.id"), comment="for which they wrote"
    )
    text: Mapped[str] = mapped_column(sa.Text)

    author: Mapped[Person] = relationship()


class FacilityFollower(Model):
    """Somebody who is told once when a planned facility can be requested."""

    __tablename__ = "facility_follower"
    __table_args__ = (
        sa.UniqueConstraint("facility_id", "person_id"),
        sa.Index("ix_facility_follower_told_at", "told_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the person was told; None: not yet"
    )
