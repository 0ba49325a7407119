"""What of an installation needs an administrator's attention, from plain facts about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from urllib.parse import urlsplit

from booking.rules.limits import is_this_machine

#: A worker does a round every 20 seconds; one that sends many mails takes minutes.
WORKER_LATE = timedelta(minutes=5)
#: From when on a mail that is due should have gone out.
MAIL_LATE = timedelta(minutes=15)
#: How often the worker checks stored data and the log, and when one that has not ended broke off.
CHECK_EVERY = timedelta(days=1)
CHECK_BROKE_OFF = timedelta(hours=12)
CHECK_LATE = timedelta(days=3)
#: That an address need not name, over HTTP and HTTPS.
_DEFAULT_PORTS = (80, 443)


class Level(IntEnum):
    """How urgent it is, the most urgent first."""

    BROKEN = 1
    """Something does not work now."""
    SOON = 2
    """It works, but somebody will be stuck or misled."""
    HINT = 3
    """Good to know."""


class Need(StrEnum):
    """What needs attention."""

    DATABASE = "database"  # text: why it cannot be used
    WORKER_NEVER_SEEN = "worker_never_seen"
    WORKER_LATE = "worker_late"  # since
    MAIL_WAITS = "mail_waits"  # since, number
    MAIL_FAILED = "mail_failed"  # number
    MAIL_PAUSED = "mail_paused"  # since
    MAIL_PAUSED_BY_SETTING = "mail_paused_by_setting"
    MAIL_PAUSED_AFTER_RESTORE = "mail_paused_after_restore"  # since
    NO_MAIL_SERVER = "no_mail_server"
    DATA_WRONG = "data_wrong"  # since: when it was checked, number: of faults
    LOG_WRONG = "log_wrong"  # since: when it was checked, number: of the first wrong entry
    CHECK_LATE = "check_late"  # since: when one ended last
    PROXY_NOT_COUNTED = "proxy_not_counted"  # names: the headers that came
    PROXY_NOT_HEARD = "proxy_not_heard"  # number: PROXY_HOPS
    OTHER_ADDRESS = "other_address"  # text: BASE_URL, names: the address that was opened
    DEVELOPMENT = "development"
    NOTHING_TO_BOOK = "nothing_to_book"
    NO_COORDINATOR = "no_coordinator"  # names: of clusters
    NO_MANAGER = "no_manager"  # number: of organisations
    NO_ADMIN = "no_admin"
    ONE_ADMIN = "one_admin"


class CheckKind(StrEnum):
    """What the worker checks once a day."""

    DATA = "data"
    """Whether the stored data contradict each other, as `flask check-data`."""
    LOG = "log"
    """Whether the log of who changed what is whole, as `flask audit verify`."""


@dataclass(frozen=True)
class Checked:
    """The last check of one kind, and what is to come.

    `asked_at`: an administrator asked for one that has not begun; `started_at`: one began and has
    not ended. `entries` are those of the log that fit, from its beginning.
    """

    kind: CheckKind
    asked_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    faults: int = 0
    entries: int = 0


def check_is_due(last: Checked, now: datetime) -> bool:
    """Return whether a check should begin: it was asked for, or the last one is a day old.

    Not while one runs, unless it broke off.
    """
    if last.started_at is not None and now - last.started_at < CHECK_BROKE_OFF:
        return False
    is_old = last.ended_at is None or now - last.ended_at >= CHECK_EVERY
    return is_old or last.asked_at is not None or last.started_at is not None


@dataclass(frozen=True)
class Opened:
    """The request with which an administrator opened the page: what the browser or a proxy sent.

    `headers`: those of a proxy that came with it, `address` as in `https://booking.example.org`.
    """

    address: str
    headers: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The facts. `opened` None: nobody opened a page, as on the command line.

    `database_fault` is why the database cannot be used, "" if it can. `mail_waiting` counts mails
    that are due, the oldest since `mail_waiting_since`; `mail_paused`, `paused_by_setting` and
    `restored` as in `notices.pausing`.
    """

    now: datetime
    database_fault: str = ""
    worker_seen_at: datetime | None = None
    has_mail_server: bool = True
    mail_paused: bool = False
    paused_since: datetime | None = None
    restored: bool = False
    mail_waiting: int = 0
    mail_waiting_since: datetime | None = None
    mail_failed: int = 0
    facilities: int = 1
    without_coordinator: Sequence[str] = ()
    without_manager: int = 0
    admins: int = 2
    production: bool = True
    base_url: str = ""
    proxy_hops: int = 0
    opened: Opened | None = None
    checks: Sequence[Checked] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that needs attention; what the fields hold is said at each `Need`."""

    need: Need
    level: Level
    since: datetime | None = None
    number: int = 0
    names: Sequence[str] = ()
    text: str = ""


def attention(facts: Installation) -> list[Finding]:
    """Return what needs attention, the most urgent first; nothing when everything is in order.

    With a database that cannot be used, what it would say is left out.
    """
    if facts.database_fault:
        fault = Finding(Need.DATABASE, Level.BROKEN, text=facts.database_fault)
        found = [fault, *_addresses(facts)]
    else:
        found = [
            *_worker(facts),
            *_mail(facts),
            *_checks(facts),
            *_addresses(facts),
            *_people(facts),
        ]
    return sorted(found, key=lambda one: one.level)


def _worker(facts: Installation) -> Iterator[Finding]:
    seen = facts.worker_seen_at
    if seen is None:
        yield Finding(Need.WORKER_NEVER_SEEN, Level.BROKEN)
    elif facts.now - seen >= WORKER_LATE:
        yield Finding(Need.WORKER_LATE, Level.BROKEN, since=seen)


def _mail(facts: Installation) -> Iterator[Finding]:
    if not facts.has_mail_server:
        level = Level.BROKEN if facts.production else Level.HINT
        yield Finding(Need.NO_MAIL_SERVER, level)
        return
    if facts.mail_failed:
        yield Finding(Need.MAIL_FAILED, Level.BROKEN, number=facts.mail_failed)
    if facts.mail_paused:
        yield _paused(facts)
        return
    since = facts.mail_waiting_since
    if since is not None and facts.now - since >= MAIL_LATE:
        yield Finding(Need.MAIL_WAITS, Level.BROKEN, since=since, number=facts.mail_waiting)


def _checks(facts: Installation) -> Iterator[Finding]:
    for one in facts.checks:
        if one.ended_at is None:
            continue
        if one.faults and one.kind is CheckKind.DATA:
            yield Finding(Need.DATA_WRONG, Level.BROKEN, since=one.ended_at, number=one.faults)
        elif one.faults:
            first = one.entries + 1
            yield Finding(Need.LOG_WRONG, Level.BROKEN, since=one.ended_at, number=first)
    ended = [one.ended_at for one in facts.checks if one.ended_at is not None]
    if ended and facts.now - min(ended) >= CHECK_LATE:
        yield Finding(Need.CHECK_LATE, Level.SOON, since=min(ended))


def _paused(facts: Installation) -> Finding:
    if facts.paused_since is None:
        return Finding(Need.MAIL_PAUSED_BY_SETTING, Level.SOON)
    need = Need.MAIL_PAUSED_AFTER_RESTORE if facts.restored else Need.MAIL_PAUSED
    return Finding(need, Level.SOON, since=facts.paused_since)


def _addresses(facts: Installation) -> Iterator[Finding]:
    opened = facts.opened
    if opened is not None:
        if opened.headers and not facts.proxy_hops:
            yield Finding(Need.PROXY_NOT_COUNTED, Level.BROKEN, names=tuple(opened.headers))
        elif facts.proxy_hops and not opened.headers:
            yield Finding(Need.PROXY_NOT_HEARD, Level.BROKEN, number=facts.proxy_hops)
        if not _same_host(opened.address, facts.base_url):
            yield Finding(
                Need.OTHER_ADDRESS, Level.SOON, text=facts.base_url, names=(opened.address,)
            )
    if not facts.production and not _is_local(facts.base_url):
        yield Finding(Need.DEVELOPMENT, Level.BROKEN)


def _people(facts: Installation) -> Iterator[Finding]:
    if not facts.facilities:
        yield Finding(Need.NOTHING_TO_BOOK, Level.SOON)
    if facts.without_coordinator:
        yield Finding(Need.NO_COORDINATOR, Level.SOON, names=tuple(facts.without_coordinator))
    if facts.without_manager:
        yield Finding(Need.NO_MANAGER, Level.HINT, number=facts.without_manager)
    if not facts.admins:
        yield Finding(Need.NO_ADMIN, Level.BROKEN)
    elif facts.admins == 1:
        yield Finding(Need.ONE_ADMIN, Level.HINT)


def _same_host(one: str, other: str) -> bool:
    """Return whether both addresses lead to the same host and port; names of this machine do.

    The scheme is left out: a proxy that is not counted hides it, which is said by itself.
    """
    hosts = [urlsplit(one), urlsplit(other)]
    if all(_is_local(address) for address in (one, other)):
        return True
    names = {(host.hostname or "").lower() for host in hosts}
    ports = {None if host.port in _DEFAULT_PORTS else host.port for host in hosts}
    return len(names) == len(ports) == 1


def _is_local(address: str) -> bool:
    name = urlsplit(address).hostname or ""
    return name == "localhost" or is_this_machine(name)
