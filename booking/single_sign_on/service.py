"""Signing in with an identity at a provider, linking one to an account, and unlinking it."""

import logging
import secrets
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import Passkey
from booking.accounts.identity_models import SignInIdentity
from booking.accounts.service import locked
from booking.accounts.sign_in_service import (
    FirstStep,
    Proof,
    after_first_factor,
    begin_sign_in,
    end_sign_ins,
    has_second_factor,
    knows_browser,
)
from booking.accounts.throttle import ClientSource
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.sign_in_providers import LINK_WITHIN, ProvidedIdentity
from booking.rules.sign_ins import SecondFactor, SignInWay

log = logging.getLogger(__name__)


@retried
def sign_in_with(
    identity: ProvidedIdentity,
    source: ClientSource,
    browser: str,
    *,
    gave_second_factor: bool = False,
    authenticated_at: datetime | None = None,
) -> FirstStep:
    """Sign in the person to whom this identity is linked, or let them go on to the second step.

    `gave_second_factor`: the provider says that it has asked for one. `authenticated_at` is when
    it last made sure who they are, None if it does not say: then this proves nothing anew.

    Raises:
        Forbidden: the account has been deactivated.
        NotFound: the identity is linked to nobody.
    """
    with writing() as now:
        linked = _linked(identity)
        person = locked(linked.person_id) if linked else None
        # It may have been unlinked while the person was waited for.
        linked = _linked(identity)
        if linked is None or person is None or linked.person_id != person.id:
            raise NotFound("identity")
        if not person.is_active:
            log.warning("single sign-on refused: person %s is deactivated", person.id)
            raise Forbidden("deactivated")
        linked.used_at = now
        is_known = knows_browser(person, source)
        is_past = authenticated_at is not None and authenticated_at <= now
        factor = SecondFactor.PROVIDER if gave_second_factor else None
        proof = Proof(SignInWay.SINGLE_SIGN_ON, factor, authenticated_at if is_past else None)
        if has_second_factor(person.id) and not gave_second_factor:
            return after_first_factor(person, SignInWay.SINGLE_SIGN_ON, browser, now)
        return FirstStep(begin_sign_in(person, browser, now, proof, is_known=is_known))


def link(person_id: int, identity: ProvidedIdentity, answered_at: datetime) -> None:
    """Let a person, who is signed in, sign in with this identity from now on; they get a mail.

    `answered_at` is when the provider said whose it is. What is linked to them already stays.

    Raises:
        Invalid: `identity` is `too_old`, `unverified` (the provider has verified no address) or
            `taken` by another person.
        NotFound: there is no such active person.
    """
    if not identity.is_verified:
        raise Invalid("identity", "unverified")
    try:
        with writing() as now:
            person = locked(person_id)
            if person is None or not person.is_active:
                raise NotFound("person")
            if not answered_at <= now < answered_at + LINK_WITHIN:
                raise Invalid("identity", "too_old")
            linked = _linked(identity)
            if linked is not None:
                if linked.person_id != person_id:
                    raise Invalid("identity", "taken")
                return
            db.session.add(
                SignInIdentity(
                    key=secrets.token_hex(16),
                    person_id=person_id,
                    issuer=identity.issuer,
                    subject=identity.subject,
                    linked_at=now,
                )
            )
            record(
                Event.IDENTITY_LINKED,
                now=now,
                actor=person_id,
                person=person_id,
                after={"issuer": identity.issuer},
            )
            queue_account_mail(
                AccountMailKind.IDENTITY_LINKED, person.email, now, person_id=person_id
            )
            log.info("identity linked by person %s", person_id)
    except IntegrityError as error:  # another person has just linked it
        raise Invalid("identity", "taken") from error


def unlink(person_id: int, key: str, issuers: Collection[str], token: str = "") -> None:
    """Let a person no longer sign in with one of their identities.

    Their sign-ins end, but that of `token`, the present one. `issuers` are those of the providers
    in force: by others nobody can sign in.

    Raises:
        Invalid: `identity` is the `last_way` in which the person can sign in.
        NotFound: the person has no such identity.
    """
    with writing() as now:
        person = locked(person_id)
        identities = db.session.scalars(
            sa.select(SignInIdentity).where(SignInIdentity.person_id == person_id)
        ).all()
        unlinked = next((one for one in identities if one.key == key), None)
        if person is None or unlinked is None:
            raise NotFound("identity")
        others = any(one.issuer in issuers for one in identities if one is not unlinked)
        if person.password_hash is None and not others and not _has_passkey(person_id):
            raise Invalid("identity", "last_way")
        db.session.delete(unlinked)
        end_sign_ins(person_id, but=token)
        record(
            Event.IDENTITY_UNLINKED,
            now=now,
            actor=person_id,
            person=person_id,
            before={"issuer": unlinked.issuer},
        )
        log.info("identity unlinked by person %s", person_id)


def _has_passkey(person_id: int) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Passkey.person_id == person_id))))


def _linked(identity: ProvidedIdentity) -> SignInIdentity | None:
    return db.session.scalar(
        sa.select(SignInIdentity)
        .where(SignInIdentity.issuer == identity.issuer, SignInIdentity.subject == identity.subject)
        .execution_options(populate_existing=True)
    )
