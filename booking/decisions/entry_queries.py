"""What an owner must know to enter a booking, and whether it can be entered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.availability.checks import check_context, refusals_for_owner
from booking.availability.requestable import RequestableFacility, get_requestable
from booking.bookings.new_request import NewRequest
from booking.decisions.queries import enterable_facilities
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.deciders import deciders_on
from booking.facilities.effective_terms import effective_terms
from booking.facilities.models import Facility
from booking.rules.refusals import Refusal
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, status_allows
from booking.rules.visibility import Account, Viewer, may_decide


def get_enterable(viewer: Viewer, slug: str, now: datetime) -> RequestableFacility:
    """Return a facility on which the viewer decides, as the form needs it.

    Raises:
        NotFound: there is no such facility, or others decide on it.
    """
    requestable = get_requestable(slug, viewer, now)
    if not may_decide(viewer, deciders_on(requestable.facility_id, None)):
        raise NotFound("facility")
    return requestable


def facilities_to_enter(viewer: Viewer) -> list[Facility]:
    """Return the facilities for which the viewer may enter bookings here, by name."""
    mine = enterable_facilities(viewer)
    effective = effective_terms(facility.id for facility in mine)
    return [
        facility
        for facility in mine
        if status_allows(facility.status)
        and effective[facility.id].rules.mode is not BookingMode.ELSEWHERE
    ]


def organisations_to_enter_for(account: Account) -> list[str]:
    """Return the names of all organisations but the person's own, in alphabetical order."""
    query = sa.select(Organisation.name).order_by(Organisation.name)
    if account.organisation_id is not None:
        query = query.where(Organisation.id != account.organisation_id)
    return list(db.session.scalars(query))


def organisation_named(name: str) -> int | None:
    """Return the id of the organisation of this name, or None when there is none."""
    return db.session.scalar(sa.select(Organisation.id).where(Organisation.name == name))


def why_not_enter(
    requestable: RequestableFacility,
    new_request: NewRequest,
    left_out: Sequence[Slot],
    organisation_id: int | None,
    now: datetime,
) -> tuple[Sequence[Refusal], Sequence[Refusal]]:
    """Return every reason why this cannot be entered now; entering checks again under the lock.

    The second list is about dates left out of it. `organisation_id` None is own use, which has
    no quota.
    """
    facts = check_context(
        requestable.facility_id,
        (*new_request.slots, *left_out),
        now,
        whole=new_request.whole,
        organisation_id=organisation_id,
    )
    apart = replace(new_request, slots=tuple(left_out)).requested_dates()
    return (
        refusals_for_owner(facts, new_request.requested_dates(), now),
        refusals_for_owner(facts, apart, now) if apart else (),
    )
