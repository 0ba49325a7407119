"""The other facilities of a cluster at which dates of a request may be proposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.availability.requestable import RequestableFacility
from booking.bookings.models import BookingRequest
from booking.extensions import db
from booking.facilities.calendar_visibility import sees_calendar
from booking.facilities.deciders import decision_table
from booking.facilities.effective_terms import effective_terms
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.requests.alternatives import FormAlternative, alternatives_elsewhere
from booking.rules.facility_snapshot import Dates
from booking.rules.terms import BookingMode, status_allows
from booking.rules.visibility import Viewer, may_decide

#: So many facilities are shown with when they are free.
SHOWN = 5


@dataclass(frozen=True)
class OfferedFacility:
    """A facility at which dates may be proposed; `free`: similar, and when it is free near them."""

    id: int
    slug: str
    name: str
    free: FormAlternative | None = None


def may_be_proposed(
    viewer: Viewer, request: BookingRequest, facility_id: int, other_id: int
) -> bool:
    """Return whether the viewer may propose dates at another facility, instead of this one's.

    It is in the same cluster and can be requested here. The viewer decides on it for this
    requester, who may see its calendar: else the proposal would say when it is free.
    """
    return any(one.id == other_id for one in _offered(viewer, request, facility_id))


def offered_facilities(
    viewer: Viewer,
    reference: str,
    requestable: RequestableFacility,
    requested: Dates,
    now: datetime,
) -> list[OfferedFacility]:
    """Return the facilities at which dates may be proposed instead of these: similar ones first.

    Those are with when they are free near these dates, as far as the requester may know, and the
    others by name. A constant number of statements.
    """
    request = db.session.scalars(
        sa.select(BookingRequest).where(BookingRequest.reference == reference)
    ).one()
    offered = {one.id: one for one in _offered(viewer, request, requestable.facility_id)}
    if not offered:
        return []
    found = [
        one
        for one in alternatives_elsewhere(requestable, requested, requesters_view(request), now)
        if one.facility is not None and one.facility.id in offered
    ][:SHOWN]
    similar = [
        replace(_as_offered(offered.pop(one.facility.id)), free=one)
        for one in found
        if one.facility is not None
    ]
    others = sorted(offered.values(), key=lambda one: one.name)
    return [*similar, *(_as_offered(one) for one in others)]


def _as_offered(facility: ListedFacility) -> OfferedFacility:
    return OfferedFacility(facility.id, facility.slug, facility.name)


def _offered(viewer: Viewer, request: BookingRequest, facility_id: int) -> Sequence[ListedFacility]:
    listed = listed_facilities()
    here = listed[facility_id]
    near = [
        one
        for one in listed.values()
        if one.cluster_id == here.cluster_id and one.id != facility_id
    ]
    terms = effective_terms(one.id for one in near)
    table = decision_table(frozenset(terms))
    asks = requesters_view(request)
    return [
        one
        for one in near
        if may_decide(viewer, table.deciders(one.id, request.partner_id))
        and status_allows(terms[one.id].rules.status)
        and terms[one.id].rules.mode is not BookingMode.ELSEWHERE
        and sees_calendar(one, asks)
    ]


def requesters_view(request: BookingRequest) -> Viewer:
    """Return a viewer who sees of calendars what the organisation of a request sees."""
    organisation = (
        db.session.get_one(Organisation, request.organisation_id)
        if request.organisation_id is not None
        else None
    )
    return Viewer(
        person_id=request.requester_id,
        organisation_id=request.organisation_id,
        home_cluster_id=organisation.home_cluster_id if organisation else None,
    )
