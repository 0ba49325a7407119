"""All mail in one list, whatever it is about: what waits, what was given up, and what to do then.

A mail is named as `flask mail list` writes it: 17 is an update, i17 an invitation, a17 a mail about
an account.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, cast

import sqlalchemy as sa

from booking.accounts.account_mail import NEWS_FRESH_FOR, AccountMailKind
from booking.accounts.models import AccountMail, Person
from booking.accounts.people_service import acting_admin_id
from booking.accounts.reset_service import RESET_LASTS
from booking.audit.recording import record
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.account_outbox import failed_account_mails
from booking.notices.invitations import failed_invitations
from booking.notices.models import Invitation, Notice
from booking.notices.outbox import failed_mails
from booking.rules.audit_events import Event
from booking.rules.updates import FRESH_FOR
from booking.rules.visibility import Account

_LARGEST = 2**31 - 1


class MailKind(StrEnum):
    """What a mail is about; the value stands before its number."""

    UPDATE = ""
    INVITATION = "i"
    ACCOUNT = "a"


class MailName(NamedTuple):
    """A mail: what it is about, and the number of its row."""

    kind: MailKind
    number: int

    def __str__(self) -> str:
        """Return it as lists and commands write it."""
        return f"{self.kind.value}{self.number}"


def mail_name(text: str) -> MailName | None:
    """Return the mail that a text such as 17, i17 or a17 names, None if it names none."""
    kind = next((one for one in MailKind if one.value and text.startswith(one.value)), None)
    kind = kind or MailKind.UPDATE
    digits = text.removeprefix(kind.value)
    if digits.isascii() and digits.isdigit() and len(digits) < 11 and 0 < int(digits) <= _LARGEST:
        return MailName(kind, int(digits))
    return None


@dataclass(frozen=True)
class FailedMail:
    """A mail that was given up.

    `reference` is that of the request, for the operator; `about` says what a mail about an account
    is for. One of them is None, both if it is an update about an account.
    """

    name: MailName
    address: str
    failed_at: datetime
    reference: str | None = None
    about: AccountMailKind | None = None


def all_failed() -> list[FailedMail]:
    """Return the mails that were given up, of each kind the oldest first. Three statements."""
    updates = [
        FailedMail(
            MailName(MailKind.UPDATE, one.notice_id), one.email, one.failed_at, one.reference
        )
        for one in failed_mails()
    ]
    invitations = [
        FailedMail(
            MailName(MailKind.INVITATION, one.invitation_id),
            one.email,
            one.failed_at,
            one.reference,
        )
        for one in failed_invitations()
    ]
    about_accounts = [
        FailedMail(
            MailName(MailKind.ACCOUNT, one.mail_id), one.address, one.failed_at, about=one.kind
        )
        for one in failed_account_mails()
    ]
    return [*updates, *invitations, *about_accounts]


@retried
def send_again(names: Collection[MailName] | None, actor: Account | None = None) -> set[MailName]:
    """Queue these mails that were given up again, all with None; returns those that were queued.

    A link in a mail about an account works from the sending on, as long as it says. `actor` None:
    the operator.

    Raises:
        Forbidden: the person who acts is no administrator any more.
    """
    with writing() as now:
        actor_id = acting_admin_id(actor)
        queued = set()
        for kind, table in _WITH_UPDATES.items():
            again = {
                "mail_failed_at": None,
                "mail_tries": 0,
                "mail_due_at": now,
                "mail_expires_at": now + FRESH_FOR,
            }
            found = sa.update(table).where(*_failed(table, names, kind)).values(again)
            queued |= {
                MailName(kind, number) for number in db.session.scalars(found.returning(table.id))
            }
        about_accounts = sa.select(AccountMail).where(
            *_failed(AccountMail, names, MailKind.ACCOUNT)
        )
        for mail in db.session.scalars(about_accounts.with_for_update()):
            fresh_for = RESET_LASTS if mail.kind == AccountMailKind.RESET else NEWS_FRESH_FOR
            mail.mail_failed_at, mail.mail_tries = None, 0
            mail.mail_due_at, mail.mail_expires_at = now, now + fresh_for
            queued.add(MailName(MailKind.ACCOUNT, mail.id))
        _record(Event.MAIL_SENT_AGAIN, queued, now, actor_id)
        return queued


@retried
def forget_failed(names: Collection[MailName], actor: Account) -> set[MailName]:
    """Take these mails off the list of what was given up, so nobody is reminded of them.

    Updates stay on the page of their person. Returns those that were on the list.

    Raises:
        Forbidden: the person who acts is no administrator any more.
    """
    with writing() as now:
        actor_id = acting_admin_id(actor)
        gone = set()
        for kind, table in _WITH_UPDATES.items():
            found = sa.update(table).where(*_failed(table, names, kind)).values(mail_failed_at=None)
            gone |= {
                MailName(kind, number) for number in db.session.scalars(found.returning(table.id))
            }
        deleted = sa.delete(AccountMail).where(*_failed(AccountMail, names, MailKind.ACCOUNT))
        gone |= {
            MailName(MailKind.ACCOUNT, number)
            for number in db.session.scalars(deleted.returning(AccountMail.id))
        }
        _record(Event.MAIL_GIVEN_UP, gone, now, actor_id)
        return gone


#: The tables whose rows stay when their mail is sent.
_WITH_UPDATES: Mapping[MailKind, type[Notice | Invitation]] = MappingProxyType(
    {MailKind.UPDATE: Notice, MailKind.INVITATION: Invitation}
)


def _failed(
    table: type[Notice | Invitation | AccountMail],
    names: Collection[MailName] | None,
    kind: MailKind,
) -> Iterator[sa.ColumnElement[bool]]:
    yield table.mail_failed_at.is_not(None)
    if names is not None:
        yield in_ids(table.id, [one.number for one in names if one.kind is kind])


def _record(event: Event, names: Collection[MailName], now: datetime, actor_id: int | None) -> None:
    if names:
        record(event, now=now, actor=actor_id, after={"mails": sorted(map(str, names))})


@dataclass(frozen=True)
class WaitingMail:
    """A mail that is to be sent: to whom, when next, and how often it was tried in vain."""

    kind: MailKind
    address: str
    due_at: datetime
    tries: int
    about: AccountMailKind | None = None


@dataclass(frozen=True)
class Waiting:
    """The first mails that are to be sent, by when they are due, and how many there are."""

    mails: list[WaitingMail]
    total: int


def waiting_mail(most: int) -> Waiting:
    """Return the `most` mails that are due next. Six statements."""
    found: list[WaitingMail] = []
    for kind, table in ((MailKind.UPDATE, Notice), (MailKind.INVITATION, Invitation)):
        rows = db.session.execute(
            sa.select(Person.email, table.mail_due_at, table.mail_tries)
            .join(Person, Person.id == table.person_id)
            .where(table.mail_due_at.is_not(None))
            .order_by(table.mail_due_at, table.id)
            .limit(most)
        )
        found += [WaitingMail(kind, row[0], cast("datetime", row[1]), row[2]) for row in rows]
    waits = AccountMail.mail_failed_at.is_(None)
    for mail in db.session.scalars(
        sa.select(AccountMail).where(waits).order_by(AccountMail.mail_due_at).limit(most)
    ):
        about = AccountMailKind(mail.kind)
        found.append(
            WaitingMail(
                MailKind.ACCOUNT, mail.address, mail.mail_due_at, mail.mail_tries, about=about
            )
        )
    total = mail_numbers().waiting
    return Waiting(sorted(found, key=lambda one: one.due_at)[:most], total)


@dataclass(frozen=True)
class MailNumbers:
    """How many mails wait, how many of them are due, the first since when, and failed ones."""

    waiting: int
    due: int
    due_since: datetime | None
    failed: int


def mail_numbers() -> MailNumbers:
    """Return how many mails there are, whatever they are about. Three statements."""
    now = clock.now()
    rows = []
    for table in (Notice, Invitation, AccountMail):
        waits = sa.and_(table.mail_due_at.is_not(None), table.mail_failed_at.is_(None))
        due = sa.and_(waits, table.mail_due_at <= now)
        rows.append(
            db.session.execute(
                sa.select(
                    sa.func.count().filter(waits),
                    sa.func.count().filter(due),
                    sa.func.min(table.mail_due_at).filter(due),
                    sa.func.count().filter(table.mail_failed_at.is_not(None)),
                )
                # What is neither has an index that leaves it out.
                .where(sa.or_(table.mail_due_at.is_not(None), table.mail_failed_at.is_not(None)))
            ).one()
        )
    waiting, due_now, since, failed = zip(*rows, strict=True)
    first = min((one for one in since if one is not None), default=None)
    return MailNumbers(sum(waiting), sum(due_now), first, sum(failed))
