"""What a provider of single sign-on says of itself, judged: can people sign in with it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

#: How much clocks may differ until what a provider signs is refused.
LEEWAY = timedelta(seconds=60)
#: Signatures that are made with a key which the provider publishes; no others are trusted.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
#: What a provider must name for the code flow.
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LONGEST_QUOTED = 200


class Answered(StrEnum):
    """How an address of a provider answered."""

    WELL = "well"
    NOT_FOUND = "not_found"
    """Nothing answers: no such name, no connection, or it broke."""
    TOO_LATE = "too_late"
    NOT_SECURE = "not_secure"
    """Its certificate is not trusted."""
    STATUS = "status"
    """Another status than 200; a redirect is not followed."""
    TOO_LARGE = "too_large"
    NONSENSE = "nonsense"
    """It is not what was asked for."""
    UNSAFE = "unsafe"
    """The address is not one that may be asked: see `sign_in_providers.may_be_asked`."""


class Point(StrEnum):
    """One point that is checked. Behind it the values of its findings, as texts."""

    REACHABLE = "reachable"  # good, or wrong: an `Answered`, a status
    ISSUER = "issuer"  # wrong: what it calls itself
    ENDPOINTS = "endpoints"  # wrong: the first that is missing or unsafe
    CODE_FLOW = "code_flow"
    PKCE = "pkce"
    SIGNATURES = "signatures"
    KEYS = "keys"  # good: how many; wrong: an `Answered`, a status
    VERIFIED_ADDRESS = "verified_address"
    CLOCK = "clock"  # seconds by which it is ahead


class Verdict(StrEnum):
    """What follows from one point."""

    GOOD = "good"
    UNSURE = "unsure"
    """It does not say; people may be able to sign in all the same."""
    WRONG = "wrong"
    """Nobody can sign in with it as it is."""


@dataclass(frozen=True)
class Finding:
    """What was found about one point; `value` and `more` are said at each `Point`."""

    point: Point
    verdict: Verdict
    value: str = ""
    more: str = ""


@dataclass(frozen=True)
class Reply:
    """What came from one address; `content` is JSON, None unless it `answered` well."""

    answered: Answered
    status: int = 200
    content: Any = None
    #: By which the provider's clock is ahead of ours; None: it does not say.
    ahead: timedelta | None = None


#: Where a list that a provider gives must have what sign-in uses; it may give none.
_NEEDED = (Point.CODE_FLOW, Point.PKCE)


def judged(
    issuer: str, discovery: Reply, unsafe_endpoint: str, keys: Reply | None, usable_keys: int
) -> list[Finding]:
    """Return what to say about a provider, in the order in which it was asked.

    `unsafe_endpoint` is the first of its endpoints that may not be asked, "" if all may. `keys`
    None: they were not asked for.
    """
    found = discovery.content
    if discovery.answered is not Answered.WELL:
        return [_not_reached(Point.REACHABLE, discovery)]
    if not isinstance(found, Mapping):
        return [Finding(Point.REACHABLE, Verdict.WRONG, Answered.NONSENSE)]
    findings = [Finding(Point.REACHABLE, Verdict.GOOD), _issuer(issuer, found.get("issuer"))]
    if unsafe_endpoint:
        findings.append(Finding(Point.ENDPOINTS, Verdict.WRONG, unsafe_endpoint))
    findings += _offers(found)
    if keys is not None:
        findings.append(_keys(keys, usable_keys))
    if discovery.ahead is not None:
        is_wrong = abs(discovery.ahead) > LEEWAY
        seconds = str(round(discovery.ahead.total_seconds()))
        verdict = Verdict.WRONG if is_wrong else Verdict.GOOD
        findings.append(Finding(Point.CLOCK, verdict, seconds))
    return findings


def _not_reached(point: Point, reply: Reply) -> Finding:
    return Finding(point, Verdict.WRONG, reply.answered, str(reply.status))


def _issuer(issuer: str, said: object) -> Finding:
    if said == issuer:
        return Finding(Point.ISSUER, Verdict.GOOD)
    quoted = said[:_LONGEST_QUOTED] if isinstance(said, str) and said.isprintable() else ""
    return Finding(Point.ISSUER, Verdict.WRONG, quoted)


def _offers(found: Mapping[str, Any]) -> Iterator[Finding]:
    for point, entry, wanted in (
        (Point.CODE_FLOW, "response_types_supported", {"code"}),
        (Point.PKCE, "code_challenge_methods_supported", {"S256"}),
        (Point.SIGNATURES, "id_token_signing_alg_values_supported", ALGORITHMS),
        (Point.VERIFIED_ADDRESS, "claims_supported", {"email_verified"}),
    ):
        said = found.get(entry)
        if texts(said) & wanted:
            yield Finding(point, Verdict.GOOD)
        elif point is Point.SIGNATURES or (said is not None and point in _NEEDED):
            yield Finding(point, Verdict.WRONG)
        else:
            yield Finding(point, Verdict.UNSURE)


def _keys(keys: Reply, usable: int) -> Finding:
    if keys.answered is not Answered.WELL:
        return _not_reached(Point.KEYS, keys)
    if not usable:
        return Finding(Point.KEYS, Verdict.WRONG, Answered.NONSENSE)
    return Finding(Point.KEYS, Verdict.GOOD, str(usable))


def texts(value: object) -> set[str]:
    """Return the texts in what should be a list of texts, none if it is something else."""
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def ahead_by(date: datetime, asked_at: datetime, answered_at: datetime) -> timedelta:
    """Return by how much a clock that showed `date` is ahead of ours; it shows whole seconds.

    It was read between the two instants: within them, and the second, it is not ahead at all.
    """
    if date > answered_at:
        return date - answered_at
    end = date + timedelta(seconds=1)
    return end - asked_at if end < asked_at else timedelta(0)
