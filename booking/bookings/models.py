"""The tables of requests, bookings, dates, occupancies, logs and drafts."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from booking.accounts.models import Organisation, Person
from booking.bookings.details import DetailsColumns, RequestDetails
from booking.db.times import UTCDateTime
from booking.extensions import Model
from booking.facilities.models import Facility
from booking.rules.lifecycle import State


class BookingRequest(DetailsColumns, Model):
    """What a partner sends: one purpose, one or more bookings.

    Own use of the owner is a request too, without an organisation.
    """

    __tablename__ = "booking_request"
    __table_args__ = (
        sa.Index("ix_booking_request_organisation_id_sent_at", "organisation_id", "sent_at"),
        sa.UniqueConstraint("requester_id", "send_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(7), unique=True, comment="K7M-4QX")
    organisation_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="None: the owner's own use"
    )
    requester_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), index=True, comment="who sent or entered it"
    )
    contact_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"),
        comment="the colleague who looks after it since the requester left; None: the requester",
    )
    entered: Mapped[bool] = mapped_column(
        default=False, comment="entered by an approver: own use, or on behalf of the organisation"
    )
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_confidential: Mapped[bool] = mapped_column(
        default=False,
        server_default=sa.false(),
        comment="of the organisation only the people in request_reader read it",
    )
    idempotency_key: Mapped[str] = mapped_column(
        "send_token",
        sa.String(64),
        comment="made with the form, so that a second click sends nothing new",
    )

    details: Mapped[RequestDetails] = composite(
        RequestDetails, *(field.name for field in fields(RequestDetails))
    )
    organisation: Mapped[Organisation | None] = relationship()
    requester: Mapped[Person] = relationship(foreign_keys=requester_id)
    contact: Mapped[Person | None] = relationship(foreign_keys=contact_id)
    bookings: Mapped[list["Booking"]] = relationship(
        back_populates="request", order_by="Booking.id"
    )

    @property
    def looked_after_by(self) -> int:
        """Return the id of the person who gets its updates, as long as they work there."""
        return self.contact_id or self.requester_id

    @property
    def partner_id(self) -> int | None:
        """Return the partner who sent it, and so may not decide; None if the owner entered it."""
        return None if self.entered else self.requester_id


class RequestReader(Model):
    """Somebody of the organisation who reads a confidential request."""

    __tablename__ = "request_reader"

    request_id: Mapped[int] = mapped_column(sa.ForeignKey("booking_request.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    named_at: Mapped[datetime] = mapped_column(UTCDateTime)


#: `BookingRequest.looked_after_by` in SQL.
LOOKED_AFTER_BY = sa.func.coalesce(BookingRequest.contact_id, BookingRequest.requester_id)


class Booking(Model):
    """One facility in a request: who decides, what is agreed."""

    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("booking_request.id"), index=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the owner means to have answered; None: entered by the owner"
    )

    reminded_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when who decides was reminded, halfway to the due date"
    )
    escalated_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the coordinators were told that the answer is overdue"
    )
    requester_reminded_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the requester reminded who decides, after the due date"
    )

    request: Mapped[BookingRequest] = relationship(back_populates="bookings")
    facility: Mapped[Facility] = relationship()
    occurrences: Mapped[list["Occurrence"]] = relationship(
        back_populates="booking", order_by="(Occurrence.starts_at, Occurrence.id)"
    )
    log: Mapped[list["LogEntry"]] = relationship(order_by="LogEntry.id", viewonly=True)


class Occurrence(Model):
    """One date of a booking, with a state of its own."""

    __tablename__ = "occurrence"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        sa.CheckConstraint("places >= 0", name="places_not_negative"),
        sa.Index("ix_occurrence_state_lapses_at", "state", "lapses_at"),
        sa.Index("ix_occurrence_starts_at", "starts_at"),
        sa.Index("ix_occurrence_facility_id_ends_at", "facility_id", "ends_at"),
        sa.Index(
            "ix_occurrence_replaces_id",
            "replaces_id",
            postgresql_where=sa.text("replaces_id IS NOT NULL"),
            sqlite_where=sa.text("replaces_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    facility_id: Mapped[int] = mapped_column(
        sa.ForeignKey("facility.id"), comment="of its booking: one index for calendars"
    )
    uid: Mapped[str] = mapped_column(sa.String(40), unique=True, comment="random; on pages")
    feed_uid: Mapped[str | None] = mapped_column(
        sa.String(40), comment="UID in feeds: that of the date it replaced; None: uid"
    )
    replaces_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("occurrence.id"),
        comment="the date of the same booking in whose place it is, or would be once confirmed",
    )
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    whole: Mapped[bool] = mapped_column(default=False, comment="all of it: nobody else there")
    places: Mapped[int] = mapped_column(comment="own places taken when not whole")
    state: Mapped[State] = mapped_column(
        sa.Enum(State, native_enum=False, length=20, values_callable=lambda e: [s.value for s in e])
    )
    lapses_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when a date that nobody decided on ends"
    )
    began_waiting: Mapped[bool] = mapped_column(
        default=False,
        server_default=sa.false(),
        comment="sent to the waiting list: no feed has it before it is confirmed",
    )
    own_details: Mapped[dict[str, Any] | None] = mapped_column(
        sa.JSON(none_as_null=True),
        comment="details of the request that are otherwise for this date, by name; None: none",
    )
    revision: Mapped[int] = mapped_column(default=0, comment="SEQUENCE in feeds")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the people came, as the owner noted it"
    )
    left_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when they left, as the owner noted it"
    )

    booking: Mapped[Booking] = relationship(back_populates="occurrences")
    facility: Mapped[Facility] = relationship()


class Occupancy(Model):
    """One place taken by one date for a stretch, set-up and clean-up included.

    The only rows that say "taken". No two of one place share an instant: an exclusion
    constraint (PostgreSQL) or triggers (SQLite) named `occupancy_no_overlap` see to it.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        sa.Index("ix_occupancy_place_id_ends_at", "place_id", "ends_at"),
        sa.Index(
            "ix_occupancy_held_until",
            "held_until",
            postgresql_where=sa.text("held_until IS NOT NULL"),
            sqlite_where=sa.text("held_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("place.id"))
    occurrence_id: Mapped[int] = mapped_column(sa.ForeignKey("occurrence.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    held_until: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="a hold, free from then on; None: confirmed"
    )


class LogEntry(Model):
    """One line of a booking's log. It is never changed or deleted."""

    __tablename__ = "booking_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="None: nobody, it lapsed"
    )
    stood_in_for_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), comment="who was away and in whose place the actor decided"
    )
    side: Mapped[str] = mapped_column(
        sa.String(12), comment="as whom the actor acted: requester, owner, nobody"
    )
    colleague: Mapped[bool] = mapped_column(
        default=False, comment="the actor decided for an organisation that is also theirs"
    )
    works_for: Mapped[list[str] | None] = mapped_column(
        sa.JSON(none_as_null=True),
        comment="for which organisations the actor of the owner's side worked then",
    )
    event: Mapped[str] = mapped_column(
        sa.String(20),
        default="step",
        server_default="step",
        comment="step; or affected, lifted, kept, override, message, question, answer: then the"
        " state stays as it is",
    )
    before: Mapped[str | None] = mapped_column(sa.String(20), comment="None: it was sent")
    after: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    reason_code: Mapped[str | None] = mapped_column(
        sa.String(20), comment="why dates were declined, for figures; None: no code was chosen"
    )
    rule: Mapped[dict[str, Any] | None] = mapped_column(
        sa.JSON(none_as_null=True), comment="the rule by which it was confirmed at once"
    )
    changes: Mapped[list[dict[str, Any]] | None] = mapped_column(
        sa.JSON(none_as_null=True),
        comment="what the requester changed or asks to change, before and after",
    )
    occurrence_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    held_ids: Mapped[list[int] | None] = mapped_column(
        sa.JSON(none_as_null=True),
        comment="which of the dates had a hold before they were confirmed; None: not known",
    )
    condition_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("booking_condition.id"), comment="the condition to which it happened"
    )

    actor: Mapped[Person | None] = relationship(foreign_keys=actor_id)
    condition: Mapped["BookingCondition | None"] = relationship()


class BookingCondition(Model):
    """What must be done before the yes to a booking is final, or before people arrive.

    Kind and text are as they were when the dates were accepted or confirmed; what happened since
    says the booking's log.
    """

    __tablename__ = "booking_condition"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    listed_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility_condition.id"),
        comment="the facility's condition; None: added for this booking only",
    )
    kind: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    stage: Mapped[str] = mapped_column(sa.String(20), comment="before_final, before_arrival")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    status: Mapped[str] = mapped_column(
        sa.String(20), comment="open, done (says the requester), not_yet, met, waived"
    )
    note: Mapped[str] = mapped_column(
        sa.Text, default="", comment="what was written with the latest change of its status"
    )
    missed_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the owner was told that it was not met in time"
    )
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    taken_off_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when the confirmation that came with it was undone; None: it counts"
    )


class Draft(Model):
    """A request that is not sent yet, saved while its author signs in."""

    __tablename__ = "draft"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    fields: Mapped[list[list[str]]] = mapped_column(sa.JSON, comment="[[name, value], ...]")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
