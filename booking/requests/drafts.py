"""Drafts: requests filled in and not sent, saved while their author signs in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.accounts import throttle
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed, new_token
from booking.bookings.models import Draft
from booking.db.transactions import writing
from booking.extensions import db

KEPT_FOR = timedelta(hours=24)


def keep_draft(
    fields: Sequence[tuple[str, str]], source: ClientSource, replacing: str | None = None
) -> str | None:
    """Keep these fields for a day; returns the token that finds them again.

    The writer's earlier draft, named by `replacing`, goes. None: too many were kept for this
    network within the hour.
    """
    token = new_token()
    with writing() as now:
        if not throttle.count_first([source.draft], now):
            return None
        if replacing is not None:
            _drop(replacing)
        db.session.add(
            Draft(
                token_hash=hashed(token),
                fields=[[name, value] for name, value in fields],
                expires_at=now + KEPT_FOR,
            )
        )
    return token


def find_draft(token: str, now: datetime) -> list[tuple[str, str]] | None:
    """Return the fields saved under this token, or None if there are none any more."""
    draft = db.session.get(Draft, hashed(token))
    if draft is None or draft.expires_at <= now:
        return None
    return [(name, value) for name, value in draft.fields]


def drop_draft(token: str) -> None:
    """Delete the draft of this token: it has been sent."""
    with writing():
        _drop(token)


def _drop(token: str) -> None:
    db.session.execute(sa.delete(Draft).where(Draft.token_hash == hashed(token)))
