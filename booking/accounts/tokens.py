"""Secrets that stand in cookies and addresses; the database keeps only their hash."""

import hashlib
import secrets


def new_token() -> str:
    """Return a random token of 256 bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return what is stored of a token: its SHA-256, 64 hexadecimal digits.

    A plain hash is enough for 256 random bits: there is nothing to guess.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
