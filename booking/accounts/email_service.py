"""Changing one's e-mail address: asked for with the password, confirmed by a link."""

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts import passwords, throttle
from booking.accounts.account_mail import (
    AccountMailKind,
    cancel_email_change,
    forget_account_mail,
    queue_account_mail,
)
from booking.accounts.models import EmailChange, Person
from booking.accounts.service import delete_links, locked, normal_email
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token, token_for
from booking.audit.recording import record
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event

CONFIRMATION_LASTS = timedelta(hours=24)

log = logging.getLogger(__name__)


def request_email_change(
    person_id: int, password: str, email: str, mine: ClientSource, new: ClientSource, secret: str
) -> None:
    """Queue a mail with a link to the new address, and one to the old that says so.

    `mine` is the source with the present address, `new` that with the new one. A change that
    still waits is replaced. Whether the new address has an account is looked up when the mail is
    sent. More than a few mails an hour to one address are dropped silently.

    Raises:
        Busy: too many such mails were asked for from one network.
        Invalid: `password` is `wrong` (also after too many tries); `email` is `same` as before.
        NotFound: there is no such active person.
    """
    email = normal_email(email)
    known_hash = db.session.scalar(sa.select(Person.password_hash).where(Person.id == person_id))
    with writing() as now:
        may_try = throttle.count_first([mine.password_change], now)
    if not may_try or not passwords.matches(known_hash, password):
        raise Invalid("password", "wrong")
    with writing() as now:
        person = locked(person_id)
        if person is None or not person.is_active:
            raise NotFound("person")
        if person.password_hash != known_hash:
            raise Invalid("password", "wrong")
        if email == person.email:
            raise Invalid("email", "same")
        is_sent = throttle.count_link_mail(new, now)
        throttle.take_back(mine.password_change)
        if not is_sent:
            return
        cancel_email_change(person.id)
        key = new_token()
        db.session.add(
            EmailChange(
                token_hash=hashed(token_for(secret, key)),
                person_id=person.id,
                email=email,
                expires_at=now + CONFIRMATION_LASTS,
            )
        )
        queue_account_mail(
            AccountMailKind.CONFIRM_EMAIL,
            email,
            now,
            person_id=person.id,
            key=key,
            fresh_for=CONFIRMATION_LASTS,
        )
        queue_account_mail(AccountMailKind.EMAIL_CHANGING, person.email, now, person_id=person.id)
        log.info("change of e-mail address requested by person %s", person.id)


def confirm_email_change(token: str) -> str:
    """Let the person use the new address from now on, and return it.

    Links to choose a password that were mailed to the old address stop working.

    Raises:
        NotFound: the link was used, is too old, was replaced, or never was; or the address has an
            account by now.
    """
    try:
        with writing() as now:
            change = db.session.get(EmailChange, hashed(token), with_for_update=True)
            person = locked(change.person_id) if change else None
            if change is None or change.expires_at <= now:
                raise NotFound("link")
            if person is None or not person.is_active:
                raise NotFound("link")
            old, person.email = person.email, change.email
            db.session.delete(change)
            delete_links(person.id)
            forget_account_mail(person.id, AccountMailKind.EMAIL_CHANGING)
            queue_account_mail(AccountMailKind.EMAIL_CHANGED, old, now, person_id=person.id)
            record(Event.EMAIL_CHANGED, now=now, actor=person.id, person=person.id)
            log.info("e-mail address changed by person %s", person.id)
            return change.email
    except IntegrityError as error:  # another account has the address
        raise NotFound("link") from error


def new_email_of(token: str) -> str | None:
    """Return the address that this link confirms, or None: it is not or no longer valid."""
    return db.session.scalar(
        sa.select(EmailChange.email)
        .join(Person, Person.id == EmailChange.person_id)
        .where(
            EmailChange.token_hash == hashed(token),
            EmailChange.expires_at > clock.now(),
            Person.is_active,
        )
    )


def waiting_email_of(person_id: int) -> str | None:
    """Return the address that this person still has to confirm, or None."""
    return db.session.scalar(
        sa.select(EmailChange.email).where(
            EmailChange.person_id == person_id, EmailChange.expires_at > clock.now()
        )
    )
