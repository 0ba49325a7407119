"""How second factors of a person go, all or one; `second_factors` has what their owner does."""

from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.factor_models import AuthenticatorApp, Passkey, RecoveryCode
from booking.accounts.identities import unlink_identities
from booking.accounts.models import Person
from booking.accounts.sign_in_service import end_sign_ins, has_second_factor
from booking.audit.recording import record
from booking.errors import NotFound
from booking.extensions import db
from booking.rules.audit_events import Event


def after_losing(person: Person, now: datetime) -> None:
    """Tell the person that a factor is gone; without any, recovery codes are of no use.

    Part of the caller's transaction.
    """
    db.session.flush()
    if not has_second_factor(person.id):
        delete_codes(person.id)
    queue_account_mail(AccountMailKind.FACTOR_REMOVED, person.email, now, person_id=person.id)


def remove_factors(person: Person, now: datetime, *, actor_id: int | None, why: str) -> None:
    """Remove all factors of a person, unlink their identities, end their sign-ins; mail them.

    `actor_id` None is the operator.

    Part of the caller's transaction, which has locked the person.

    Raises:
        NotFound: they have none.
    """
    if not has_second_factor(person.id):
        raise NotFound("factor")
    for model in (AuthenticatorApp, Passkey):
        db.session.execute(sa.delete(model).where(model.person_id == person.id))
    end_sign_ins(person.id)
    record(Event.SECOND_FACTOR_REMOVED, now=now, actor=actor_id, person=person.id, why=why)
    after_losing(person, now)
    unlink_identities(person, now, actor_id=actor_id, why=why)


def delete_codes(person_id: int) -> None:
    """Delete the recovery codes of a person. Part of the caller's transaction."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
