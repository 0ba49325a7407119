"""Ending all identities at providers with which somebody signs in."""

from datetime import datetime

import sqlalchemy as sa

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.identity_models import SignInIdentity
from booking.accounts.models import Person
from booking.audit.recording import record
from booking.extensions import db
from booking.rules.audit_events import Event


def unlink_identities(
    person: Person, now: datetime, *, actor_id: int | None, why: str = ""
) -> None:
    """Unlink all identities of a person, log each, and tell the person by mail, if there are any.

    So nobody comes back by one that they linked while they were in the account. `actor_id` None is
    the operator. Part of the caller's transaction, which has locked the person.
    """
    issuers = db.session.scalars(
        sa.delete(SignInIdentity)
        .where(SignInIdentity.person_id == person.id)
        .returning(SignInIdentity.issuer)
    ).all()
    for issuer in sorted(issuers):
        record(
            Event.IDENTITY_UNLINKED,
            now=now,
            actor=actor_id,
            person=person.id,
            before={"issuer": issuer},
            why=why,
        )
    if issuers:
        queue_account_mail(
            AccountMailKind.IDENTITIES_UNLINKED, person.email, now, person_id=person.id
        )
