"""The other facilities of a cluster at which dates of a request may be proposed."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """A facility at which dates may be proposed."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True)
class FreeFacility(OfferedFacility):
    """One that is similar, with when it is free near some dates."""

    free: FormAlternative


def may_be_proposed(
    viewer: Viewer, request: BookingRequest, facility_id: int, other_id: int
) -> bool:
    """Return whether the viewer may propose dates at another facility, instead of this one's.

    It is in the same cluster and can be requested here. The viewer decides on it for this
    requester, who may see its calendar: else the proposal would say when it is free.
    """
    return bool(_offered(viewer, request, facility_id, only=other_id))


def offered_facilities(viewer: Viewer, reference: str, facility_id: int) -> list[OfferedFacility]:
    """Return the facilities at which dates of a request may be proposed instead, by name.

    A constant number of statements.
    """
    offered = _offered(viewer, _request(reference), facility_id)
    return [
        OfferedFacility(one.id, one.slug, one.name)
        for one in sorted(offered, key=lambda one: one.name)
    ]


def free_facilities(
    reference: str,
    requestable: RequestableFacility,
    requested: Dates,
    offered: Sequence[OfferedFacility],
    now: datetime,
) -> list[FreeFacility]:
    """Return those of the offered ones that are similar and free near these dates, best first.

    Times are those that the requester may know. A constant number of statements, none if nothing
    is offered.
    """
    if not offered:
        return []
    by_id = {one.id: one for one in offered}
    asks = requesters_view(_request(reference))
    return [
        FreeFacility(one.facility.id, one.facility.slug, one.facility.name, one)
        for one in alternatives_elsewhere(requestable, requested, asks, now)
        if one.facility is not None and one.facility.id in by_id
    ][:SHOWN]


def _request(reference: str) -> BookingRequest:
    return db.session.scalars(
        sa.select(BookingRequest).where(BookingRequest.reference == reference)
    ).one()


def _offered(
    viewer: Viewer, request: BookingRequest, facility_id: int, only: int | None = None
) -> Sequence[ListedFacility]:
    listed = listed_facilities()
    here = listed[facility_id]
    near = [
        one
        for one in listed.values()
        if one.cluster_id == here.cluster_id and one.id != facility_id and only in {None, one.id}
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
