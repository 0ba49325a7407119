"""Reading the identities with which people sign in, and the last checks of providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.identity_models import SignInIdentity
from booking.extensions import db
from booking.rules.provider_checks import Finding, Point, Verdict
from booking.rules.sign_in_providers import ProvidedIdentity, SignInProvider
from booking.single_sign_on.models import ProviderCheck


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


@dataclass(frozen=True)
class IssuerUse:
    """How many accounts are linked to an issuer, and when somebody last signed in through it."""

    accounts: int = 0
    used_at: datetime | None = None


def use_of_issuers() -> Mapping[str, IssuerUse]:
    """Return the use of each issuer to which an account is linked, by issuer."""
    return {
        issuer: IssuerUse(accounts, used_at)
        for issuer, accounts, used_at in db.session.execute(
            sa.select(
                SignInIdentity.issuer,
                sa.func.count(SignInIdentity.person_id.distinct()),
                sa.func.max(SignInIdentity.used_at),
            )
            .group_by(SignInIdentity.issuer)
            .order_by(SignInIdentity.issuer)
        )
    }


@dataclass(frozen=True)
class LastCheck:
    """What the last check of a provider found, and when."""

    checked_at: datetime
    found: Sequence[Finding]


def last_checks(providers: Sequence[SignInProvider]) -> Mapping[str, LastCheck]:
    """Return the last checks of these providers by key, only of the issuers that they have now."""
    issuers = {one.key: one.issuer for one in providers}
    return {
        kept.provider_key: LastCheck(
            kept.checked_at,
            [
                Finding(Point(point), Verdict(verdict), value, more)
                for point, verdict, value, more in kept.found
            ],
        )
        for kept in db.session.scalars(sa.select(ProviderCheck))
        if issuers.get(kept.provider_key) == kept.issuer
    }
