"""Tables: second factors of people, their recovery codes, and sign-ins that wait for one."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.db.times import UTCDateTime
from booking.extensions import Model


class AuthenticatorApp(Model):
    """The authenticator app of a person, which makes codes (TOTP, RFC 6238)."""

    __tablename__ = "authenticator_app"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(sa.Text, comment="encrypted, see secret_box")
    last_step: Mapped[int] = mapped_column(
        sa.BigInteger, comment="the 30 seconds of the last code; none up to it counts again"
    )
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecoveryCode(Model):
    """A code that signs in once in place of a second factor."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SecondStep(Model):
    """A sign-in whose first step succeeded, in one browser; it opens nothing but the second."""

    __tablename__ = "second_step"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    way: Mapped[str] = mapped_column(sa.String(20), comment="of the first step, as in sign_in")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
