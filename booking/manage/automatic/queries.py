"""Reading which organisations are named for a facility."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.availability.automatic import named_for
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility


@dataclass(frozen=True)
class NamedOrganisations:
    """The names of the organisations that count, in alphabetical order.

    `facility`: the one above at which they are named; None: at the facility itself, or nowhere.
    """

    names: Sequence[str]
    facility: str | None


def named_organisations(facility_id: int) -> NamedOrganisations:
    """Return the organisations that are named for a facility, here or above."""
    at, ids = named_for(facility_id)
    names = db.session.scalars(
        sa.select(Organisation.name).where(in_ids(Organisation.id, ids)).order_by(Organisation.name)
    ).all()
    above = None if at in (None, facility_id) else db.session.get_one(Facility, at).name
    return NamedOrganisations(names, above)
