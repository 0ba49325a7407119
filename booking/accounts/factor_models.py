"""Tables: second factors of people, recovery codes, passkeys, and sign-ins half way."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

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


class Passkey(Model):
    """A passkey (WebAuthn credential) of a person; it signs in alone, or as a second step."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(32), unique=True, comment="random, for forms")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(
        sa.String(1400), unique=True, comment="chosen by the device, base64url"
    )
    handle: Mapped[str] = mapped_column(
        sa.String(100), comment="for whom the device keeps it: random, base64url"
    )
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int] = mapped_column(
        sa.BigInteger, comment="of the device when it was last used; 0: it does not count"
    )
    name: Mapped[str] = mapped_column(sa.String(60))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PasskeyChallenge(Model):
    """What a device is to sign, in one browser; it is used up by the first answer."""

    __tablename__ = "passkey_challenge"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True, comment="SHA-256")
    challenge: Mapped[bytes] = mapped_column(sa.LargeBinary)
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("person.id"), index=True, comment="None: whoever has the passkey"
    )
    handle: Mapped[str] = mapped_column(
        sa.String(100), default="", comment="of the passkey to add; empty: it is to sign in"
    )
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


def has_second_factor_of(
    person_id: sa.ColumnElement[int] | InstrumentedAttribute[int],
) -> sa.ColumnElement[bool]:
    """Return the condition that a person of the query has a second factor."""
    return sa.or_(
        sa.exists().where(AuthenticatorApp.person_id == person_id),
        sa.exists().where(Passkey.person_id == person_id),
    )
