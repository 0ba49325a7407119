"""Random tokens for cookies and addresses; the database keeps only their hash."""

import hashlib
import secrets


def new_token() -> str:
    """Return a random token of 256 bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return the hash to store: SHA-256, 64 hexadecimal digits.

    256 random bits need no slow hash, as they cannot be guessed.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
