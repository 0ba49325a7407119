"""Encrypts what the database keeps and the application must read again: secrets of apps.

The key is derived from the secret key, so who reads the database alone reads no secret. What was
encrypted with a key that is no longer stated, not even as a fallback, cannot be read any more.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _box(secret: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"secrets of second factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def encrypted(text: str, secrets: Sequence[str]) -> str:
    """Return the text encrypted with the first of the keys, the present one."""
    return _box(secrets[0]).encrypt(text.encode()).decode()


def decrypted(token: str, secrets: Sequence[str]) -> str | None:
    """Return the text, or None if none of the keys fits."""
    try:
        return MultiFernet([_box(one) for one in secrets]).decrypt(token).decode()
    except InvalidToken:
        return None


def sealed(text: str, secret: str, now: datetime) -> str:
    """Return a text to hand to a browser, which can neither read nor change it."""
    return _box(secret).encrypt_at_time(text.encode(), int(now.timestamp())).decode()


def unsealed(token: str, secret: str, now: datetime, lasts: timedelta) -> str | None:
    """Return the text that was `sealed` at most so long ago, or None."""
    try:
        opened = _box(secret).decrypt_at_time(
            token.encode("ascii", "replace"),
            round(lasts.total_seconds()),
            int(now.timestamp()),
        )
    except InvalidToken:
        return None
    return opened.decode()
