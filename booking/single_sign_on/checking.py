"""Asking a provider what it says of itself, as signing in does, to see whether it can work."""

import email.utils
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as TooSlow

from booking.db import clock
from booking.rules.provider_checks import (
    ENDPOINTS,
    Answered,
    Finding,
    Reply,
    ahead_by,
    judged,
)
from booking.rules.sign_in_providers import SignInProvider, may_be_asked
from booking.single_sign_on.client import discovery_address
from booking.single_sign_on.provider_session import (
    AnswerTooLarge,
    ProviderSession,
    UnsafeEndpoint,
    patience,
)

_SIGNING = ("RSA", "EC", "OKP")


def check(provider: SignInProvider) -> list[Finding]:
    """Return what a provider says of itself, and whether its keys can be read.

    It takes as long as a page that asks a provider may take in all. Nothing is sent to the
    provider but the request: no client id, no secret.
    """
    with patience(), ProviderSession() as http:
        discovery = _reply(http, discovery_address(provider.issuer))
        said = discovery.content if isinstance(discovery.content, dict) else {}
        unsafe = [one for one in ENDPOINTS if not may_be_asked(said.get(one), provider.issuer)]
        keys = None if "jwks_uri" in unsafe else _reply(http, said["jwks_uri"])
    usable = _usable_keys(keys.content) if keys else 0
    return judged(provider.issuer, discovery, unsafe[0] if unsafe else "", keys, usable)


def _reply(http: ProviderSession, address: str) -> Reply:
    asked_at, begun = clock.now(), time.monotonic()
    try:
        answer = http.request("GET", address, withhold_token=True)
    except UnsafeEndpoint:
        return Reply(Answered.UNSAFE)
    except (requests.Timeout, TooSlow):
        return Reply(Answered.TOO_LATE)
    except requests.exceptions.SSLError:
        return Reply(Answered.NOT_SECURE)
    except AnswerTooLarge:
        return Reply(Answered.TOO_LARGE)
    except (requests.RequestException, HTTPError, OSError, ValueError):
        return Reply(Answered.NOT_FOUND)
    took = timedelta(seconds=time.monotonic() - begun)
    ahead = _ahead(answer.headers.get("Date", ""), asked_at, asked_at + took)
    if answer.status_code != requests.codes.ok:
        return Reply(Answered.STATUS, answer.status_code, ahead=ahead)
    try:
        return Reply(Answered.WELL, content=answer.json(), ahead=ahead)
    except (ValueError, RecursionError):
        return Reply(Answered.NONSENSE, ahead=ahead)


def _ahead(date: str, asked_at: datetime, answered_at: datetime) -> timedelta | None:
    try:
        shown = email.utils.parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    shown = shown if shown.tzinfo else shown.replace(tzinfo=UTC)
    return ahead_by(shown, asked_at, answered_at)


def _usable_keys(content: Any) -> int:
    """Return how many keys for signatures there are, 0 if it cannot be read."""
    try:
        keys = KeySet.import_key_set(content).keys
    except (JoseError, AttributeError, LookupError, TypeError, ValueError):
        return 0
    return sum(key.key_type in _SIGNING and key.get("use") != "enc" for key in keys)
