"""What else somebody could ask for when some of their dates cannot be: here, and at others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability.checks import CALENDAR_REFUSALS, MARGIN, WAIVED_FOR_OWNERS, check_context
from booking.availability.occupancy import rooms
from booking.availability.requestable import RequestableFacility
from booking.clusters.deadlines import deadlines_of
from booking.facilities.calendar_visibility import hidden_from
from booking.facilities.closures import closures_with_parts
from booking.facilities.deciders import DecisionTable
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.tree import chains
from booking.rules.alternatives import Change, options_here, reasons_by_date
from booking.rules.alternatives_elsewhere import extent_there, option_there, slot_there
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import FacilitySnapshot, SearchWindow, search_window
from booking.rules.many_dates import MAX_DATES
from booking.rules.opening import Unit
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import LONGEST_DAYS, BookingMode, BookingTerms, RequestedDate
from booking.rules.visibility import Viewer
from booking.search.similar import SimilarFacility, similar_facilities

SHOWN = 5
DAYS_ELSEWHERE = 14
"""So many days on either side are looked at where it is another facility."""

_OF_ONES_OWN = {RefusalCode.DATES_OVERLAP, RefusalCode.NO_PEOPLE, RefusalCode.NO_PLACES}
# A day off weighs as much as so much less in common.
_RATHER_SAME_DAY = 3


@dataclass(frozen=True)
class Alternative:
    """Dates that can be asked for now in place of those that cannot: as many, in their order.

    `facility` None: the one asked for. `shift`: by how many days a date at another facility is
    later.
    """

    change: Change
    asks: tuple[RequestedDate, ...]
    rules: BookingTerms
    facility: SimilarFacility | None = None
    shift: int = 0

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which its dates are meant."""
        return self.rules.zone

    @property
    def slots(self) -> list[Slot]:
        """Return its dates."""
        return [ask.slot for ask in self.asks]


def alternatives_for(
    requestable: RequestableFacility,
    asks: Sequence[RequestedDate],
    viewer: Viewer,
    now: datetime,
    *,
    is_series: bool = False,
) -> list[Alternative]:
    """Return at most five other possibilities, each accepted by the rules as it stands.

    Of a series all dates change alike and none leaves its day.

    None where nothing stands against the dates. Nothing that the viewer may not know goes into
    them: where the calendar is not for them, dates are moved as if nothing were taken, and other
    facilities with such calendars are left out. The number of statements is constant.
    """
    if not _is_sensible(asks):
        return []
    if requestable.sees_calendar:
        ignore: frozenset[RefusalCode] = frozenset()
    else:
        ignore = CALENDAR_REFUSALS
    here, codes = _here(
        requestable,
        asks,
        now,
        ignore,
        is_open=requestable.sees_calendar,
        viewer=viewer,
    )
    if not requestable.lasting_refusals() and not codes - _OF_ONES_OWN:
        there: list[Alternative] = []
    else:
        there = _elsewhere(requestable, asks, viewer, now)
    if is_series:
        here = [one for one in here if _keeps_days(requestable.rules, asks, one)]
        there = [one for one in there if _keeps_days(requestable.rules, asks, one)]
    return _chosen(here, there)


def owners_alternatives(
    requestable: RequestableFacility, asks: Sequence[RequestedDate], now: datetime
) -> list[Alternative]:
    """Return what those who decide on the facility could enter instead, at the same facility."""
    if not _is_sensible(asks):
        return []
    here, _ = _here(requestable, asks, now, WAIVED_FOR_OWNERS, is_open=True)
    return _chosen(here, [])


def _keeps_days(rules: BookingTerms, asks: Sequence[RequestedDate], found: Alternative) -> bool:
    """Tell whether all dates stay on their local days and change alike, as a series must."""
    changes = set()
    for old, new in zip(asks, found.asks, strict=True):
        before, after = _walls(old.slot, rules.zone), _walls(new.slot, found.zone)
        if [wall.date() for wall in before] != [wall.date() for wall in after]:
            return False
        changes.add(tuple(b - a for a, b in zip(before, after, strict=True)))
    # Where days are asked for they are typed, and not their hours.
    return len(changes) == 1 or found.rules.unit is not Unit.HOUR


def _walls(slot: Slot, zone: ZoneInfo) -> list[datetime]:
    ends = slot.ends_at - timedelta(microseconds=1)
    return [at.astimezone(zone).replace(tzinfo=None) for at in (slot.starts_at, ends)]


def _is_sensible(asks: Sequence[RequestedDate]) -> bool:
    if not 0 < len(asks) <= MAX_DATES:
        return False
    return all(ask.slot.duration.days <= LONGEST_DAYS for ask in asks)


def _here(
    requestable: RequestableFacility,
    asks: Sequence[RequestedDate],
    now: datetime,
    ignore: frozenset[RefusalCode],
    *,
    is_open: bool,
    viewer: Viewer | None = None,
) -> tuple[list[Alternative], set[RefusalCode]]:
    """Return what else could be asked for at this facility, and why the dates cannot be."""
    rules = requestable.rules
    slots = [ask.slot for ask in asks]
    look = search_window(rules, requestable.deadlines, slots, now, ignore=ignore)
    if look is None or requestable.lasting_refusals():
        return [], set()
    whole = asks[0].whole or not rules.allows_shared
    facts = check_context(
        requestable.facility_id,
        [*slots, look.window(rules)],
        now,
        whole=whole,
        organisation_id=viewer.organisation_id if viewer else None,
        viewer=viewer,
    )
    ground = FacilitySnapshot(
        rules=rules,
        deadlines=requestable.deadlines,
        room=facts.room if is_open else replace(facts.room, taken={}),
        closures=facts.closures if is_open else (),
        ignore=ignore,
        is_drawn=is_open and rules.mode is BookingMode.HERE,
        quotas=facts.quota_usages,
    )
    codes: set[RefusalCode] = set().union(*reasons_by_date(ground, asks, now).values())
    options = options_here(ground, asks, now, look)
    return [Alternative(option.change, option.asks, rules) for option in options], codes


@dataclass(frozen=True)
class _Candidate:
    """Another facility, and the dates as they would be there."""

    facility: SimilarFacility
    rules: BookingTerms
    deadlines: Deadlines
    asks: tuple[RequestedDate, ...]
    look: SearchWindow


def _elsewhere(
    requestable: RequestableFacility, asks: Sequence[RequestedDate], viewer: Viewer, now: datetime
) -> list[Alternative]:
    """Return what could be asked for at other facilities: the most alike and nearest first."""
    others = similar_facilities(requestable.facility_id, viewer)
    effective = effective_terms([other.id for other in others])
    answering = _answering(effective, viewer)
    candidates = [
        candidate
        for other in others
        if other.id in answering
        and (candidate := _candidate(requestable, asks, other, effective[other.id].rules, now))
    ]
    if not candidates:
        return []
    windows = [one.look.window(one.rules) for one in candidates]
    window = Slot(min(one.starts_at for one in windows), max(one.ends_at for one in windows))
    around = Slot(window.starts_at - MARGIN, window.ends_at + MARGIN)
    hidden = hidden_from(viewer)
    room_of = rooms([one.facility.id for one in candidates], around, now, hidden=hidden)
    wholes = [one.facility.id for one in candidates if one.asks[0].whole]
    closed = closures_with_parts(room_of, wholes, around, hidden=hidden)
    found = []
    for one in candidates:
        ground = FacilitySnapshot(
            one.rules, one.deadlines, room_of[one.facility.id], closed[one.facility.id]
        )
        option = option_there(ground, one.asks, now, one.look)
        if option is not None:
            (taken, shift) = option
            found.append(Alternative(taken.change, taken.asks, one.rules, one.facility, shift))
    return sorted(found, key=_by_worth)


def _by_worth(possibility: Alternative) -> float:
    likeness = possibility.facility.likeness if possibility.facility else 0
    away = abs(possibility.shift)
    return -likeness + (_RATHER_SAME_DAY + away if away else 0)


def _answering(effective: Mapping[int, EffectiveTerms], viewer: Viewer) -> set[int]:
    """Return those for which somebody else than the viewer answers. Constant statements."""
    answered = [one for one, found in effective.items() if found.rules.has_deciders]
    if not viewer.approves and not viewer.coordinates:
        return set(answered)
    table = DecisionTable(chains(answered))
    return {one for one in answered if table.deciders(one, viewer.person_id).all}


def _candidate(
    requestable: RequestableFacility,
    asks: Sequence[RequestedDate],
    other: SimilarFacility,
    rules: BookingTerms,
    now: datetime,
) -> _Candidate | None:
    """Return the dates as they would be at the other facility, or None: it cannot serve."""
    if rules.mode is not BookingMode.HERE:
        return None
    had_choice = requestable.offers_choice
    there = []
    for ask in asks:
        extent = extent_there(ask, rules, had_choice=had_choice)
        slot = slot_there(requestable.rules, ask.slot, rules)
        if extent is None or slot is None:
            return None
        there.append(replace(extent, slot=slot))
    deadlines = deadlines_of(other.cluster, now)
    slots = [ask.slot for ask in there]
    look = search_window(rules, deadlines, slots, now, days=DAYS_ELSEWHERE)
    if look is None or abs(look.shift) > DAYS_ELSEWHERE:
        return None
    return _Candidate(other, rules, deadlines, tuple(there), look)


def _chosen(here: Sequence[Alternative], there: Sequence[Alternative]) -> list[Alternative]:
    """Return the five that differ most from each other, those at the same place first.

    First one of each kind, then a second shift and whatever else there is.
    """
    first: list[Alternative] = []
    later: list[Alternative] = []
    seen: set[tuple[Change, bool]] = set()
    for one in [*here, *there]:
        kind = one.change, bool(one.facility and one.facility.is_near)
        if kind not in seen:
            first.append(one)
        elif one.facility is None or one.facility.does_the_same:
            later.append(one)
        seen.add(kind)
    chosen = [*first, *sorted(later, key=lambda one: one.change is not Change.SHIFTED)][:SHOWN]
    order = [*here, *there]
    return sorted(chosen, key=order.index)
