"""Checking a provider for an administrator, and keeping what the last check found."""

from collections.abc import Sequence

import sqlalchemy as sa

from booking.accounts.people_service import check_still_admin
from booking.db.transactions import retried, writing
from booking.extensions import db
from booking.rules.provider_checks import Finding
from booking.rules.sign_in_providers import SignInProvider
from booking.rules.visibility import Account
from booking.single_sign_on.models import ProviderCheck


@retried
def keep_check(
    account: Account,
    provider: SignInProvider,
    found: Sequence[Finding],
    in_force: Sequence[SignInProvider],
) -> None:
    """Keep what a check found, in place of the last one; those of providers not in force go.

    Raises:
        Forbidden: the person who acts is no administrator any more.
    """
    with writing() as now:
        check_still_admin(account)
        keys = [one.key for one in in_force if one != provider]
        db.session.execute(sa.delete(ProviderCheck).where(ProviderCheck.provider_key.not_in(keys)))
        db.session.add(
            ProviderCheck(
                provider_key=provider.key,
                issuer=provider.issuer,
                checked_at=now,
                found=[[one.point, one.verdict, one.value, one.more] for one in found],
            )
        )
