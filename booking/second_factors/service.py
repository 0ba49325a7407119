"""A person's second factors: setting up and removing the app, and making recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts import throttle
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import AuthenticatorApp, Passkey, RecoveryCode
from booking.accounts.factors import after_losing, delete_codes
from booking.accounts.models import Person
from booking.accounts.service import locked
from booking.accounts.sign_in_service import (
    Proof,
    begin_sign_in,
    end_sign_ins,
    has_second_factor,
    proof_of,
)
from booking.accounts.throttle import ClientSource
from booking.audit.recording import record
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.rules.audit_events import Event
from booking.rules.sign_ins import SecondFactor
from booking.second_factors import totp
from booking.second_factors.secret_box import decrypted, encrypted, sealed, unsealed

#: How long a new secret waits for the first code of the app.
SETTING_UP_LASTS = timedelta(minutes=30)


@dataclass(frozen=True)
class Factors:
    """The second factors of a person; `codes_left` are recovery codes not used yet."""

    app_added_at: datetime | None
    app_used_at: datetime | None
    codes_left: int
    passkeys: Sequence["PasskeyLine"] = ()

    @property
    def any(self) -> bool:
        """Return whether signing in takes a second step."""
        return self.app_added_at is not None or bool(self.passkeys)

    @property
    def only_one(self) -> bool:
        """Return whether there is one that is the last."""
        return (self.app_added_at is not None) + len(self.passkeys) == 1


@dataclass(frozen=True)
class PasskeyLine:
    """A passkey in its owner's list; `key` names it in forms, `used_at` None: never."""

    key: str
    name: str
    added_at: datetime
    used_at: datetime | None


def factors_of(person_id: int) -> Factors:
    """Return the second factors of a person."""
    app = db.session.get(AuthenticatorApp, person_id)
    codes_left = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    )
    return Factors(
        app_added_at=app.added_at if app else None,
        app_used_at=app.used_at if app else None,
        codes_left=codes_left or 0,
        passkeys=tuple(
            PasskeyLine(*row)
            for row in db.session.execute(
                sa.select(Passkey.key, Passkey.name, Passkey.added_at, Passkey.used_at)
                .where(Passkey.person_id == person_id)
                .order_by(Passkey.id)
            )
        ),
    )


def new_app_secret(person_id: int, secret_key: str) -> str:
    """Return a new secret, sealed, to be handed back with the first code of the app."""
    return sealed(f"{person_id}:{totp.new_secret()}", secret_key, clock.now())


def secret_in(handed: str, person_id: int, secret_key: str) -> str | None:
    """Return the secret that was handed to this person half an hour ago or less, or None."""
    opened = unsealed(handed, secret_key, clock.now(), SETTING_UP_LASTS)
    owner, _, secret = (opened or "").partition(":")
    return secret if owner == str(person_id) else None


@dataclass(frozen=True)
class FactorAdded:
    """A second factor counts from now on: the token of the new sign-in, and recovery codes.

    `recovery_codes` are empty if the person has some from an earlier factor.
    """

    token: str
    recovery_codes: Sequence[str]


def add_app(
    person_id: int, secret: str, code: str, source: ClientSource, browser: str, token: str
) -> FactorAdded:
    """Let the app with this secret count, because `code` is one of its codes.

    With the first factor all other sign-ins end, as they were made without one, and recovery codes
    are made. The person is told by mail. `token` is that of the present sign-in.

    Raises:
        Invalid: `code` is `wrong` (also after too many tries).
        Conflict: `already`, when there is an app.
        NotFound: there is no such active person.
    """
    counter = source.factor_change
    with writing() as now:
        may_try = throttle.count_first([counter], now)
    if not may_try:
        raise Invalid("code", "wrong")
    with writing() as now:
        throttle.lock([counter])
        person = active_person(person_id)
        if db.session.get(AuthenticatorApp, person_id) is not None:
            raise Conflict("already")
        step = totp.matching_step(secret, totp.typed_code(code), now)
        if step is None:
            raise Invalid("code", "wrong")
        throttle.forget(counter)
        is_first = not has_second_factor(person_id)
        db.session.add(
            AuthenticatorApp(
                person_id=person_id,
                secret=encrypted(secret, source.secrets),
                last_step=step,
                added_at=now,
                used_at=now,
            )
        )
        return after_adding(person, is_first, SecondFactor.APP, browser, token, now)


def after_adding(
    person: Person,
    is_first: bool,
    factor: SecondFactor,
    browser: str,
    token: str,
    now: datetime,
) -> FactorAdded:
    """Do what follows from a new factor; with the first one, sign in anew.

    Part of the caller's transaction, which has locked the person.
    """
    db.session.flush()
    queue_account_mail(AccountMailKind.FACTOR_ADDED, person.email, now, person_id=person.id)
    record(
        Event.SECOND_FACTOR_ADDED,
        now=now,
        actor=person.id,
        person=person.id,
        after={"factor": factor},
    )
    if not is_first:
        return FactorAdded(token, ())
    proof = Proof(proof_of(person.id, token).way, factor, now)
    end_sign_ins(person.id)
    codes = _make_codes(person.id)
    return FactorAdded(begin_sign_in(person, browser, now, proof), codes)


def remove_app(person_id: int, token: str = "") -> None:
    """Remove the app of a person, who is told by mail.

    Their sign-ins end, but that of `token`, the present one.

    Raises:
        NotFound: they have none.
    """
    with writing() as now:
        person = active_person(person_id)
        app = db.session.get(AuthenticatorApp, person_id, populate_existing=True)
        if app is None:
            raise NotFound("app")
        db.session.delete(app)
        after_removal(person, now, SecondFactor.APP, token)


def after_removal(person: Person, now: datetime, factor: SecondFactor, token: str) -> None:
    """Log that the person removed a factor, and tell them; see `after_losing`.

    Their sign-ins end, but that of `token`: somebody may have signed in with what was lost.

    Part of the caller's transaction.
    """
    record(
        Event.SECOND_FACTOR_REMOVED,
        now=now,
        actor=person.id,
        person=person.id,
        before={"factor": factor},
    )
    end_sign_ins(person.id, but=token)
    after_losing(person, now)


def encrypt_anew(secrets: Sequence[str]) -> tuple[int, int]:
    """Encrypt the secrets of all apps with the present key, the first of `secrets`.

    Returns how many were, and how many none of the keys can read: these people need a recovery
    code, or the operator to remove the app.
    """
    done, lost = 0, 0
    with writing():
        for app in db.session.scalars(sa.select(AuthenticatorApp).with_for_update()):
            secret = decrypted(app.secret, secrets)
            if secret is None:
                lost += 1
            else:
                app.secret = encrypted(secret, secrets)
                done += 1
    return done, lost


def renew_recovery_codes(person_id: int) -> Sequence[str]:
    """Return new recovery codes, which are shown once; those before them stop working.

    Raises:
        NotFound: the person has no second factor.
    """
    with writing() as now:
        person = active_person(person_id)
        if not has_second_factor(person.id):
            raise NotFound("factor")
        record(Event.RECOVERY_CODES_MADE, now=now, actor=person_id, person=person_id)
        return _make_codes(person_id)


def _make_codes(person_id: int) -> Sequence[str]:
    delete_codes(person_id)
    codes = totp.new_recovery_codes()
    db.session.add_all(
        RecoveryCode(code_hash=totp.hashed_code(person_id, code), person_id=person_id)
        for code in codes
    )
    return codes


def active_person(person_id: int) -> Person:
    """Return the person, locked. Part of the caller's transaction.

    Raises:
        NotFound: there is no such active person.
    """
    person = locked(person_id)
    if person is None or not person.is_active:
        raise NotFound("person")
    return person
