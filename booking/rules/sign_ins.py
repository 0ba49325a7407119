"""How somebody signs in: by which way, with which second factor, and how long that is fresh."""

from datetime import datetime, timedelta
from enum import StrEnum

#: Within this time after somebody has proved who they are, they may change how they sign in.
FRESH_FOR = timedelta(minutes=10)
#: How long the second step waits for a code after the first one.
SECOND_STEP_LASTS = timedelta(minutes=10)

#: How long a device may take to answer with a passkey.
CHALLENGE_LASTS = timedelta(minutes=5)


class SignInWay(StrEnum):
    """How a sign-in began: its first step."""

    PASSWORD = "password"  # noqa: S105  # the name of a way
    LINK = "link"
    """With a mailed link, by which a password was chosen."""
    PASSKEY = "passkey"
    """With a passkey alone: it is a thing and a finger or PIN, so two factors."""
    SINGLE_SIGN_ON = "single_sign_on"


class SecondFactor(StrEnum):
    """What was asked for beside the first step."""

    APP = "app"
    """A code of an authenticator app."""
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"
    PROVIDER = "provider"
    """Whatever the provider of single sign-on asked for."""


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Return whether it was just now that somebody proved who they are."""
    return now - proved_at < FRESH_FOR
