"""Finding an organisation by its name, for those who decide: among those known to their cluster."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.accounts.organisations import organisation_named
from booking.bookings.decision_scope import decided_by
from booking.bookings.models import Booking, BookingRequest
from booking.concepts.normalise import fold
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.visibility import Viewer

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
    text: str,
    facility_id: int,
    viewer: Viewer,
    now: datetime,
    *,
    but: Collection[int] = (),
) -> FoundOrganisations:
    """Return the organisations with this text in their name that the viewer, who decides, may see.

    These are the ones at home in the cluster of the facility, and those with a booking or request
    in it on which the viewer may decide. Any other is found by its exact name only. Case and
    accents do not count. The organisations in `but` are left out.
    """
    wanted = fold(text.strip())
    if not wanted or "\0" in text:  # PostgreSQL refuses to look for it
        return FoundOrganisations()
    others = Organisation.id.not_in(but)
    exact = db.session.scalar(
        sa.select(Organisation.name).where(
            Organisation.id == organisation_named(text.strip()), others
        )
    )
    if exact is not None:
        return FoundOrganisations(exact)
    known = db.session.scalars(_known(facility_id, viewer, now).where(others))
    names = [one for one in known if wanted in fold(one)]
    exact = next((one for one in names if fold(one) == wanted), None)
    return FoundOrganisations(exact, names[:MOST_NAMES], len(names) > MOST_NAMES)


def _known(facility_id: int, viewer: Viewer, now: datetime) -> sa.Select[str]:
    cluster_id = sa.select(Facility.cluster_id).where(Facility.id == facility_id).scalar_subquery()
    dealt_with = (
        sa.select(BookingRequest.organisation_id)
        .join(Booking, Booking.request_id == BookingRequest.id)
        .join(Facility, Facility.id == Booking.facility_id)
        .where(
            Facility.cluster_id == cluster_id,
            BookingRequest.organisation_id.is_not(None),
            decided_by(viewer, None, now),
        )
    )
    return (
        sa.select(Organisation.name)
        .where(sa.or_(Organisation.home_cluster_id == cluster_id, Organisation.id.in_(dealt_with)))
        .order_by(Organisation.name)
    )
