"""What an owner must know to enter a booking, and whether it can be entered."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from booking.accounts.memberships import ever_organisation_ids_of
from booking.availability.checks import (
    CheckContext,
    check_context,
    refusals_for_owner,
    window_around,
)
from booking.availability.requestable import RequestableFacility, get_requestable
from booking.bookings.contested import dates_left_to_others
from booking.bookings.new_request import NewRequest
from booking.bookings.rooms import rooms
from booking.decisions.queries import EnterableFacility, enterable_facilities
from booking.errors import NotFound
from booking.facilities.deciders import deciders_on
from booking.facilities.effective_terms import effective_terms
from booking.rules.availability import Room
from booking.rules.exceptions import allows_exception
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, RequestedDate, status_allows
from booking.rules.visibility import ANYBODY, Viewer, may_decide


def get_enterable(viewer: Viewer, slug: str, now: datetime) -> RequestableFacility:
    """Return a facility on which the viewer decides, as the form needs it.

    Raises:
        NotFound: there is no such facility, or others decide on it.
    """
    requestable = get_requestable(slug, viewer, now)
    if not may_decide(viewer, deciders_on(requestable.facility_id, None)):
        raise NotFound("facility")
    return requestable


def facilities_to_enter(viewer: Viewer) -> list[EnterableFacility]:
    """Return the facilities for which the viewer may enter bookings here, by name."""
    mine = enterable_facilities(viewer)
    effective = effective_terms(facility.id for facility in mine)
    return [
        facility
        for facility in mine
        if status_allows(facility.status)
        and effective[facility.id].rules.mode is not BookingMode.ELSEWHERE
    ]


def why_not_enter(
    viewer: Viewer,
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
        refusals_to_enter(viewer, facts, new_request.requested_dates(), now),
        refusals_to_enter(viewer, facts, apart, now) if apart else (),
    )


def refusals_to_enter(
    viewer: Viewer, facts: CheckContext, requested_dates: Sequence[RequestedDate], now: datetime
) -> list[Refusal]:
    """Return every reason why this viewer, who decides on the facility, cannot enter these dates.

    Who works for an organisation, the active one or another, does not enter what would decide on a
    request with which it competes. That is checked for dates which are possible at all. Where only
    time set aside for others is in the way, the refusal is SET_ASIDE.
    """
    refusals = _with_set_aside_named(
        facts, requested_dates, refusals_for_owner(facts, requested_dates, now), now
    )
    impossible = {refusal.date_index for refusal in refusals if not allows_exception(refusal)}
    organisations = ever_organisation_ids_of(viewer.person_id)
    if not organisations or None in impossible:
        return refusals
    possible = {
        number: one for number, one in enumerate(requested_dates) if number not in impossible
    }
    left = dates_left_to_others(facts.facility.id, organisations, possible, now)
    params = {"cluster": facts.facility.cluster.short_name}
    return [
        *refusals,
        *(Refusal(RefusalCode.LEFT_TO_OTHERS, params, number) for number in sorted(left)),
    ]


def room_if_released(
    facts: CheckContext, slots: Sequence[Slot], now: datetime, *, without: Collection[int] = ()
) -> Room:
    """Return the room around these dates as if no time were set aside.

    Places taken by the dates in `without` count as free.
    """
    facility_id = facts.facility.id
    window = window_around(slots, now)
    found = rooms([facility_id], window, now, without=without, for_organisation=ANYBODY)
    return found[facility_id]


def _with_set_aside_named(
    facts: CheckContext,
    requested_dates: Sequence[RequestedDate],
    refusals: list[Refusal],
    now: datetime,
) -> list[Refusal]:
    """Tell time that is set aside for others from what is taken; reads only where dates clash."""
    taken = {one.date_index: one for one in refusals if one.code is RefusalCode.TAKEN}
    if not taken:
        return refusals
    slots = [one.slot for one in requested_dates]
    room = room_if_released(facts, slots, now, without=facts.without)
    found = refusals_for_owner(replace(facts, room=room), requested_dates, now)
    still = {one.date_index for one in found if one.code is RefusalCode.TAKEN}
    return [
        *found,
        *(
            replace(one, code=RefusalCode.SET_ASIDE)
            for index, one in taken.items()
            if index not in still
        ),
    ]
