"""Codes of authenticator apps (TOTP, RFC 6238) and recovery codes."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
import segno

RECOVERY_CODES = 10
# Without letters and digits that look alike; 16 of them are 79 bits, so that their hash needs
# neither salt nor slowness.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    """Return a random secret of 160 bits, in base32 as people type it into an app."""
    return pyotp.random_base32()


def address_of(secret: str, email: str, issuer: str) -> str:
    """Return the `otpauth:` address that sets an app up."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def picture_of(address: str) -> str:
    """Return the QR code of an address as a `data:` address of an SVG picture, on white."""
    return segno.make_qr(address, error="m").svg_data_uri(scale=4, light="white")


def matching_step(secret: str, code: str, now: datetime, *, after: int = 0) -> int | None:
    """Return the number of the 30 seconds to which the code belongs, or None: it is wrong.

    The present 30 seconds and those before and after it count, but none up to `after`.
    """
    made = pyotp.TOTP(secret)
    present = made.timecode(now)
    given = code.encode("utf-8", "replace")
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), given) and step > after:
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return new random recovery codes, such as `k7mq-4xwd-9fpt-2hcv`."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def typed_code(text: str) -> str:
    """Return a code as typed, without blanks and dashes, in lower case."""
    return "".join(text.split()).replace("-", "").lower()


def hashed_code(person_id: int, code: str) -> str:
    """Return the hash of a person's recovery code to store."""
    text = f"{person_id}:{typed_code(code)}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
