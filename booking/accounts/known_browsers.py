"""Marks of browsers in which somebody has signed in: others cannot lock their account there.

A mark is kept in a cookie. It holds a random number and a signature that binds it to the account,
its password, and whether it has a second factor: nothing is stored, a new password revokes all
marks, and setting up the first factor those that were made without one. Each sign-in makes a new
mark, so the browser in which it is set up stays known.
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from booking.accounts.tokens import new_token

KEPT_FOR = timedelta(days=180)
_LONGEST_MARK = 200


def new_mark(
    secret: str, email: str, password_hash: str, *, with_second_factor: bool = False
) -> str:
    """Return a mark for a browser in which the owner of this account has just signed in."""
    browser = new_token()
    signature = _signature(secret, browser, email, password_hash, with_second_factor)
    return f"{browser}.{signature}"


def marked_browser(
    mark: str,
    secrets: Sequence[str],
    email: str,
    password_hash: str | None,
    *,
    with_second_factor: bool = False,
) -> str | None:
    """Return the random name of the browser, or None: it is not known to this account.

    `secrets` are the secret key and those before it that still count; `with_second_factor` says
    whether the account has one.
    An account that does not exist, or has no password, knows no browser.
    """
    browser, _, signature = mark[:_LONGEST_MARK].partition(".")
    # Worked out in any case, so that the time does not tell who has an account.
    given = signature.encode("utf-8", "replace")
    found = [
        hmac.compare_digest(
            given,
            _signature(one, browser, email, password_hash or "", with_second_factor).encode(),
        )
        for one in secrets
    ]
    return browser if any(found) and password_hash else None


def _signature(
    secret: str, browser: str, email: str, password_hash: str, with_second_factor: bool
) -> str:
    kind = "known browser, second factor" if with_second_factor else "known browser"
    text = "\0".join((kind, browser, email, password_hash))
    return hmac.digest(secret.encode(), text.encode("utf-8", "replace"), "sha256").hex()
