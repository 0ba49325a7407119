"""Marks of browsers in which somebody has signed in: others cannot lock their account there.

A mark is kept in a cookie. It holds a random number and a signature that binds it to the account
and its password: nothing is stored, and a new password revokes all marks.
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from booking.accounts.tokens import new_token

KEPT_FOR = timedelta(days=180)
_LONGEST_MARK = 200


def new_mark(secret: str, email: str, password_hash: str) -> str:
    """Return a mark for a browser in which the owner of this account has just signed in."""
    browser = new_token()
    return f"{browser}.{_signature(secret, browser, email, password_hash)}"


def marked_browser(
    mark: str, secrets: Sequence[str], email: str, password_hash: str | None
) -> str | None:
    """Return the random name of the browser, or None: it is not known to this account.

    `secrets` are the secret key and those before it that still count.
    An account that does not exist, or has no password, knows no browser.
    """
    browser, _, signature = mark[:_LONGEST_MARK].partition(".")
    # Worked out in any case, so that the time does not tell who has an account.
    given = signature.encode("utf-8", "replace")
    found = [
        hmac.compare_digest(given, _signature(one, browser, email, password_hash or "").encode())
        for one in secrets
    ]
    return browser if any(found) and password_hash else None


def _signature(secret: str, browser: str, email: str, password_hash: str) -> str:
    text = "\0".join(("known browser", browser, email, password_hash))
    return hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha256").hex()
