"""Tables: areas of expertise, the people named with them, and what is asked about them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.clusters.models import Cluster
from booking.db.times import UTCDateTime
from booking.extensions import Model


class ExpertiseArea(Model):
    """Knowledge that people of a cluster can lend, and the role that answers questions about it."""

    __tablename__ = "expertise_area"
    __table_args__ = (sa.UniqueConstraint("cluster_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))
    role: Mapped[str] = mapped_column(
        sa.String(120), comment="who answers, not by name: head of the flight test team"
    )
    subjects: Mapped[list[str]] = mapped_column(sa.JSON, comment="slugs of focus areas")
    languages: Mapped[list[str]] = mapped_column(sa.JSON, comment="ISO 639-1")
    revision: Mapped[int] = mapped_column(default=0, comment="rises with each change")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))

    cluster: Mapped[Cluster] = relationship()
    people: Mapped[list["ExpertisePerson"]] = relationship(
        order_by="ExpertisePerson.id", cascade="all, delete-orphan", passive_deletes=True
    )


class ExpertisePerson(Model):
    """Somebody whom a cluster names with an area. Nobody sees it until the person agrees."""

    __tablename__ = "expertise_person"
    __table_args__ = (sa.UniqueConstraint("area_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; in addresses")
    area_id: Mapped[int] = mapped_column(sa.ForeignKey("expertise_area.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    named_at: Mapped[datetime] = mapped_column(UTCDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the person agreed to be shown; None: not, or not any more"
    )

    person: Mapped[Person] = relationship()


class ExpertiseQuestion(Model):
    """What somebody asks a cluster about its expertise, with all messages that follow."""

    __tablename__ = "expertise_question"
    __table_args__ = (sa.Index("ix_expertise_question_asked", "asked_by_id", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(
        sa.String(40), unique=True, comment="random; in addresses"
    )
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("expertise_area.id", ondelete="SET NULL"),
        index=True,
        comment="whose people answer beside the coordinators; None: only these",
    )
    about: Mapped[str] = mapped_column(sa.String(200), comment="the area's name at that time")
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    organisation: Mapped[str] = mapped_column(
        sa.String(200), comment="for which they asked, by its name at that time; empty: for none"
    )
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_message_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_answered: Mapped[bool] = mapped_column(
        default=False, comment="the latest message is one of the cluster's side"
    )

    cluster: Mapped[Cluster] = relationship()
    asked_by: Mapped[Person] = relationship()


class ExpertiseMessage(Model):
    """What one side wrote; never changed."""

    __tablename__ = "expertise_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("expertise_question.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    side: Mapped[str] = mapped_column(sa.String(12), comment="of its author: requester, owner")
    text: Mapped[str] = mapped_column(sa.Text)

    author: Mapped[Person] = relationship()
