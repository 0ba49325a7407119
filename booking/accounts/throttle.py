"""Limits tries: failed sign-ins, account requests and mails are counted in the database."""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts.models import FailedSignIn
from booking.extensions import db


@dataclass(frozen=True)
class Limit:
    """The most tries of one key within a time; further ones have to wait."""

    tries: int
    within: timedelta


# One account, by browsers unknown to it: enough for a forgetful owner, at most 960 guesses a day.
ACCOUNT_LIMIT = Limit(10, timedelta(minutes=15))
# One account, by one browser that it knows, or by its owner who is signed in.
BROWSER_LIMIT = Limit(10, timedelta(minutes=15))
# One address: a whole organisation may share it.
NETWORK_LIMIT = Limit(50, timedelta(minutes=15))
# Drafts of people who are not signed in, from one address.
DRAFT_LIMIT = Limit(20, timedelta(hours=1))
ACCOUNT_REQUEST_NETWORK_LIMIT = Limit(10, timedelta(hours=1))
ACCOUNT_REQUEST_EMAIL_LIMIT = Limit(3, timedelta(days=1))
# Mails with a link that strangers can have sent: to one address, and from one network.
LINK_MAIL_LIMIT = Limit(3, timedelta(hours=1))
LINK_MAIL_NETWORK_LIMIT = Limit(20, timedelta(hours=1))
# Requests that one person, and one organisation, can send; they are counted where they are kept.
PERSON_SENDING_LIMIT = Limit(30, timedelta(hours=1))
ORGANISATION_SENDING_LIMIT = Limit(100, timedelta(days=1))
_KEPT_FOR = max(
    limit.within
    for limit in (
        ACCOUNT_LIMIT,
        BROWSER_LIMIT,
        NETWORK_LIMIT,
        DRAFT_LIMIT,
        ACCOUNT_REQUEST_NETWORK_LIMIT,
        ACCOUNT_REQUEST_EMAIL_LIMIT,
        LINK_MAIL_LIMIT,
        LINK_MAIL_NETWORK_LIMIT,
    )
)


@dataclass(frozen=True)
class Counter:
    """A counter: a hashed key, so that the table names nobody, and its limit."""

    key: str
    limit: Limit


@dataclass(frozen=True)
class ClientSource:
    """Where a try comes from: the e-mail as typed and the network address; `secret` keys hashes.

    `mark` is that of the browser (`known_browsers`), "" if it has none.
    """

    email: str
    address: str
    secret: str
    mark: str = ""

    @property
    def sign_in_email(self) -> Counter:
        """Return the counter of sign-ins with this e-mail, whether an account has it or not."""
        return Counter(self._key("account", self.email), ACCOUNT_LIMIT)

    @property
    def sign_in_network(self) -> Counter:
        """Return the counter of sign-ins from this network."""
        return Counter(self._key("address", _network(self.address)), NETWORK_LIMIT)

    def sign_in_browser(self, browser: str) -> Counter:
        """Return the counter of sign-ins with this e-mail in one browser known to the account."""
        return Counter(self._key("browser", f"{self.email} {browser}"), BROWSER_LIMIT)

    @property
    def password_change(self) -> Counter:
        """Return the counter of password changes by somebody signed in with this e-mail."""
        return Counter(self._key("password", self.email), BROWSER_LIMIT)

    @property
    def account_request_email(self) -> Counter:
        """Return the counter of account requests with this e-mail."""
        return Counter(self._key("asking e-mail", self.email), ACCOUNT_REQUEST_EMAIL_LIMIT)

    @property
    def account_request_network(self) -> Counter:
        """Return the counter of account requests from this network."""
        return Counter(
            self._key("asking address", _network(self.address)), ACCOUNT_REQUEST_NETWORK_LIMIT
        )

    @property
    def link_mail(self) -> Counter:
        """Return the counter of mails with a link to this address, whoever asks for them."""
        return Counter(self._key("link mail", self.email), LINK_MAIL_LIMIT)

    @property
    def link_mail_network(self) -> Counter:
        """Return the counter of mails with a link that this network asks for."""
        return Counter(
            self._key("link mail address", _network(self.address)), LINK_MAIL_NETWORK_LIMIT
        )

    @property
    def draft(self) -> Counter:
        """Return the counter of drafts kept for this network."""
        return Counter(self._key("draft", _network(self.address)), DRAFT_LIMIT)

    def _key(self, what: str, value: str) -> str:
        text = f"{what}:{value.strip().lower()}"
        return hmac.digest(self.secret.encode(), text.encode("utf-8", "replace"), "sha256").hex()


def _network(address: str) -> str:
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


def lock(counters: Iterable[Counter]) -> None:
    """Lock these counters until the end of the transaction.

    On SQLite the writing transaction already holds the one lock there is.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    for key in sorted(counter.key for counter in counters):
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def count_first(counters: Sequence[Counter], now: datetime) -> bool:
    """Count one try for each, unless one is over its limit; returns whether the try may go on.

    It is counted before anything costly is done for it. Locks the counters.
    """
    lock(counters)
    if any(is_over(counter, now) for counter in counters):
        return False
    count(counters, now)
    return True


def take_back(counter: Counter) -> None:
    """Count one try less: it was no failure. The older ones stay."""
    newest = (
        sa.select(FailedSignIn.id)
        .where(FailedSignIn.key == counter.key)
        .order_by(FailedSignIn.failed_at.desc(), FailedSignIn.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(sa.delete(FailedSignIn).where(FailedSignIn.id == newest))


def is_over(counter: Counter, now: datetime) -> bool:
    """Return whether the limit is reached, so that the next try has to wait."""
    tries = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(FailedSignIn)
        .where(FailedSignIn.key == counter.key, FailedSignIn.failed_at > now - counter.limit.within)
    )
    return (tries or 0) >= counter.limit.tries


def count(counters: Iterable[Counter], now: datetime) -> None:
    """Count one try for each, and delete tries too old to matter."""
    db.session.execute(sa.delete(FailedSignIn).where(FailedSignIn.failed_at <= now - _KEPT_FOR))
    db.session.add_all(FailedSignIn(key=counter.key, failed_at=now) for counter in counters)


def forget(counter: Counter) -> None:
    """Reset a counter."""
    db.session.execute(sa.delete(FailedSignIn).where(FailedSignIn.key == counter.key))
