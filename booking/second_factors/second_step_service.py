"""The second step of signing in: a code, after the first factor was right."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts import throttle
from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import AuthenticatorApp, Passkey, RecoveryCode, SecondStep
from booking.accounts.known_browsers import marked_browser
from booking.accounts.models import Person
from booking.accounts.service import locked
from booking.accounts.sign_in_service import Proof, begin_sign_in
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.sign_ins import SecondFactor, SignInWay
from booking.second_factors import totp
from booking.second_factors.secret_box import decrypted, encrypted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WaitingStep:
    """A second step that waits: whose it is, and what they may answer it with."""

    email: str
    person_id: int
    has_app: bool
    has_passkey: bool


def waiting_step(token: str) -> WaitingStep | None:
    """Return the second step with this token, or None: it is over, too old, or never was."""
    row = db.session.execute(
        sa.select(
            Person.email,
            Person.id,
            sa.exists().where(AuthenticatorApp.person_id == Person.id),
            sa.exists().where(Passkey.person_id == Person.id),
        )
        .join(SecondStep, SecondStep.person_id == Person.id)
        .where(
            SecondStep.token_hash == hashed(token),
            SecondStep.expires_at > clock.now(),
            Person.is_active,
        )
    ).first()
    return None if row is None else WaitingStep(*row)


def finish_with_code(token: str, code: str, source: ClientSource, browser: str) -> str | None:
    """Sign a person in with a code of their app, or a recovery code; returns the token.

    None when refused: the code is wrong, was used before, or there were too many tries. Codes are
    counted for each account and network; the browsers that the account knows have one together.
    At the last try the owner is told by mail.

    Raises:
        NotFound: there is no such second step, or not any more.
    """
    with writing() as now:
        found = db.session.execute(
            sa.select(Person.id, Person.email, Person.password_hash)
            .join(SecondStep, SecondStep.person_id == Person.id)
            .where(SecondStep.token_hash == hashed(token), SecondStep.expires_at > now)
        ).first()
        if found is None:
            raise NotFound("second step")
        known = marked_browser(
            source.mark, source.secrets, found.email, found.password_hash, with_second_factor=True
        )
        counters = source.second_step(known)
        may_try = throttle.count_first(counters, now)
        person = locked(found.id)
        # Another process may have ended or used it while this one waited for the lock.
        step = db.session.get(SecondStep, hashed(token), populate_existing=True)
        if step is None or person is None or not person.is_active:
            raise NotFound("second step")
        factor = use_code(person, code, source.secrets, now) if may_try else None
        if factor is None:
            log.warning("sign-in refused: wrong code for person %s", person.id)
            if may_try and throttle.is_over(counters[0], now):
                queue_account_mail(
                    AccountMailKind.WRONG_CODES, person.email, now, person_id=person.id
                )
            return None
        throttle.forget(counters[0])
        for counter in counters[1:]:
            throttle.take_back(counter)
        db.session.delete(step)
        proof = Proof(SignInWay(step.way), factor, now)
        return begin_sign_in(person, browser, now, proof, is_known=known is not None)


def use_code(
    person: Person, code: str, secrets: Sequence[str], now: datetime
) -> SecondFactor | None:
    """Use up a code of the person's app, or a recovery code; None: it is none that counts.

    Part of the caller's transaction, which has locked the person.
    """
    code = totp.typed_code(code)
    app = db.session.get(AuthenticatorApp, person.id, populate_existing=True)
    if app is not None and (secret := decrypted(app.secret, secrets)) is not None:
        step = totp.matching_step(secret, code, now, after=app.last_step)
        if step is not None:
            app.last_step, app.used_at = step, now
            app.secret = encrypted(secret, secrets)  # with the present key
            return SecondFactor.APP
    used = db.session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == totp.hashed_code(person.id, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.person_id)
    ).all()
    if not used:
        return None
    queue_account_mail(AccountMailKind.RECOVERY_CODE_USED, person.email, now, person_id=person.id)
    return SecondFactor.RECOVERY_CODE
