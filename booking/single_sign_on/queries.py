"""Reading the identities with which people sign in."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.identity_models import SignInIdentity
from booking.extensions import db
from booking.rules.sign_in_providers import ProvidedIdentity


@dataclass(frozen=True)
class IdentityLine:
    """One identity in its owner's list; `key` names it in forms. `used_at` None: never."""

    key: str
    issuer: str
    linked_at: datetime
    used_at: datetime | None


def identities_of(person_id: int) -> list[IdentityLine]:
    """Return the identities that are linked to a person, the longest linked first."""
    return [
        IdentityLine(one.key, one.issuer, one.linked_at, one.used_at)
        for one in db.session.scalars(
            sa.select(SignInIdentity)
            .where(SignInIdentity.person_id == person_id)
            .order_by(SignInIdentity.linked_at, SignInIdentity.id)
        )
    ]


def holder_of(identity: ProvidedIdentity) -> int | None:
    """Return the id of the person to whom an identity is linked, or None."""
    return db.session.scalar(
        sa.select(SignInIdentity.person_id).where(
            SignInIdentity.issuer == identity.issuer, SignInIdentity.subject == identity.subject
        )
    )
