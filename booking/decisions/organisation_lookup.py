"""Finding an organisation by its name, for those who decide: among those known to their cluster."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.models import Booking, BookingRequest
from booking.extensions import db
from booking.facilities.models import Facility
from booking.search.normalise import fold

#: So many names are shown at most.
MOST_NAMES = 20


@dataclass(frozen=True)
class FoundOrganisations:
    """What was found: `exact` has just this name, `names` have the text in theirs.

    `names` are in alphabetical order; `has_more`: there are others.
    """

    exact: str | None = None
    names: Sequence[str] = ()
    has_more: bool = False


def look_up(
    text: str, facility_id: int, *, among: Collection[str] | None = None
) -> FoundOrganisations:
    """Return the organisations with this text in their name that a facility's owners may see.

    These are the ones at home in its cluster, and those that ever sent a request to it or had a
    booking there. Any other is found by its exact name only. Case and accents do not count. `among`
    leaves out all other names. At most two statements.
    """
    wanted = fold(text.strip())
    if not wanted or "\0" in text:  # PostgreSQL refuses to look for it
        return FoundOrganisations()
    names = [one for one in _known(facility_id) if wanted in fold(one)]
    exact = next((one for one in names if fold(one) == wanted), None)
    exact = exact or db.session.scalar(
        sa.select(Organisation.name).where(Organisation.name == text.strip())
    )
    if among is not None:
        names = [one for one in names if one in among]
        exact = exact if exact in among else None
    return FoundOrganisations(exact, names[:MOST_NAMES], len(names) > MOST_NAMES)


def _known(facility_id: int) -> Sequence[str]:
    cluster_id = sa.select(Facility.cluster_id).where(Facility.id == facility_id).scalar_subquery()
    dealt_with = (
        sa.select(BookingRequest.organisation_id)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .where(Facility.cluster_id == cluster_id, BookingRequest.organisation_id.is_not(None))
    )
    return db.session.scalars(
        sa.select(Organisation.name)
        .where(sa.or_(Organisation.home_cluster_id == cluster_id, Organisation.id.in_(dealt_with)))
        .order_by(Organisation.name)
    ).all()
