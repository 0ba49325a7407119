"""Marking facilities as favourites, and taking the mark off."""

import sqlalchemy as sa

from booking.accounts.service import locked
from booking.db.transactions import retried, writing
from booking.errors import Busy, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.favourites.models import Favourite
from booking.rules.visibility import Account

#: So many facilities at most can one person mark.
MOST_FAVOURITES = 200


class TooManyFavourites(Busy):
    """The person has marked as many facilities as they can."""


@retried
def add_favourite(account: Account, slug: str) -> None:
    """Mark a facility as a favourite of the person; once is enough.

    Raises:
        NotFound: there is none of this slug.
        TooManyFavourites: the person has marked `MOST_FAVOURITES`.
    """
    with writing() as now:
        # Two windows at once: the second one finds what the first has added.
        locked(account.person_id)
        facility_id = _facility_id(slug)
        mine = set(
            db.session.scalars(
                sa.select(Favourite.facility_id).where(Favourite.person_id == account.person_id)
            )
        )
        if facility_id in mine:
            return
        if len(mine) >= MOST_FAVOURITES:
            raise TooManyFavourites
        db.session.add(
            Favourite(person_id=account.person_id, facility_id=facility_id, added_at=now)
        )


@retried
def remove_favourite(account: Account, slug: str) -> None:
    """Take the mark off a facility; it may be off already.

    Raises:
        NotFound: there is none of this slug.
    """
    with writing():
        facility_id = _facility_id(slug)
        db.session.execute(
            sa.delete(Favourite).where(
                Favourite.person_id == account.person_id, Favourite.facility_id == facility_id
            )
        )


def _facility_id(slug: str) -> int:
    facility_id = db.session.scalar(sa.select(Facility.id).where(Facility.slug == slug))
    if facility_id is None:
        raise NotFound("facility")
    return facility_id
