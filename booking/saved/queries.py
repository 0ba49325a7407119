"""Reading saved searches."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.errors import NotFound
from booking.extensions import db
from booking.saved.models import SavedSearch


@dataclass(frozen=True)
class ShownSearch:
    """A saved search as its page shows it."""

    key: str
    name: str
    query: str
    tells: bool


def searches_of(person_id: int) -> Sequence[ShownSearch]:
    """Return the searches that a person keeps, by name."""
    rows = db.session.scalars(
        sa.select(SavedSearch)
        .where(SavedSearch.person_id == person_id)
        .order_by(sa.func.lower(SavedSearch.name), SavedSearch.id)
    )
    return [ShownSearch(one.key, one.name, one.query, one.tells) for one in rows]


def search_of(person_id: int, key: str) -> ShownSearch:
    """Return one search of a person.

    Raises:
        NotFound: there is none of this key, or it is another person's.
    """
    for one in searches_of(person_id):
        if one.key == key:
            return one
    raise NotFound("saved search")
