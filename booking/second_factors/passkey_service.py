"""Passkeys (WebAuthn): adding and removing them, and signing in with one."""

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import webauthn
from sqlalchemy.exc import IntegrityError
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from booking.accounts import throttle
from booking.accounts.factor_models import Passkey, PasskeyChallenge, SecondStep
from booking.accounts.models import Person
from booking.accounts.service import locked
from booking.accounts.sign_in_service import (
    Proof,
    begin_sign_in,
    has_second_factor,
    knows_browser,
)
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token
from booking.db.transactions import writing
from booking.errors import Busy, Invalid, NotFound
from booking.extensions import db
from booking.rules.sign_ins import CHALLENGE_LASTS, SecondFactor, SignInWay
from booking.second_factors.service import (
    FactorAdded,
    active_person,
    after_adding,
    after_removal,
)

MOST_PASSKEYS = 20
#: What a browser sends is some thousand characters long, a signed statement of its maker included.
LONGEST_ANSWER = 20_000
_TIMEOUT_MS = round(CHALLENGE_LASTS.total_seconds() * 1000)
# What the library raises for an answer that it cannot read or that is wrong.
_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Site:
    """For which site passkeys hold: as configured, whatever a request says of itself."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class Asked:
    """What the browser is to do, as JSON, and the token that its answer needs."""

    token: str
    options: str


def ask_to_add(person_id: int, site: Site) -> Asked:
    """Return what the browser needs to make a passkey for this person.

    Raises:
        Invalid: `name` is `too_many`: they have as many as anybody may.
        NotFound: there is no such active person.
    """
    with writing() as now:
        person = active_person(person_id)
        there = db.session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id)).all()
        if len(there) >= MOST_PASSKEYS:
            raise Invalid("name", "too_many")
        # One for all of a person, so that a device replaces the one it has.
        handle = webauthn.base64url_to_bytes(there[0].handle) if there else secrets.token_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=site.host,
            rp_name=site.name,
            user_id=handle,
            user_name=person.email,
            user_display_name=person.name,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                require_resident_key=True,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(there),
        )
        token = _remember(options.challenge, now, person_id, bytes_to_base64url(handle))
        return Asked(token, webauthn.options_to_json(options))


def add_passkey(
    person_id: int, name: str, answer: str, asked_token: str, site: Site, browser: str, token: str
) -> FactorAdded:
    """Keep a new passkey of a person under this name; see `service.add_app`.

    `asked_token` is that of `ask_to_add`, `token` that of the present sign-in.

    Raises:
        Invalid: `answer` is `wrong`: not to this question, too late, or not of this site.
        NotFound: there is no such active person.
    """
    asked = _take(asked_token)
    if asked is None or asked.person_id != person_id or not asked.handle:
        raise Invalid("answer", "wrong")
    try:
        verified = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=asked.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _WRONG as error:
        log.warning("passkey of person %s refused: %s", person_id, type(error).__name__)
        raise Invalid("answer", "wrong") from error
    try:
        with writing() as now:
            person = active_person(person_id)
            is_first = not has_second_factor(person_id)
            db.session.add(
                Passkey(
                    key=secrets.token_hex(16),
                    person_id=person_id,
                    credential_id=bytes_to_base64url(verified.credential_id),
                    handle=asked.handle,
                    public_key=verified.credential_public_key,
                    sign_count=verified.sign_count,
                    name=name,
                    added_at=now,
                )
            )
            return after_adding(person, is_first, SecondFactor.PASSKEY, browser, token, now)
    except IntegrityError as error:  # a device has made it before
        raise Invalid("answer", "wrong") from error


def remove_passkey(person_id: int, key: str, token: str = "") -> None:
    """Remove a passkey of a person, who is told by mail.

    Their sign-ins end, but that of `token`, the present one.

    Raises:
        NotFound: they have no such passkey.
    """
    with writing() as now:
        person = active_person(person_id)
        removed = db.session.execute(
            sa.delete(Passkey)
            .where(Passkey.person_id == person_id, Passkey.key == key)
            .returning(Passkey.id)
        ).all()
        if not removed:
            raise NotFound("passkey")
        after_removal(person, now, SecondFactor.PASSKEY, token)


def ask_to_sign_in(site: Site, source: ClientSource, person_id: int | None) -> Asked:
    """Return what the browser needs to sign in with a passkey.

    `person_id` is whose passkey it must be; None: whoever has one, and the device knows who.

    Raises:
        Busy: there were too many tries from this network.
    """
    with writing() as now:
        if not throttle.count_first([source.passkey], now):
            raise Busy
        passkeys = (
            db.session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id)).all()
            if person_id
            else ()
        )
        options = webauthn.generate_authentication_options(
            rp_id=site.host,
            timeout=_TIMEOUT_MS,
            allow_credentials=_descriptors(passkeys),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        token = _remember(options.challenge, now, person_id, "")
        return Asked(token, webauthn.options_to_json(options))


def sign_in_with_passkey(
    answer: str,
    asked_token: str,
    site: Site,
    source: ClientSource,
    browser: str,
    step_token: str = "",
) -> str | None:
    """Sign in who answered with their passkey; returns the token, or None when refused.

    `step_token` is that of a second step: the answer must be of the same person, and ends it.
    """
    asked = _take(asked_token)
    found = None if asked is None or asked.handle else _find(answer)
    if asked is None or found is None:
        return None
    verified = _verified(found, asked.challenge, answer, site)
    if verified is None or (asked.person_id not in (None, found.person_id)):
        return None
    with writing() as now:
        throttle.lock([source.passkey])
        person = locked(found.person_id)
        # Another process may have removed it, or used it, during verification.
        used = db.session.execute(
            sa.update(Passkey)
            .where(Passkey.id == found.id, Passkey.sign_count == found.sign_count)
            .values(sign_count=verified.new_sign_count, used_at=now)
            .returning(Passkey.id)
        ).all()
        if person is None or not person.is_active or not used:
            return None
        proof = Proof(SignInWay.PASSKEY, None, now)
        if step_token:
            step = db.session.get(SecondStep, hashed(step_token))
            if step is None or step.person_id != person.id or step.expires_at <= now:
                return None
            proof = Proof(SignInWay(step.way), SecondFactor.PASSKEY, now)
            db.session.delete(step)
        throttle.take_back(source.passkey)
        is_known = knows_browser(person, source)
        return begin_sign_in(person, browser, now, proof, is_known=is_known)


@dataclass(frozen=True)
class _Stored:
    """A passkey as it was before verification."""

    id: int
    person_id: int
    handle: str
    public_key: bytes
    sign_count: int


def _find(answer: str) -> _Stored | None:
    """Return the passkey that an answer names, or None."""
    try:
        credential = _read(answer)
        row = db.session.execute(
            sa.select(
                Passkey.id,
                Passkey.person_id,
                Passkey.handle,
                Passkey.public_key,
                Passkey.sign_count,
            )
            .join(Person, Person.id == Passkey.person_id)
            .where(Passkey.credential_id == str(credential["id"]), Person.is_active)
        ).first()
        handle = credential["response"].get("userHandle")
    except _WRONG:
        return None
    if row is None or (handle or row.handle) != row.handle:
        return None
    return _Stored(*row)


def _verified(
    found: _Stored, challenge: bytes, answer: str, site: Site
) -> VerifiedAuthentication | None:
    """Return the answer of this passkey, or None: it is wrong, or its count went back.

    The count of a device that counts goes up each time; one that does not may be a copy.
    """
    try:
        return webauthn.verify_authentication_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except _WRONG as error:
        log.warning(
            "sign-in refused: passkey of person %s, %s", found.person_id, type(error).__name__
        )
        return None


def _read(answer: str) -> dict[str, Any]:
    """Return the answer of a browser.

    Raises:
        ValueError: it is too long, or no JSON object.
    """
    read = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    if not isinstance(read, dict):
        raise ValueError("no answer of a browser")
    return read


def _remember(challenge: bytes, now: datetime, person_id: int | None, handle: str) -> str:
    token = new_token()
    db.session.add(
        PasskeyChallenge(
            token_hash=hashed(token),
            challenge=challenge,
            person_id=person_id,
            handle=handle,
            expires_at=now + CHALLENGE_LASTS,
        )
    )
    return token


@dataclass(frozen=True)
class _Taken:
    challenge: bytes
    person_id: int | None
    handle: str


def _take(asked_token: str) -> _Taken | None:
    """Return the challenge of this token and use it up; None: there is none, or not any more."""
    with writing() as now:
        row = db.session.execute(
            sa.delete(PasskeyChallenge)
            .where(PasskeyChallenge.token_hash == hashed(asked_token))
            .returning(
                PasskeyChallenge.challenge,
                PasskeyChallenge.person_id,
                PasskeyChallenge.handle,
                PasskeyChallenge.expires_at,
            )
        ).first()
        if row is None or row.expires_at <= now:
            return None
        return _Taken(row.challenge, row.person_id, row.handle)


def _descriptors(passkeys: Any) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one.credential_id))
        for one in passkeys
    ]
