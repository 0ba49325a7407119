"""Tables: what an organisation asked about a facility, and what both sides wrote."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Organisation, Person
from booking.db.times import UTCDateTime
from booking.extensions import Model
from booking.facilities.models import Facility


class Enquiry(Model):
    """What an organisation asks about a facility without a request; at most one for each."""

    __tablename__ = "enquiry"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "facility_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(7), unique=True, comment="K7M-4QX")
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    asked_by_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), comment="who began it, and so does not answer it"
    )
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_message_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_answered: Mapped[bool] = mapped_column(
        default=False, comment="the latest message is the owner's"
    )

    facility: Mapped[Facility] = relationship()
    organisation: Mapped[Organisation] = relationship()


class EnquiryMessage(Model):
    """What one side wrote; never changed."""

    __tablename__ = "enquiry_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(sa.ForeignKey("enquiry.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    side: Mapped[str] = mapped_column(sa.String(12), comment="of its author: requester, owner")
    text: Mapped[str] = mapped_column(sa.Text)

    enquiry: Mapped[Enquiry] = relationship()
    author: Mapped[Person] = relationship()
