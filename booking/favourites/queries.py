"""Reading the favourites of a person."""

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.favourites.models import Favourite


def favourite_ids(person_id: int) -> frozenset[int]:
    """Return the ids of the facilities that the person has marked. One statement."""
    return frozenset(
        db.session.scalars(sa.select(Favourite.facility_id).where(Favourite.person_id == person_id))
    )


def favourites_of(person_id: int) -> list[ListedFacility]:
    """Return the facilities that the person has marked, by name."""
    mine = favourite_ids(person_id)
    return [one for one in listed_facilities().values() if one.id in mine]
