"""An identity that waits to be linked: kept in the session of the browser that brought it.

It is there from a provider's answer about somebody unknown until it is linked, ten minutes at
most. Another person who signs in there meanwhile is asked, and sees whose it is.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import session

from booking.db import clock
from booking.rules.sign_in_providers import LINK_WITHIN, ProvidedIdentity

#: Its name in the session; it stays there when its owner signs in.
NAME = "waiting_identity"


@dataclass(frozen=True)
class WaitingIdentity:
    """An identity, the key of its provider, when that answered, and where its owner wanted to go.

    `target` is a path on this site, or None.
    """

    provider_key: str
    identity: ProvidedIdentity
    answered_at: datetime
    target: str | None


def keep_waiting(provider_key: str, identity: ProvidedIdentity, target: str | None) -> None:
    """Let an identity wait in this browser; one before it is forgotten."""
    session[NAME] = {
        "provider": provider_key,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "name": identity.name,
        "email": identity.email,
        "at": clock.now().isoformat(),
        "target": target,
    }


def waiting_identity() -> WaitingIdentity | None:
    """Return the identity that waits in this browser, None if there is none or it is too old."""
    kept = session.get(NAME)
    if kept is None:
        return None
    answered_at = datetime.fromisoformat(kept["at"])
    if not answered_at <= clock.now() < answered_at + LINK_WITHIN:
        forget_waiting()
        return None
    identity = ProvidedIdentity(
        issuer=kept["issuer"], subject=kept["subject"], name=kept["name"], email=kept["email"]
    )
    return WaitingIdentity(kept["provider"], identity, answered_at, kept["target"])


def forget_waiting() -> None:
    """Forget the identity that waits in this browser."""
    session.pop(NAME, None)
