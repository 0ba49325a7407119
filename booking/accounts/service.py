"""A person's own account: signing in and out, password, one-time link, time zone."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts import passwords, throttle
from booking.accounts.account_mail import (
    AccountMailKind,
    cancel_email_change,
    forget_account_mail,
    queue_account_mail,
)
from booking.accounts.factor_models import has_second_factor_of
from booking.accounts.identities import unlink_identities
from booking.accounts.known_browsers import marked_browser
from booking.accounts.models import OneTimeLink, Person, SignIn
from booking.accounts.sign_in_service import (
    FirstStep,
    after_first_factor,
    begin_sign_in,
    end_sign_ins,
    proof_of,
)
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token
from booking.audit.recording import record
from booking.db.times import zone_or_none
from booking.db.transactions import writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.passwords import password_problem
from booking.rules.sign_ins import SignInWay

LINK_LASTS = timedelta(days=7)

log = logging.getLogger(__name__)


def normal_email(text: str) -> str:
    """Return an e-mail address as it is stored and compared."""
    return text.strip().lower()


def sign_in(email: str, password: str, source: ClientSource, browser: str) -> FirstStep | None:
    """Sign a person in, or let them go on to the second step; None when refused.

    Refused for a wrong password, an unknown or deactivated account, one without a password, and
    after too many failed tries; the caller cannot tell which. A try that is not blocked costs one
    verification, a blocked one costs none, whether there is such an account or not.

    A browser that the account knows has a count of its own, so that failures elsewhere do not
    lock its owner out.
    """
    email = normal_email(email)
    known = db.session.execute(
        sa.select(
            Person.id, Person.password_hash, has_second_factor_of(Person.id).label("has_factor")
        ).where(Person.email == email, Person.is_active)
    ).first()
    known_hash = known.password_hash if known else None
    browser_name = marked_browser(
        source.mark,
        source.secrets,
        email,
        known_hash,
        with_second_factor=bool(known and known.has_factor),
    )
    counters = (
        (source.sign_in_browser(browser_name),)
        if browser_name
        else (source.sign_in_email, source.sign_in_network)
    )
    with writing() as now:
        may_try = throttle.count_first(counters, now)
    if not may_try:
        log.warning("sign-in refused: too many tries for %s", source.sign_in_email.key)
        return None
    right = passwords.matches(known_hash, password)
    with writing() as now:
        throttle.lock(counters)
        person = locked(known.id) if known and right else None
        # Another process may have changed the account during verification.
        if person is None or not person.is_active or person.password_hash != known_hash:
            log.warning(
                "sign-in refused: wrong e-mail or password for %s", source.sign_in_email.key
            )
            return None
        throttle.forget(counters[0])
        for counter in counters[1:]:
            throttle.take_back(counter)
        return after_first_factor(
            person, SignInWay.PASSWORD, browser, now, is_known=browser_name is not None
        )


def change_password(
    person_id: int, old: str, new: str, source: ClientSource, browser: str, token: str = ""
) -> str:
    """Set a new password, end all sign-ins of the person, and return the token of a new one.

    The new one is as good a proof of who they are as that of `token`, the present one. The person
    is told by mail. A change of their e-mail address that waits is cancelled.

    Raises:
        Invalid: `old` is `wrong` (also after too many tries); `password` is not good enough.
        NotFound: there is no such active person.
    """
    known_hash = db.session.scalar(sa.select(Person.password_hash).where(Person.id == person_id))
    with writing() as now:
        may_try = throttle.count_first([source.password_change], now)
    if not may_try or not passwords.matches(known_hash, old):
        raise Invalid("old", "wrong")
    new_hash = passwords.hash_password(new)
    with writing() as now:
        throttle.lock([source.password_change])
        person = locked(person_id)
        if person is None or not person.is_active:
            raise NotFound("person")
        if person.password_hash != known_hash:
            raise Invalid("old", "wrong")
        _refuse_weak_password(new, person)
        throttle.forget(source.password_change)
        person.password_hash = new_hash
        proof = proof_of(person.id, token)
        end_sign_ins(person.id)
        _after_a_new_password(person, now)
        record(Event.PASSWORD_CHANGED, now=now, actor=person.id, person=person.id)
        log.info("password changed by person %s", person.id)
        return begin_sign_in(person, browser, now, proof)


def use_link(token: str, password: str, browser: str) -> FirstStep:
    """Set a password with a one-time link, end all sign-ins, and begin a new one.

    The link is a first factor only: who has a second one is asked for it.

    If it is not the first one, the person is told by mail, a change of their e-mail address that
    waits is cancelled, and identities at providers are unlinked: the person may have lost the
    account to somebody who has linked one.

    Raises:
        Invalid: `password` is not good enough; the link can be used again.
        NotFound: the link was used, is too old, was replaced, or never was.
    """
    new_hash = passwords.hash_password(password)
    with writing() as now:
        link = db.session.scalar(
            sa.select(OneTimeLink).where(OneTimeLink.token_hash == hashed(token)).with_for_update()
        )
        person = locked(link.person_id) if link else None
        if link is None or link.used_at or link.expires_at <= now:
            raise NotFound("link")
        if person is None or not person.is_active:
            raise NotFound("link")
        _refuse_weak_password(password, person)
        link.used_at = now
        had_password = person.password_hash is not None
        person.password_hash = new_hash
        end_sign_ins(person.id)
        if had_password:
            _after_a_new_password(person, now)
            unlink_identities(person, now, actor_id=person.id)
        else:
            delete_links(person.id)
        record(Event.PASSWORD_SET, now=now, actor=person.id, person=person.id)
        log.info("password set by link for person %s", person.id)
        return after_first_factor(person, SignInWay.LINK, browser, now)


def _after_a_new_password(person: Person, now: datetime) -> None:
    """Tell the owner of the account, and end what somebody else may have begun in it."""
    delete_links(person.id)
    cancel_email_change(person.id)
    queue_account_mail(AccountMailKind.PASSWORD_CHANGED, person.email, now, person_id=person.id)


def delete_links(person_id: int) -> None:
    """Delete the unused one-time links of a person, and the first one if its mail still waits.

    Part of the caller's transaction.
    """
    # The mail first: a worker that has just taken it may be making its link.
    forget_account_mail(person_id, AccountMailKind.WELCOME)
    db.session.execute(
        sa.delete(OneTimeLink).where(
            OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None)
        )
    )


def make_link(person: Person, now: datetime) -> str:
    """Return the token of a new one-time link; older unused ones of the person are deleted.

    Part of the caller's transaction.
    """
    delete_links(person.id)
    token = new_token()
    db.session.add(
        OneTimeLink(token_hash=hashed(token), person_id=person.id, expires_at=now + LINK_LASTS)
    )
    return token


def change_time_zone(person_id: int, time_zone: str | None) -> None:
    """Set the zone for pages with times of several facilities; None: not chosen.

    Raises:
        Invalid: there is no such zone.
        NotFound: there is no such person.
    """
    if time_zone is not None and zone_or_none(time_zone) is None:
        raise Invalid("time_zone", "unknown")
    with writing():
        person = locked(person_id)
        if person is None:
            raise NotFound("person")
        person.time_zone = time_zone


def change_language(person_id: int, code: str) -> None:
    """Set the language of pages, mails and feeds; "": what the browser asks for.

    The caller offers only what the product speaks.

    Raises:
        NotFound: there is no such person.
    """
    with writing():
        person = locked(person_id)
        if person is None:
            raise NotFound("person")
        person.language = code


def sign_out(token: str) -> None:
    """End the sign-in of this token, if there is one."""
    with writing():
        db.session.execute(sa.delete(SignIn).where(SignIn.token_hash == hashed(token)))


def end_own_sign_in(person_id: int, key: str) -> None:
    """End one of the person's sign-ins, by its `SignInLine.key`.

    Raises:
        NotFound: the person has no such sign-in.
    """
    with writing():
        ended = db.session.execute(
            sa.delete(SignIn)
            .where(SignIn.person_id == person_id, SignIn.token_hash == key)
            .returning(SignIn.person_id)
        ).all()
        if not ended:
            raise NotFound("sign-in")


def end_other_sign_ins(person_id: int, token: str) -> None:
    """End all sign-ins of the person but that of this token, also those half begun."""
    with writing():
        end_sign_ins(person_id, but=token)


def locked(person_id: int) -> Person | None:
    """Return the person, locked. Part of the caller's transaction.

    Changes of a person's rights lock the row too, so no sign-in slips in between.
    """
    return db.session.scalar(
        sa.select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    )


def _refuse_weak_password(password: str, person: Person) -> None:
    problem = password_problem(password, email=person.email, name=person.name)
    if problem:
        raise Invalid("password", problem)
