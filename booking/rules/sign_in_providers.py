"""Providers of single sign-on: how they are stated, and what their word about a person means."""

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from booking.rules.limits import is_this_machine
from booking.rules.names import can_be_seen, name_problem, normalised_name

#: How long after the provider's answer an identity can be linked to an account.
LINK_WITHIN = timedelta(minutes=10)
LONGEST_ISSUER = 255
#: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
LONGEST_SUBJECT = 255
_LONGEST_NAME = 120
_LONGEST_EMAIL = 254
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_LONGEST_KEY = 30
_TEXTS = ("name", "issuer", "client_id")
_KNOWN = frozenset({*_TEXTS, "cluster", "second_factor"})


class ProviderFault(Exception):
    """A provider is stated wrongly; the message says what is wrong and shows no secret."""


@dataclass(frozen=True, kw_only=True)
class SignInProvider:
    """A provider that says who somebody is, by OpenID Connect.

    `key` is its name in addresses; `cluster_slug` None: it is for all clusters. `second_factor`
    are the values of `amr` or `acr` with which it says that it asked for a second factor.
    """

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    cluster_slug: str | None = None
    second_factor: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ProvidedIdentity:
    """Who somebody is in the words of a provider: never more than issuer and subject.

    `email` is "" unless the provider says that it has verified it; then `name` is "" too. Both are
    no more than a suggestion for a form.
    """

    issuer: str
    subject: str
    name: str = ""
    email: str = ""

    @property
    def is_verified(self) -> bool:
        """Return whether the provider has verified an address, so that it may be linked."""
        return bool(self.email)


def providers_from(
    stated: Mapping[str, Any], secret_of: Callable[[str], str | None]
) -> tuple[SignInProvider, ...]:
    """Return the providers of a settings file, in its order; `secret_of` a key is its secret.

    Raises:
        ProviderFault: something is missing, wrong or unknown.
    """
    found: list[SignInProvider] = []
    for key, values in stated.items():
        provider = _provider(key, values, secret_of)
        if any(provider.issuer == other.issuer for other in found):
            raise ProviderFault(f"{key} has the issuer of another provider")
        found.append(provider)
    return tuple(found)


def _provider(key: str, values: object, secret_of: Callable[[str], str | None]) -> SignInProvider:
    if not _KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        raise ProviderFault(
            f"names of providers have at most {_LONGEST_KEY} letters a-z, digits and single dashes"
        )
    if not isinstance(values, Mapping):
        raise ProviderFault(f"{key} must be a table, such as [{key}]")
    if unknown := sorted(set(values) - _KNOWN):
        raise ProviderFault(f"{key} has an unknown entry: {unknown[0]}")
    for name in _TEXTS:
        if not _is_text(values.get(name)):
            raise ProviderFault(f"{key} has no {name}")
    cluster, factors = values.get("cluster"), values.get("second_factor", [])
    if cluster is not None and not _is_text(cluster):
        raise ProviderFault(f"cluster of {key} must be the slug of a cluster")
    if not isinstance(factors, list) or not all(_is_text(one) for one in factors):
        raise ProviderFault(f"second_factor of {key} must be a list of texts")
    if not is_safe_endpoint(values["issuer"]) or len(values["issuer"]) > LONGEST_ISSUER:
        raise ProviderFault(f"issuer of {key} must begin with https://")
    secret = secret_of(key)
    if not secret:
        raise ProviderFault(f"{secret_variable(key)} must be set: the client secret of {key}")
    return SignInProvider(
        key=key,
        name=values["name"],
        issuer=values["issuer"],
        client_id=values["client_id"],
        client_secret=secret,
        cluster_slug=cluster,
        second_factor=frozenset(factors),
    )


def secret_variable(key: str) -> str:
    """Return the name of the environment variable that holds a provider's client secret."""
    return f"SIGN_IN_SECRET_{key.upper().replace('-', '_')}"


def is_safe_endpoint(address: object) -> bool:
    """Return whether an address of a provider may be used: HTTPS, or this machine for tests."""
    if not _is_text(address) or not str(address).isascii():
        return False
    try:
        parts = urlsplit(str(address))
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.fragment:
        return False
    is_here = host == "localhost" or is_this_machine(host)
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)


def may_be_asked(address: object, issuer: str) -> bool:
    """Return whether this server may fetch an address that a provider names.

    A provider elsewhere names nothing on this machine: what answers here may trust whoever asks.
    """
    return is_safe_endpoint(address) and (_is_here(issuer) or not _is_here(str(address)))


def _is_here(address: str) -> bool:
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost") or is_this_machine(host):
        return True
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        # 127.1 and 0x7f000001 are short for an address; no name ends like this.
        return host.rpartition(".")[2][0].isdigit()


def identity_from(claims: Mapping[str, Any], issuer: str) -> ProvidedIdentity | None:
    """Return who the checked claims of this issuer are about, None if they do not say."""
    subject = claims.get("sub")
    if not _is_text(subject) or len(str(subject)) > LONGEST_SUBJECT:
        return None
    email, name = claims.get("email"), claims.get("name")
    # Not "true" and not 1: what is unclear is not verified.
    if claims.get("email_verified") is not True or not _is_email(email):
        return ProvidedIdentity(issuer=issuer, subject=str(subject))
    return ProvidedIdentity(issuer=issuer, subject=str(subject), name=_name(name), email=str(email))


def gave_second_factor(claims: Mapping[str, Any], accepted: Collection[str]) -> bool:
    """Return whether the claims hold a value by which the provider says so."""
    methods = claims.get("amr")
    said = [claims.get("acr"), *(methods if isinstance(methods, list) else ())]
    return any(isinstance(one, str) and one in accepted for one in said)


def authenticated_at(claims: Mapping[str, Any]) -> datetime | None:
    """Return when the provider last made sure who it is (`auth_time`), None if it does not say."""
    said = claims.get("auth_time")
    if not isinstance(said, int | float) or isinstance(said, bool):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable() and value == value.strip()


def _is_email(value: object) -> bool:
    text = str(value)
    fits = _is_text(value) and text.isascii() and len(text) <= _LONGEST_EMAIL
    return fits and text.count("@") == 1 and " " not in text


def _name(value: object) -> str:
    if not isinstance(value, str) or name_problem(value) or not can_be_seen(value):
        return ""
    name = normalised_name(value)
    return name if len(name) <= _LONGEST_NAME else ""
