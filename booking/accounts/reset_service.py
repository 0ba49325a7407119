"""Forgotten passwords: asking for a link by mail, and making it when the mail is sent."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts import throttle
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.models import OneTimeLink, Person
from booking.accounts.service import normal_email
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed
from booking.db.transactions import writing
from booking.extensions import db

RESET_LASTS = timedelta(minutes=30)


def request_reset(email: str, source: ClientSource) -> None:
    """Queue a mail with a link to choose a new password, if this address has an account.

    Whether it has one is looked up by the worker, so that neither answer nor time tells. More
    than a few mails an hour to one address are dropped silently.

    Raises:
        Busy: too many such mails were asked for from one network.
    """
    email = normal_email(email)
    with writing() as now:
        if throttle.count_link_mail(source, now):
            queue_account_mail(AccountMailKind.RESET, email, now, fresh_for=RESET_LASTS)


def make_mailed_link(person: Person, token: str, expires_at: datetime) -> None:
    """Make the link with this token valid, once, unless it is there. Part of the caller's work.

    Other links of the person stay: several mails may be under way.
    """
    if db.session.get(OneTimeLink, hashed(token)) is None:
        db.session.add(
            OneTimeLink(token_hash=hashed(token), person_id=person.id, expires_at=expires_at)
        )


def account_with(email: str) -> Person | None:
    """Return the active person with this address, as it is stored, or None; locked.

    So an address that is being changed is not sent a link any more.
    """
    return db.session.scalar(
        sa.select(Person)
        .where(Person.email == email, Person.is_active)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
