"""Mails about accounts: each is a row until the worker has sent it."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from booking.accounts.models import AccountMail, EmailChange
from booking.accounts.tokens import new_token
from booking.extensions import db

#: How long a mail that tells somebody of a change is tried.
NEWS_FRESH_FOR = timedelta(days=1)


class AccountMailKind(StrEnum):
    """What a mail about an account is for."""

    RESET = "reset"
    """A link to choose a new password, or the first one, to an address that may have an account."""
    WELCOME = "welcome"
    """A link to choose the first password, to somebody who has just got an account."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of a kind
    CONFIRM_EMAIL = "confirm_email"
    """A link by which the owner of a new address confirms it."""
    EMAIL_CHANGING = "email_changing"
    """To the old address: somebody wants to use another one."""
    EMAIL_CHANGED = "email_changed"
    """To the old address: it is not used any more."""
    INVITATION = "invitation"
    """A link to join an organisation, to an address that may have an account."""
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    SECOND_FACTOR_NEEDED = "second_factor_needed"
    """A role of theirs needs a second factor, or will, and they have none."""
    SECOND_FACTOR_REMINDER = "second_factor_reminder"
    """The same, shortly before the day."""
    RECOVERY_CODE_USED = "recovery_code_used"
    NEW_BROWSER = "new_browser"
    """Somebody signed in, in a browser that the account did not know."""
    WRONG_CODES = "wrong_codes"
    """Somebody who knows the password tried codes."""
    IDENTITY_LINKED = "identity_linked"
    """Somebody can sign in to this account with a provider from now on."""
    IDENTITIES_UNLINKED = "identities_unlinked"
    """Nobody can sign in to this account with a provider any more."""


def queue_account_mail(
    kind: AccountMailKind,
    address: str,
    now: datetime,
    *,
    person_id: int | None = None,
    key: str | None = None,
    fresh_for: timedelta = NEWS_FRESH_FOR,
) -> None:
    """Queue a mail. Part of the caller's transaction.

    `key` is that of the link in it, see `token_for`; `fresh_for`: it is not sent later than that.
    """
    db.session.add(
        AccountMail(
            kind=kind,
            address=address,
            person_id=person_id,
            key=key or new_token(),
            created_at=now,
            mail_due_at=now,
            mail_expires_at=now + fresh_for,
        )
    )


def forget_account_mail(person_id: int, kind: AccountMailKind) -> None:
    """Delete what waits of a kind for this person. Part of the caller's transaction."""
    db.session.execute(
        sa.delete(AccountMail).where(AccountMail.person_id == person_id, AccountMail.kind == kind)
    )


def cancel_email_change(person_id: int) -> None:
    """Delete the change of address that waits, and its mail. Part of the caller's transaction."""
    db.session.execute(sa.delete(EmailChange).where(EmailChange.person_id == person_id))
    forget_account_mail(person_id, AccountMailKind.CONFIRM_EMAIL)
