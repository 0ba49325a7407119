"""Limits tries: failed sign-ins, account requests and mails are counted in the database."""

import hashlib
import hmac
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import FailedSignIn
from booking.errors import Busy
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, Limit, LimitName, network_of

log = logging.getLogger(__name__)

# In this process; `set_limits` replaces them.
_limits: dict[LimitName, Limit] = dict(DEFAULT_LIMITS)


def set_limits(limits: Mapping[LimitName, Limit]) -> None:
    """Let these limits count in this process from now on."""
    _limits.update(limits)


def limit(name: LimitName) -> Limit:
    """Return the limit that counts."""
    return _limits[name]


@dataclass(frozen=True)
class Counter:
    """A counter: a hashed key, so that the table names nobody, and its limit."""

    key: str
    limit: Limit


@dataclass(frozen=True)
class ClientSource:
    """Where a try comes from: the e-mail as typed and the network address; `secret` keys hashes.

    `old_secrets` are keys before it, by which marks of browsers still count.
    `mark` is that of the browser (`known_browsers`), "" if it has none.
    """

    email: str
    address: str
    secret: str
    mark: str = ""
    old_secrets: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the keys by which marks of browsers are accepted."""
        return (self.secret, *self.old_secrets)

    @property
    def sign_in_email(self) -> Counter:
        """Return the counter of sign-ins with this e-mail, whether an account has it or not."""
        return Counter(self._key("account", self.email), limit(LimitName.SIGN_IN_ACCOUNT))

    @property
    def sign_in_network(self) -> Counter:
        """Return the counter of sign-ins from this network."""
        return Counter(
            self._key("address", network_of(self.address)), limit(LimitName.SIGN_IN_NETWORK)
        )

    def sign_in_browser(self, browser: str) -> Counter:
        """Return the counter of sign-ins with this e-mail in one browser known to the account."""
        return Counter(
            self._key("browser", f"{self.email} {browser}"), limit(LimitName.SIGN_IN_BROWSER)
        )

    def second_step(self, browser: str | None) -> tuple[Counter, ...]:
        """Return the counters of codes for this account; `browser` as in `sign_in_browser`.

        All browsers that it knows have one together: somebody may hold many marks from before
        there was a second step.
        """
        if browser:
            key = self._key("second step browser", self.email)
            return (Counter(key, limit(LimitName.SECOND_STEP_BROWSER)),)
        account = self._key("second step", self.email)
        network = self._key("second step address", network_of(self.address))
        return (
            Counter(account, limit(LimitName.SECOND_STEP_ACCOUNT)),
            Counter(network, limit(LimitName.SECOND_STEP_NETWORK)),
        )

    @property
    def password_change(self) -> Counter:
        """Return the counter of password changes by somebody signed in with this e-mail."""
        return Counter(self._key("password", self.email), limit(LimitName.SIGN_IN_BROWSER))

    @property
    def passkey(self) -> Counter:
        """Return the counter of this network's tries to sign in with a passkey."""
        return Counter(
            self._key("passkey", network_of(self.address)), limit(LimitName.SECOND_STEP_NETWORK)
        )

    @property
    def factor_change(self) -> Counter:
        """Return the counter of codes with which somebody signed in sets up a second factor."""
        return Counter(self._key("factor", self.email), limit(LimitName.SECOND_STEP_BROWSER))

    @property
    def account_request_email(self) -> Counter:
        """Return the counter of account requests with this e-mail."""
        return Counter(
            self._key("asking e-mail", self.email), limit(LimitName.ACCOUNT_REQUEST_EMAIL)
        )

    @property
    def account_request_network(self) -> Counter:
        """Return the counter of account requests from this network."""
        return Counter(
            self._key("asking address", network_of(self.address)),
            limit(LimitName.ACCOUNT_REQUEST_NETWORK),
        )

    @property
    def link_mail(self) -> Counter:
        """Return the counter of mails with a link to this address, whoever asks for them."""
        return Counter(self._key("link mail", self.email), limit(LimitName.LINK_MAIL))

    @property
    def link_mail_network(self) -> Counter:
        """Return the counter of mails with a link that this network asks for."""
        return Counter(
            self._key("link mail address", network_of(self.address)),
            limit(LimitName.LINK_MAIL_NETWORK),
        )

    @property
    def feed_token(self) -> Counter:
        """Return the counter of wrong calendar addresses from this network."""
        return Counter(
            self._key("feed token", network_of(self.address)), limit(LimitName.FEED_TOKEN)
        )

    @property
    def draft(self) -> Counter:
        """Return the counter of drafts kept for this network."""
        return Counter(self._key("draft", network_of(self.address)), limit(LimitName.DRAFT))

    def _key(self, what: str, value: str) -> str:
        text = f"{what}:{value.strip().lower()}"
        return hmac.digest(self.secret.encode(), text.encode("utf-8", "replace"), "sha256").hex()


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


def count_link_mail(source: ClientSource, now: datetime) -> bool:
    """Count a mail with a link to this address; returns whether it may be sent. Locks the counters.

    One of too many to the address is dropped silently, and counts for the network only.

    Raises:
        Busy: too many such mails were asked for from this network.
    """
    lock((source.link_mail, source.link_mail_network))
    if is_over(source.link_mail_network, now):
        raise Busy
    if is_over(source.link_mail, now):
        count([source.link_mail_network], now)
        log.warning("mail with a link dropped: too many for %s", source.link_mail.key)
        return False
    count([source.link_mail_network, source.link_mail], now)
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
    longest = max(one.within for one in _limits.values())
    db.session.execute(sa.delete(FailedSignIn).where(FailedSignIn.failed_at <= now - longest))
    db.session.add_all(FailedSignIn(key=counter.key, failed_at=now) for counter in counters)


def forget(counter: Counter) -> None:
    """Reset a counter."""
    db.session.execute(sa.delete(FailedSignIn).where(FailedSignIn.key == counter.key))
