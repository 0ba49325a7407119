"""Tables: identities at providers with which people sign in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Person
from booking.db.times import UTCDateTime
from booking.extensions import Model


class SignInIdentity(Model):
    """An identity at a provider that is linked to a person, who signs in with it.

    It is issuer and subject, never an address: those change their owner.
    """

    __tablename__ = "sign_in_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(255))
    subject: Mapped[str] = mapped_column(sa.String(255), comment="what the issuer calls the person")
    linked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when somebody last signed in with it; None: never"
    )

    person: Mapped[Person] = relationship()
