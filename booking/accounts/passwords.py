"""Passwords: kept as argon2id, and compared in the same time whoever it is."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106 section 4, second recommended option: 64 MiB, three passes, four lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(_same_on_every_keyboard(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Say whether the password is the one that was hashed.

    Costs one verification also without a hash (nobody of this name, or no password yet), so
    that the time of an answer does not tell who has an account.
    """
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), _same_on_every_keyboard(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")


def _same_on_every_keyboard(password: str) -> str:
    # One letter with an accent can be typed as one character or as two (NIST SP 800-63B 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
