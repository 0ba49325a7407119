"""What can be requested instead of refused dates: here, and at other facilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability.checks import CALENDAR_REFUSALS, WAIVED_FOR_OWNERS, check_context
from booking.availability.requestable import RequestableFacility
from booking.availability.snapshots import facility_snapshots
from booking.clusters.deadlines import deadlines_of
from booking.facilities.calendar_visibility import hidden_from
from booking.facilities.deciders import decision_table
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.rules.alternatives import (
    MOST_MOVED,
    Alternative,
    Change,
    alternative_there,
    alternatives_to_dates,
    extent_there,
    reasons_by_date,
    slot_there,
)
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import Dates, FacilitySnapshot
from booking.rules.many_dates import overlap_each_other
from booking.rules.near_dates import ShiftWindow, shift_window
from booking.rules.open_limits import why_too_much_open
from booking.rules.opening import Unit
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import LONGEST_DAYS, BookingMode, BookingTerms
from booking.rules.visibility import Viewer, free_for
from booking.search.similar import SimilarFacility, similar_facilities

SHOWN = 5
MOST_DATES = 60
"""For more dates at once no alternatives are looked for."""
DAYS_ELSEWHERE = 14
"""So many days on either side are looked at where it is another facility."""

# Reasons that no other facility would help with.
_OWN_FAULTS = {RefusalCode.DATES_OVERLAP, RefusalCode.NO_PEOPLE, RefusalCode.NO_PLACES}
# A day off weighs as much as so much less in common.
_RATHER_SAME_DAY = 3
_SHIFTS = (Change.EARLIER, Change.LATER)
# Changes that count as the same kind where different ones are chosen.
_KIND = {Change.EARLIER: Change.LATER, Change.LONGER: Change.SHORTER}


@dataclass(frozen=True)
class FormAlternative:
    """An alternative with the facility that it is at; `facility` None: the one requested."""

    alternative: Alternative
    rules: BookingTerms
    facility: SimilarFacility | None = None

    @property
    def change(self) -> Change:
        """Return in what it differs from the requested dates."""
        return self.alternative.change

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which its dates are meant."""
        return self.rules.zone

    @property
    def slots(self) -> list[Slot]:
        """Return its dates: as many as were requested, in their order."""
        return list(self.alternative.slots)


def alternatives_for(
    requestable: RequestableFacility,
    requested: Dates,
    viewer: Viewer,
    now: datetime,
    *,
    is_series: bool = False,
    even_if_free: bool = False,
) -> list[FormAlternative]:
    """Return at most five alternatives, each accepted by the rules without further changes.

    The dates of a series are all changed in the same way and stay on their days. Empty if the
    dates can be requested, but for `even_if_free`. If the viewer may not see the calendar, dates
    are moved as if nothing were taken, and other facilities with such calendars are left out. The
    number of statements is constant.
    """
    if not _is_sensible(requestable, requested):
        return []
    here, codes = _here(
        requestable,
        requested,
        now,
        frozenset() if requestable.sees_calendar else CALENDAR_REFUSALS,
        is_open=requestable.sees_calendar,
        viewer=viewer,
        even_if_free=even_if_free,
    )
    there: list[FormAlternative] = []
    if requestable.lasting_refusals() or codes - _OWN_FAULTS or even_if_free:
        there = _elsewhere(requestable, requested, viewer, now)
    if is_series:
        here = [one for one in here if _keeps_days(requestable.rules, requested, one)]
        there = [one for one in there if _keeps_days(requestable.rules, requested, one)]
    return _chosen(here, there)


def alternatives_elsewhere(
    requestable: RequestableFacility, requested: Dates, viewer: Viewer, now: datetime
) -> list[FormAlternative]:
    """Return what can be requested at other facilities, the most similar and nearest first."""
    return (
        _elsewhere(requestable, requested, viewer, now)
        if _is_sensible(requestable, requested)
        else []
    )


def owners_alternatives(
    requestable: RequestableFacility, requested: Dates, now: datetime
) -> list[FormAlternative]:
    """Return what those who decide on the facility could enter instead, at the same facility."""
    if not _is_sensible(requestable, requested):
        return []
    here, _ = _here(requestable, requested, now, WAIVED_FOR_OWNERS, is_open=True)
    return _chosen(here, [])


def _keeps_days(rules: BookingTerms, requested: Dates, found: FormAlternative) -> bool:
    """Return whether all dates stay on their days and change in the same way, as a series must."""
    changes = set()
    for old, new in zip(requested, found.slots, strict=True):
        before, after = _walls(old.slot, rules.zone), _walls(new, found.zone)
        if [wall.date() for wall in before] != [wall.date() for wall in after]:
            return False
        changes.add(tuple(b - a for a, b in zip(before, after, strict=True)))
    # By the day or half day people type days, not hours.
    return len(changes) == 1 or found.rules.unit is not Unit.HOUR


def _walls(slot: Slot, zone: ZoneInfo) -> list[datetime]:
    ends = slot.ends_at - timedelta(microseconds=1)
    return [at.astimezone(zone).replace(tzinfo=None) for at in (slot.starts_at, ends)]


def _is_sensible(requestable: RequestableFacility, requested: Dates) -> bool:
    """Return whether looking for alternatives is worth its time."""
    if not 0 < len(requested) <= MOST_DATES:
        return False
    many = len(requested) > MOST_MOVED
    if many and overlap_each_other(requestable.rules, requestable.own_places, requested):
        return False
    return all(one.slot.duration.days <= LONGEST_DAYS for one in requested)


def _here(
    requestable: RequestableFacility,
    requested: Dates,
    now: datetime,
    ignore: frozenset[RefusalCode],
    *,
    is_open: bool,
    viewer: Viewer | None = None,
    even_if_free: bool = False,
) -> tuple[list[FormAlternative], set[RefusalCode]]:
    """Return the alternatives at this facility, and why the dates cannot be had."""
    rules = requestable.rules
    slots = [one.slot for one in requested]
    window = shift_window(rules, requestable.deadlines, slots, now, ignore=ignore)
    if window is None or requestable.lasting_refusals():
        return [], set()
    facts = check_context(
        requestable.facility_id,
        [*slots, window.days.slot(rules.zone)],
        now,
        whole=requested[0].whole or not rules.allows_shared,
        organisation_id=viewer.organisation_id if viewer else None,
        viewer=viewer,
    )
    snapshot = FacilitySnapshot(
        rules=rules,
        deadlines=requestable.deadlines,
        room=facts.room if is_open else replace(facts.room, taken={}),
        closures=facts.closures if is_open else (),
        now=now,
        ignore=ignore,
        is_drawn=is_open and rules.mode is BookingMode.HERE,
        quotas=facts.quota_usages,
    )
    codes: set[RefusalCode] = set().union(*reasons_by_date(snapshot, requested).values())
    if viewer and (too_much := why_too_much_open(rules, facts.open_dates, slots)):
        return [], codes | {refusal.code for refusal in too_much}
    found = alternatives_to_dates(snapshot, requested, window, even_if_free=even_if_free)
    return [FormAlternative(one, rules) for one in found], codes


@dataclass(frozen=True)
class _CandidateFacility:
    """Another facility, and the dates as they would be there."""

    facility: SimilarFacility
    rules: BookingTerms
    deadlines: Deadlines
    dates: Dates
    window: ShiftWindow


def _elsewhere(
    requestable: RequestableFacility,
    requested: Dates,
    viewer: Viewer,
    now: datetime,
) -> list[FormAlternative]:
    """Return alternatives at other facilities: the most similar and nearest first."""
    others = similar_facilities(requestable.facility_id, viewer)
    effective = effective_terms([other.id for other in others])
    answering = _answering(effective, viewer)
    candidates = [
        candidate
        for other in others
        if other.id in answering
        and (candidate := _candidate(requestable, requested, other, effective[other.id].rules, now))
    ]
    if not candidates:
        return []
    snapshots = facility_snapshots(
        {one.facility.id: (one.rules, one.deadlines) for one in candidates},
        [one.window.days.slot(one.rules.zone) for one in candidates],
        now,
        wholes=[one.facility.id for one in candidates if one.dates[0].whole],
        hidden=hidden_from(viewer),
        for_organisation=free_for(viewer),
    )
    found = [
        FormAlternative(alternative, one.rules, one.facility)
        for one in candidates
        if (alternative := alternative_there(snapshots[one.facility.id], one.dates, one.window))
    ]
    return sorted(found, key=_by_worth)


def _by_worth(one: FormAlternative) -> float:
    likeness = one.facility.likeness if one.facility else 0
    away = abs(one.alternative.number)
    return -likeness + (_RATHER_SAME_DAY + away if away else 0)


def _answering(effective: Mapping[int, EffectiveTerms], viewer: Viewer) -> set[int]:
    """Return those for which somebody else than the viewer answers. Constant statements."""
    answered = [one for one, found in effective.items() if found.rules.has_deciders]
    if not viewer.approves and not viewer.coordinates:
        return set(answered)
    table = decision_table(answered)
    return {one for one in answered if table.deciders(one, viewer.person_id).all}


def _candidate(
    requestable: RequestableFacility,
    requested: Dates,
    other: SimilarFacility,
    rules: BookingTerms,
    now: datetime,
) -> _CandidateFacility | None:
    """Return the dates as they would be at the other facility, or None: it cannot serve."""
    if rules.mode is not BookingMode.HERE:
        return None
    had_choice = requestable.offers_choice
    there = []
    for one in requested:
        extent = extent_there(one, rules, had_choice=had_choice)
        slot = slot_there(requestable.rules, one.slot, rules)
        if extent is None or slot is None:
            return None
        there.append(replace(extent, slot=slot))
    deadlines = deadlines_of(other.cluster, now)
    slots = [one.slot for one in there]
    window = shift_window(rules, deadlines, slots, now, days=DAYS_ELSEWHERE)
    if window is None or abs(window.middle) > DAYS_ELSEWHERE:
        return None
    return _CandidateFacility(other, rules, deadlines, tuple(there), window)


def _chosen(
    here: Sequence[FormAlternative], there: Sequence[FormAlternative]
) -> list[FormAlternative]:
    """Return the five that differ most from each other, those at the same place first.

    First one of each kind, then a second shift and the rest.
    """
    first: list[FormAlternative] = []
    later: list[FormAlternative] = []
    seen: set[tuple[Change, bool]] = set()
    for one in [*here, *there]:
        kind = _KIND.get(one.change, one.change), bool(one.facility and one.facility.is_near)
        if kind not in seen:
            first.append(one)
        else:
            later.append(one)
        seen.add(kind)
    chosen = [*first, *sorted(later, key=lambda one: one.change not in _SHIFTS)][:SHOWN]
    order = [*here, *there]
    return sorted(chosen, key=order.index)
