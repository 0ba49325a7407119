"""Hashing passwords with argon2id, and checking them in constant time."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106 section 4, second recommended option: 64 MiB, three passes, four lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return _HASHER.hash(_normalised(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether the password matches the hash.

    Without a hash (no such account, or no password yet) it verifies a dummy hash, so that the
    time it takes does not reveal who has an account.
    """
    try:
        _HASHER.verify(password_hash or _dummy_hash(), _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _dummy_hash() -> str:
    return _HASHER.hash("nobody has this password")


def _normalised(password: str) -> str:
    # An accented letter may be typed as one character or as two (NIST SP 800-63B 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
