"""Limits on how often something may be done: how they are named, written, and by whom counted."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

#: Longer than that nothing is counted.
LONGEST = timedelta(days=7)
_UNITS = MappingProxyType(
    {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
)


@dataclass(frozen=True)
class Limit:
    """The most tries of one key within a time; further ones have to wait."""

    tries: int
    within: timedelta


class LimitName(StrEnum):
    """What is limited."""

    SIGN_IN_ACCOUNT = "sign_in_account"
    """Wrong passwords for one account, by browsers unknown to it."""
    SIGN_IN_BROWSER = "sign_in_browser"
    """Wrong passwords for one account, by one browser that it knows."""
    SIGN_IN_NETWORK = "sign_in_network"
    """Wrong passwords from one network, whatever the account."""
    SECOND_STEP_ACCOUNT = "second_step_account"
    """Wrong codes for one account, after the right password, by browsers unknown to it."""
    SECOND_STEP_BROWSER = "second_step_browser"
    """Wrong codes for one account, by one browser that it knows."""
    SECOND_STEP_NETWORK = "second_step_network"
    """Wrong codes, and tries with a passkey, from one network, whatever the account."""
    DRAFT = "draft"
    """Drafts of people who are not signed in, from one network."""
    ACCOUNT_REQUEST_NETWORK = "account_request_network"
    ACCOUNT_REQUEST_EMAIL = "account_request_email"
    LINK_MAIL = "link_mail"
    """Mails with a link to one address."""
    LINK_MAIL_NETWORK = "link_mail_network"
    """Mails with a link that one network asks for."""
    SEND_PERSON = "send_person"
    """Requests that one person sends."""
    SEND_ORGANISATION = "send_organisation"
    FEED_TOKEN = "feed_token"  # noqa: S105  # the name of a limit
    """Wrong calendar addresses from one network."""
    FEED = "feed"
    """Reading one secret calendar, or public ones from one network."""
    SEARCH = "search"
    """Searches, calendars of several facilities and the catalogue as a file, from one network."""
    UPLOAD = "upload"
    """Pictures and documents that one person sends."""
    SIGN_ON = "sign_on"
    """Beginning to sign in with a provider, and its answers, from one network."""


def _minutes(tries: int, number: int) -> Limit:
    return Limit(tries, timedelta(minutes=number))


# SECOND_STEP_ACCOUNT: of a million codes three count at a time, so who has the password and guesses
# for a year finds one with a chance of one in four; the owner is told after ten wrong ones.
# SIGN_IN_ACCOUNT: enough for a forgetful owner, at most 960 guesses a day. SIGN_IN_NETWORK: a whole
# organisation may share an address.
DEFAULT_LIMITS: Mapping[LimitName, Limit] = MappingProxyType(
    {
        LimitName.SIGN_IN_ACCOUNT: _minutes(10, 15),
        LimitName.SIGN_IN_BROWSER: _minutes(10, 15),
        LimitName.SIGN_IN_NETWORK: _minutes(50, 15),
        LimitName.SECOND_STEP_ACCOUNT: _minutes(10, 60),
        LimitName.SECOND_STEP_BROWSER: _minutes(10, 15),
        LimitName.SECOND_STEP_NETWORK: _minutes(50, 15),
        LimitName.DRAFT: _minutes(20, 60),
        LimitName.ACCOUNT_REQUEST_NETWORK: _minutes(10, 60),
        LimitName.ACCOUNT_REQUEST_EMAIL: Limit(3, timedelta(days=1)),
        LimitName.LINK_MAIL: _minutes(3, 60),
        LimitName.LINK_MAIL_NETWORK: _minutes(20, 60),
        LimitName.SEND_PERSON: _minutes(30, 60),
        LimitName.SEND_ORGANISATION: Limit(100, timedelta(days=1)),
        LimitName.FEED_TOKEN: _minutes(60, 60),
        LimitName.FEED: _minutes(600, 60),
        LimitName.SEARCH: _minutes(240, 1),
        LimitName.UPLOAD: _minutes(60, 60),
        LimitName.SIGN_ON: _minutes(100, 15),
    }
)


def limit_from(text: str) -> Limit | None:
    """Return the limit that a text such as `10/15m` or `100/1d` states, or None."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,3})([mhd])", text, re.ASCII)
    if found is None:
        return None
    within = int(found[2]) * _UNITS[found[3]]
    return Limit(int(found[1]), within) if within <= LONGEST else None


def limit_text(limit: Limit) -> str:
    """Return a limit as `limit_from` reads it, in the largest unit that fits."""
    unit = max(
        (one for one in _UNITS if not limit.within % _UNITS[one]), key=lambda one: _UNITS[one]
    )
    return f"{limit.tries}/{limit.within // _UNITS[unit]}{unit}"


def network_of(address: str) -> str:
    """Return the network of one subscriber: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_this_machine(address: str) -> bool:
    """Return whether an address is of the machine itself, or empty, as of a socket file.

    Seen where a proxy on this machine does not say for whom it asks, and by health checks.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return not address
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
