"""Random tokens for cookies and addresses; the database keeps only their hash."""

import base64
import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a random token of 256 bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def token_for(secret: str, key: str) -> str:
    """Return the token of the link in a mail, worked out from the `key` of its row.

    So each try to send the mail has the same link, and who reads the database cannot follow it.
    """
    digest = hmac.digest(secret.encode(), f"link in a mail\0{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hashed(token: str) -> str:
    """Return the hash to store: SHA-256, 64 hexadecimal digits.

    256 random bits need no slow hash, as they cannot be guessed.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
