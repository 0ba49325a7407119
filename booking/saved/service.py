"""Keeping searches, renaming and deleting them, and finding out what is new to them."""

import secrets
from collections.abc import Collection

import sqlalchemy as sa

from booking.accounts.service import locked
from booking.db.transactions import retried, writing
from booking.errors import Busy, Conflict, NotFound
from booking.extensions import db
from booking.rules.saved_searches import MOST_SAVED
from booking.rules.visibility import Account
from booking.saved.models import SavedSearch


class TooManySearches(Busy):
    """The person keeps as many searches as they can."""


@retried
def save_search(
    account: Account, name: str, query: str, *, tells: bool, found: Collection[int] = ()
) -> str:
    """Keep a search under a name; returns its key.

    `found` are the ids of what it finds now, which is not new later.

    Raises:
        Conflict: `saved_already`, the person keeps the same search.
        TooManySearches: the person keeps `MOST_SAVED`.
    """
    with writing() as now:
        locked(account.person_id)
        mine = db.session.scalars(
            sa.select(SavedSearch).where(SavedSearch.person_id == account.person_id)
        ).all()
        if any(one.query == query for one in mine):
            raise Conflict("saved_already")
        if len(mine) >= MOST_SAVED:
            raise TooManySearches
        saved = SavedSearch(
            key=secrets.token_hex(16),
            person_id=account.person_id,
            name=name,
            query=query,
            made_at=now,
            tells=tells,
            known_ids=sorted(found) if tells else [],
        )
        db.session.add(saved)
        return saved.key


@retried
def change_search(account: Account, key: str, *, tells: bool, found: Collection[int] = ()) -> None:
    """Tell the person of new facilities from now on, or no longer.

    `found` are the ids of what it finds now, which is not new later.

    Raises:
        NotFound: there is no search of this key, or it is another person's.
    """
    with writing():
        saved = _own(account, key)
        if tells and not saved.tells:
            saved.known_ids = sorted({*saved.known_ids, *found})
        saved.tells = tells


@retried
def delete_search(account: Account, key: str) -> None:
    """Forget a search.

    Raises:
        NotFound: there is no search of this key, or it is another person's.
    """
    with writing():
        db.session.delete(_own(account, key))


def _own(account: Account, key: str) -> SavedSearch:
    saved = db.session.scalar(
        sa.select(SavedSearch)
        .where(SavedSearch.key == key, SavedSearch.person_id == account.person_id)
        .with_for_update()
    )
    if saved is None:
        raise NotFound("saved search")
    return saved
