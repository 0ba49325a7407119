"""Saving how affected dates were resolved, and exceptions that were granted."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from booking.bookings.disruption_models import Affected, GrantedException
from booking.extensions import db


class Resolution(StrEnum):
    """How an affected date was resolved."""

    KEPT = "kept"  # it takes place although affected
    ENDED = "ended"  # it was cancelled, declined, withdrawn, or lapsed
    LIFTED = "lifted"  # the closure or the hours that affected it are gone


def resolve(
    occurrence_ids: Collection[int],
    now: datetime,
    how: Resolution,
    *,
    person_id: int | None,
    reason: str = "",
) -> None:
    """Mark these dates as resolved, as far as they are affected."""
    db.session.execute(
        sa.update(Affected)
        .where(Affected.occurrence_id.in_(set(occurrence_ids)), Affected.resolved_at.is_(None))
        .values(resolved_at=now, resolved_how=how, resolved_by_id=person_id, reason=reason)
    )


def grant_exceptions(
    codes_of: Mapping[int, Collection[str]], now: datetime, *, person_id: int, reason: str
) -> None:
    """Save for each date (by its id) the rules it may break, by whose decision and why."""
    db.session.add_all(
        GrantedException(
            occurrence_id=occurrence_id,
            codes=sorted(codes),
            reason=reason,
            person_id=person_id,
            at=now,
        )
        for occurrence_id, codes in sorted(codes_of.items())
    )
