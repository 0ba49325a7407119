"""Whether dates can be requested, entered or confirmed: reads what the rules need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking.availability.open_dates import open_dates_at
from booking.availability.own_dates import own_occupancies
from booking.availability.presence import read_presence
from booking.availability.quota_usage import quota_usages
from booking.bookings.rooms import rooms
from booking.clusters.deadlines import deadlines_of
from booking.errors import NotFound
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.closures import closed_slots
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.tree import parts_of
from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.hours_changes import starts_and_ends_open
from booking.rules.many_dates import why_not_all
from booking.rules.open_limits import OpenDate, limits_what_is_open, why_too_much_open
from booking.rules.opening import ONE_DAY, Unit, local_day, open_days
from booking.rules.own_bookings import with_own_named
from booking.rules.quotas import QuotaUsage, why_over
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot, merge
from booking.rules.terms import LONGEST_DAYS, BookingTerms, RequestedDate, farthest_at
from booking.rules.visibility import NOT_NAMED, Viewer, free_for

MARGIN = timedelta(days=2)
# Refusals shown only to viewers who may see the calendar.
CALENDAR_REFUSALS = frozenset(
    {RefusalCode.TAKEN, RefusalCode.NOT_OPEN, RefusalCode.CLOSURE, RefusalCode.OFF_GRID}
)
# Rules about notice, horizon and what is open bind partners, not owners.
WAIVED_FOR_OWNERS = frozenset(
    {
        RefusalCode.TOO_LATE,
        RefusalCode.DUE_ALREADY,
        RefusalCode.BEYOND_HORIZON,
        RefusalCode.NOBODY_ANSWERS,
        RefusalCode.TOO_MANY_OPEN,
        RefusalCode.TOO_MANY_HELD_DAYS,
    }
)


@dataclass(frozen=True)
class CheckContext:
    """One facility with all that the rules need to check some dates.

    `quota_usages` are the quotas that apply and the organisation's dates in them, `open_dates` its
    dates here that nobody has decided on. `added_to` is the reference of the request to which the
    dates would be added, None for a new one.
    `organisation_id` is that organisation, None for own use.
    `closures` are those of the facility, and of the parts where the whole was to be checked;
    `closures_by_place` are those that concern dates by place.
    `has_hidden_parts`: the viewer may not see the calendars of some parts below it.
    `has_expired_holds`: some are still stored around the dates, and go before places are taken.
    `without` are the occurrences that were left out of all this.
    """

    facility: ListedFacility
    effective: EffectiveTerms
    deadlines: Deadlines
    room: Room
    closures: Sequence[Slot]
    closures_by_place: Sequence[Slot]
    quota_usages: Sequence[QuotaUsage] = ()
    open_dates: Sequence[OpenDate] = ()
    added_to: str | None = None
    organisation_id: int | None = None
    has_hidden_parts: bool = False
    has_expired_holds: bool = True
    without: frozenset[int] = frozenset()


def check_context(
    facility_id: int,
    slots: Sequence[Slot],
    now: datetime,
    *,
    whole: bool,
    without: Collection[int] = (),
    organisation_id: int | None = None,
    viewer: Viewer | None = None,
    added_to: str | None = None,
) -> CheckContext:
    """Return the terms, places, occupancies and closures of a facility around `slots`.

    `organisation_id` says whose quotas count; None, for own use, has none. Occupancies of the
    occurrences in `without` are left out, and so is what `viewer` may not see of parts below;
    None, for those who decide, sees everything, and what is open does not bind them. Time set aside
    counts as taken unless it is for the viewer's organisation, without a viewer for
    `organisation_id`. `added_to` is as in `CheckContext`.

    Raises:
        NotFound: there is no such facility.
    """
    facility = listed_facilities().get(facility_id)
    if facility is None:
        raise NotFound("facility")
    window = window_around(slots, now)
    hidden = hidden_from(viewer, [facility_id]) if viewer else frozenset()
    parts = parts_of(facility_id) if whole else []
    below = [part for part in parts if part not in hidden]
    there = read_presence(facility_id, organisation_id, window, now)
    closed = closed_slots([facility_id, *below], window) if there.closures else {}
    effective = effective_terms([facility_id])[facility_id]
    return CheckContext(
        facility=facility,
        effective=effective,
        deadlines=deadlines_of(facility.cluster, now),
        room=rooms(
            [facility_id],
            window,
            now,
            without=without,
            hidden=hidden,
            for_organisation=free_for(viewer) if viewer else organisation_id or NOT_NAMED,
        )[facility_id],
        closures=merge(slot for some in closed.values() for slot in some),
        closures_by_place=merge(closed.get(facility_id, ())),
        quota_usages=quota_usages(
            facility_id,
            organisation_id,
            [slot for slot in slots if _is_countable(slot, now)],
            effective.rules.zone,
            now,
            without=without,
        )
        if there.quotas
        else (),
        open_dates=open_dates_at(
            facility_id, organisation_id, viewer.person_id, now, without=without
        )
        if viewer and there.open_dates and limits_what_is_open(effective.rules)
        else (),
        added_to=added_to,
        organisation_id=organisation_id,
        has_hidden_parts=len(below) < len(parts),
        has_expired_holds=there.expired_holds,
        without=frozenset(without),
    )


def _is_countable(slot: Slot, now: datetime) -> bool:
    """Return whether quotas count this date; absurdly long or far ones are refused anyway."""
    return slot.duration <= timedelta(days=LONGEST_DAYS + 1) and slot.ends_at <= farthest_at(now)


def window_around(slots: Sequence[Slot], now: datetime) -> Slot:
    """Return the slot that covers all of `slots`, with a margin for set-up and clean-up."""
    starts = min((slot.starts_at for slot in slots), default=now)
    ends = max((slot.ends_at for slot in slots), default=now)
    return Slot(starts - MARGIN, ends + MARGIN)


def hold_reveals_hidden(context: CheckContext, viewer: Viewer, *, whole: bool) -> bool:
    """Return whether a hold would reveal to the viewer if something hidden from them is free.

    It would with hidden parts, and with a hidden whole: its hold shows on the parts they see.
    """
    if context.has_hidden_parts:
        return True
    is_hidden = not sees_calendar(context.facility, viewer)
    return is_hidden and whole and bool(parts_of(context.facility.id))


def refusals_for_requester(
    context: CheckContext,
    requested_dates: Sequence[RequestedDate],
    now: datetime,
    viewer: Viewer,
    *,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> list[Refusal]:
    """Return every reason why these dates cannot be requested, as far as the viewer may know.

    A viewer who may not see the calendar learns nothing about taken or open times; the approver
    sees the conflict. Whether their own dates fit together is then checked as if nothing were
    taken, as the answer would reveal how many places are free. Where only bookings of the
    context's organisation are in the way, they are named.
    """
    if not sees_calendar(context.facility, viewer):
        ignore = ignore | CALENDAR_REFUSALS
        context = replace(context, room=replace(context.room, taken={}))
    slots = [one.slot for one in requested_dates if _is_countable(one.slot, now)]
    found = _all_refusals(context, requested_dates, now, ignore)
    return [
        *_with_own_named(context, requested_dates, found, now, viewer),
        *why_too_much_open(context.effective.rules, context.open_dates, slots, context.added_to),
    ]


def _with_own_named(
    context: CheckContext,
    requested_dates: Sequence[RequestedDate],
    found: list[Refusal],
    now: datetime,
    viewer: Viewer,
) -> list[Refusal]:
    """Name what the requester's own organisation has in the way; reads only where dates clash."""
    taken = [one.params["slot"] for one in found if one.code is RefusalCode.TAKEN]
    slots = [slot for slot in taken if isinstance(slot, Slot)]
    if context.organisation_id is None or not slots:
        return found
    room = context.room
    own = own_occupancies(viewer, (*room.own, *room.below), slots, now)
    return with_own_named(found, room, own, requested_dates)


def refusals_for_owner(
    context: CheckContext, requested_dates: Sequence[RequestedDate], now: datetime
) -> list[Refusal]:
    """Return every reason why deciders of a facility cannot enter these dates."""
    return _owner_refusals(context, requested_dates, now, WAIVED_FOR_OWNERS)


def refusals_to_confirm(
    context: CheckContext, requested_dates: Sequence[RequestedDate], now: datetime
) -> list[Refusal]:
    """Return every rule that requested dates would break if they were confirmed now.

    Lead time and horizon were checked when they were sent. Taken places are not checked here:
    confirming assigns the places.
    """
    waived = WAIVED_FOR_OWNERS | {RefusalCode.TAKEN, RefusalCode.DATES_OVERLAP}
    rules = context.effective.rules
    return [
        refusal
        for refusal in _owner_refusals(context, requested_dates, now, waived)
        if refusal.code is not RefusalCode.NOT_OPEN
        or refusal.date_index is None
        or not is_still_open(rules, requested_dates[refusal.date_index].slot)
    ]


def is_still_open(rules: BookingTerms, slot: Slot) -> bool:
    """Return whether an existing date of days or half days still starts and ends in open time.

    When hours grow, the day begins earlier than the date, so it could not be requested like this
    any more; but it can stay.
    """
    if rules.unit is Unit.HOUR:
        return False
    first, last = (local_day(at, rules.zone) for at in (slot.starts_at, slot.ends_at))
    days = open_days(rules.hours, rules.zone, first - ONE_DAY, last + ONE_DAY)
    return starts_and_ends_open(days, slot)


def _owner_refusals(
    context: CheckContext,
    requested_dates: Sequence[RequestedDate],
    now: datetime,
    waived: frozenset[RefusalCode],
) -> list[Refusal]:
    found = _all_refusals(context, requested_dates, now, waived)
    if any(refusal.code is RefusalCode.BOOKED_ELSEWHERE for refusal in found):
        # It hides all other refusals, which an approver must see before granting an exception.
        found += _all_refusals(
            context, requested_dates, now, waived | {RefusalCode.BOOKED_ELSEWHERE}
        )
    return found


def _all_refusals(
    context: CheckContext,
    requested_dates: Sequence[RequestedDate],
    now: datetime,
    ignore: frozenset[RefusalCode],
) -> list[Refusal]:
    found = why_not_all(
        context.effective.rules,
        context.deadlines,
        context.room,
        context.closures,
        requested_dates,
        now,
        ignore=ignore,
        by_place=context.closures_by_place,
    )
    too_many = any(refusal.code is RefusalCode.TOO_MANY_DATES for refusal in found)
    if too_many or RefusalCode.OVER_QUOTA in ignore:
        return found
    return [*found, *_over_quota(context, requested_dates, now)]


def _over_quota(
    context: CheckContext, requested_dates: Sequence[RequestedDate], now: datetime
) -> list[Refusal]:
    counted = [
        index
        for index, requested_date in enumerate(requested_dates)
        if _is_countable(requested_date.slot, now)
    ]
    slots = [requested_dates[index].slot for index in counted]
    return [
        replace(refusal, date_index=counted[refusal.date_index or 0])
        for refusal in why_over(context.quota_usages, slots, context.effective.rules.zone)
    ]
