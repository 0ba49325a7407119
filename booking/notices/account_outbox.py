"""The queue of mails about accounts, taken one at a time so that no two workers send the same."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind
from booking.accounts.email_service import waiting_email_of
from booking.accounts.invitation_queries import find_invitation
from booking.accounts.models import AccountMail, EmailChange, Person
from booking.accounts.reset_service import RESET_LASTS, account_with, make_mailed_link
from booking.accounts.second_factor_duty import Duty, duties_of
from booking.accounts.service import LINK_LASTS
from booking.accounts.sign_in_service import has_second_factor
from booking.accounts.tokens import hashed, token_for
from booking.config import Settings
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.notices.outbox import MAX_TRIES, PAUSES

#: About a second factor that a role needs.
OF_DUTY = (AccountMailKind.SECOND_FACTOR_NEEDED, AccountMailKind.SECOND_FACTOR_REMINDER)
#: How long a mail that was given up is kept, to be sent again.
FAILED_KEPT = timedelta(days=30)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutgoingAccountMail:
    """A mail about an account that this worker, and no other, is to send now.

    `token` is that of its link, if it has one. `is_first`: the reader has no password yet.
    `new_email` is the address that replaces the old one. `organisation` invites, by `inviter`.
    `duties` are the clusters that ask the reader for a second factor.
    """

    id: int
    kind: AccountMailKind
    address: str
    created_at: datetime
    token: str = ""
    is_first: bool = False
    has_account: bool = False
    new_email: str = ""
    organisation: str = ""
    inviter: str = ""
    duties: tuple[Duty, ...] = ()
    language: str = ""


@retried
def drop_stale_account_mail() -> int:
    """Give up mails that failed at the last try, or that became too old; returns how many.

    What was tried is kept among `failed_account_mails`; what was never tried, as while mail was
    paused, is deleted.
    """
    with writing() as now:
        too_old = sa.and_(AccountMail.mail_failed_at.is_(None), AccountMail.mail_expires_at <= now)
        never_tried = db.session.execute(
            sa.delete(AccountMail).where(too_old, AccountMail.mail_tries == 0)
        ).rowcount  # type: ignore[attr-defined]  # a CursorResult
        last_try = sa.and_(
            AccountMail.mail_failed_at.is_(None),
            AccountMail.mail_tries >= MAX_TRIES,
            AccountMail.mail_due_at <= now,
        )
        failed = _fail(now, sa.or_(too_old, last_try))
        if never_tried + failed:
            log.warning("%d mails about accounts were not sent in time", never_tried + failed)
        return never_tried + failed


@retried
def keep_or_fail_account_mail(mail_id: int) -> bool:
    """Leave a mail for the next try, or give it up after the last; returns whether it is given up.

    Then it is among `failed_account_mails`.
    """
    with writing() as now:
        return bool(_fail(now, AccountMail.id == mail_id, AccountMail.mail_tries >= MAX_TRIES))


def _fail(now: datetime, *conditions: sa.ColumnElement[bool]) -> int:
    failed = db.session.execute(
        sa.update(AccountMail)
        .where(*conditions)
        .values(mail_failed_at=now, mail_expires_at=now + FAILED_KEPT)
    )
    return int(failed.rowcount)  # type: ignore[attr-defined]  # a CursorResult


@dataclass(frozen=True)
class FailedAccountMail:
    """A mail about an account that was given up."""

    mail_id: int
    kind: AccountMailKind
    address: str
    failed_at: datetime


def failed_account_mails() -> list[FailedAccountMail]:
    """Return the mails about accounts that were given up, the oldest first. One statement."""
    rows = db.session.execute(
        sa.select(AccountMail.id, AccountMail.kind, AccountMail.address, AccountMail.mail_failed_at)
        .where(AccountMail.mail_failed_at.is_not(None))
        .order_by(AccountMail.mail_failed_at, AccountMail.id)
    )
    return [
        FailedAccountMail(
            row.id,
            AccountMailKind(row.kind),
            row.address,
            cast("datetime", row.mail_failed_at),
        )
        for row in rows
    ]


@retried
def take_account_mail(settings: Settings) -> OutgoingAccountMail | None:
    """Return the next mail to send, or None when nothing is due.

    This counts as a try: it is due again after the pause unless `delete_account_mail` is called.
    What nobody is to get any more is deleted. A link to choose a password begins to count here.
    """
    with writing() as now:
        while True:
            mail = db.session.scalar(
                sa.select(AccountMail)
                .where(
                    AccountMail.mail_failed_at.is_(None),
                    AccountMail.mail_due_at <= now,
                    AccountMail.mail_expires_at > now,
                    AccountMail.mail_tries < MAX_TRIES,
                )
                .order_by(AccountMail.mail_due_at, AccountMail.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if mail is None:
                return None
            mail.mail_due_at = now + PAUSES[mail.mail_tries]
            mail.mail_tries += 1
            found = _content(mail, settings, now)
            if found is not None:
                return replace(found, language=_language_of(mail.person_id))
            db.session.delete(mail)


def _language_of(person_id: int | None) -> str:
    chosen = db.session.scalar(sa.select(Person.language).where(Person.id == person_id))
    return chosen or ""


def _content(mail: AccountMail, settings: Settings, now: datetime) -> OutgoingAccountMail | None:
    """Return what to send, None if there is nobody to whom it says anything."""
    kind = AccountMailKind(mail.kind)
    if kind is AccountMailKind.INVITATION:
        return _invitation(mail, settings)
    person = account_with(mail.address) if mail.person_id is None else mail.person
    if person is None or not person.is_active:
        return None
    if kind in OF_DUTY:
        return _duty(mail, person)
    token, new_email, has_account = "", "", False
    if kind is AccountMailKind.RESET:
        token = token_for(settings.secret_key, mail.key)
        make_mailed_link(person, token, now + RESET_LASTS)
    elif kind is AccountMailKind.WELCOME:
        if person.password_hash is not None:
            return None
        token = token_for(settings.secret_key, mail.key)
        make_mailed_link(person, token, now + LINK_LASTS)
    elif kind is AccountMailKind.CONFIRM_EMAIL:
        token = _token_of_change(mail.key, settings)
        if not token:
            return None
        has_account = bool(
            db.session.scalar(sa.select(Person.id).where(Person.email == mail.address))
        )
    elif kind is AccountMailKind.EMAIL_CHANGING:
        new_email = waiting_email_of(person.id) or ""
        if not new_email:
            return None
    elif kind is AccountMailKind.EMAIL_CHANGED:
        new_email = person.email
    return OutgoingAccountMail(
        id=mail.id,
        kind=kind,
        address=mail.address,
        created_at=mail.created_at,
        token=token,
        is_first=person.password_hash is None,
        has_account=has_account,
        new_email=new_email,
    )


def _duty(mail: AccountMail, person: Person) -> OutgoingAccountMail | None:
    """Return the mail about a second factor, None if the person has one or needs none any more."""
    duties = () if has_second_factor(person.id) else tuple(duties_of(person.id))
    if not duties:
        return None
    kind = AccountMailKind(mail.kind)
    return OutgoingAccountMail(mail.id, kind, mail.address, mail.created_at, duties=duties)


def _invitation(mail: AccountMail, settings: Settings) -> OutgoingAccountMail | None:
    """Return the mail of an invitation, None if it has ended or has a newer link.

    It is the same whether or not the address has an account.
    """
    for secret in (settings.secret_key, *settings.secret_key_fallbacks):
        token = token_for(secret, mail.key)
        found = find_invitation(token)
        if found is not None:
            return OutgoingAccountMail(
                id=mail.id,
                kind=AccountMailKind.INVITATION,
                address=mail.address,
                created_at=mail.created_at,
                token=token,
                organisation=found.organisation,
                inviter=found.invited_by,
            )
    return None


def _token_of_change(key: str, settings: Settings) -> str:
    """Return the token of the change that waits, "" if there is none any more.

    The secret key may have been replaced since it was asked for.
    """
    tokens = [token_for(one, key) for one in (settings.secret_key, *settings.secret_key_fallbacks)]
    valid = (one for one in tokens if db.session.get(EmailChange, hashed(one)))
    return next(valid, "")


@retried
def delete_account_mail(mail_id: int) -> None:
    """Delete a mail: it is sent."""
    with writing():
        db.session.execute(sa.delete(AccountMail).where(AccountMail.id == mail_id))
