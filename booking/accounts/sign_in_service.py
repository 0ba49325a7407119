"""How sign-ins begin, go on with another token, and end; whoever signs in comes through here."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import SecondStep, has_second_factor_of
from booking.accounts.known_browsers import marked_browser
from booking.accounts.memberships import active_of, organisations_for
from booking.accounts.models import Person, SignIn
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token
from booking.db.origin import present_origin
from booking.extensions import db
from booking.rules.sign_ins import SECOND_STEP_LASTS, SecondFactor, SignInWay

BROWSER_LENGTH = 200


@dataclass(frozen=True)
class FirstStep:
    """What the first step of signing in led to.

    `token` is that of a sign-in, or, if it `needs_second_step`, of a `SecondStep`.
    """

    token: str
    needs_second_step: bool = False


def after_first_factor(
    person: Person, way: SignInWay, browser: str, now: datetime, *, is_known: bool = True
) -> FirstStep:
    """Sign a person in whose first factor was right, or let them go on to the second step.

    `is_known` is meant as in `begin_sign_in`. Part of the caller's transaction, which has locked
    the person.
    """
    if not has_second_factor(person.id):
        proof = Proof(way, None, now)
        return FirstStep(begin_sign_in(person, browser, now, proof, is_known=is_known))
    token = new_token()
    db.session.add(
        SecondStep(
            token_hash=hashed(token),
            person_id=person.id,
            way=way,
            expires_at=now + SECOND_STEP_LASTS,
        )
    )
    return FirstStep(token, needs_second_step=True)


def has_second_factor(person_id: int) -> bool:
    """Return whether signing in as this person takes a second step."""
    return bool(db.session.scalar(sa.select(has_second_factor_of(sa.literal(person_id)))))


def knows_browser(person: Person, source: ClientSource) -> bool:
    """Return whether the account knows this browser, as `begin_sign_in` needs it.

    Without a password there is no mark by which a browser could be known: none is new then.
    """
    known = marked_browser(
        source.mark,
        source.secrets,
        person.email,
        person.password_hash,
        with_second_factor=has_second_factor(person.id),
    )
    return known is not None or person.password_hash is None


@dataclass(frozen=True)
class Proof:
    """How and when somebody proved who they are; `proved_at` None: not lately."""

    way: SignInWay
    second_factor: SecondFactor | None
    proved_at: datetime | None


def begin_sign_in(
    person: Person, browser: str, now: datetime, proof: Proof, *, is_known: bool = True
) -> str:
    """Sign a person in, for the organisation that they chose last; returns the token.

    If the account does not know the browser (`known_browsers`), the person is told by mail.

    Part of the caller's transaction. Whoever has checked only a first factor calls
    `after_first_factor` instead.
    """
    if not is_known:
        queue_account_mail(AccountMailKind.NEW_BROWSER, person.email, now, person_id=person.id)
    active = active_of(organisations_for(person.id), None)
    token = new_token()
    db.session.add(
        SignIn(
            token_hash=hashed(token),
            person_id=person.id,
            created_at=now,
            seen_at=now,
            proved_at=proof.proved_at,
            way=proof.way,
            second_factor=proof.second_factor,
            browser=browser[:BROWSER_LENGTH],
            address=present_origin().address,
            organisation_id=active.organisation_id if active else None,
        )
    )
    return token


def proof_of(person_id: int, token: str) -> Proof:
    """Return the proof of a sign-in that is about to be replaced by another one.

    So a new password, or the end of a membership, is no new proof of who somebody is.
    """
    found = db.session.execute(
        sa.select(SignIn.way, SignIn.second_factor, SignIn.proved_at).where(
            SignIn.person_id == person_id, SignIn.token_hash == hashed(token)
        )
    ).first()
    if found is None:
        return Proof(SignInWay.PASSWORD, None, None)
    factor = SecondFactor(found.second_factor) if found.second_factor else None
    return Proof(SignInWay(found.way), factor, found.proved_at)


def end_sign_ins(person_id: int, *, but: str = "") -> None:
    """End all sign-ins of a person, also those half begun, but that of the token `but`.

    Part of the caller's transaction.
    """
    db.session.execute(
        sa.delete(SignIn).where(SignIn.person_id == person_id, SignIn.token_hash != hashed(but))
    )
    db.session.execute(sa.delete(SecondStep).where(SecondStep.person_id == person_id))
