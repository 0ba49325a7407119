"""What a viewer may see of each facility's calendar in a window: the rows to draw."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.bookings.rooms import rooms
from booking.bookings.set_aside import KeptTime, kept_times
from booking.calendars.drawing.segments import ClosedSegment, RowData, SetAsideSegment
from booking.calendars.visible_dates import visible_dates
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.errors import NotFound
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.closures import closure_slots
from booking.facilities.deciders import decides_on
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.listed import ListedCluster, ListedFacility, listed_facilities
from booking.facilities.models import Facility
from booking.facilities.tree import trees_around
from booking.rules.deadlines import Deadlines
from booking.rules.opening import ONE_DAY, Unit, local_day
from booking.rules.slots import OPEN_END, Slot
from booking.rules.terms import CLOSED, BookingMode, BookingTerms, status_allows
from booking.rules.visibility import Viewer, free_for

_MARGIN = timedelta(days=4)
# The days beside those drawn: their openings may run over midnight, and zones differ.
_MARGIN_OF_HOURS = timedelta(days=2)
_MINUTES_OF_HOUR = 60


class CalendarAccess(StrEnum):
    """Whether a viewer gets free times of a facility, and if not, why."""

    DRAWN = "drawn"
    HIDDEN = "hidden"  # the viewer may not see it and can request any dates
    BY_AGREEMENT = "by_agreement"
    ELSEWHERE = "elsewhere"
    NOBODY = "nobody"  # has nobody who decides
    STATUS = "status"  # its status allows no requests


@dataclass(frozen=True)
class CalendarRow:
    """One facility and what its calendar is drawn from; `data` None: hidden from the viewer."""

    facility: Facility | ListedFacility
    cluster: Cluster | ListedCluster
    effective: EffectiveTerms
    access: CalendarAccess
    data: RowData | None


@dataclass(frozen=True)
class CalendarContext:
    """Terms, clusters and ancestors of some facilities; read first, to choose the window."""

    chain_of: Mapping[int, Sequence[Facility | ListedFacility]]
    clusters: Mapping[int, Cluster | ListedCluster]
    effective: Mapping[int, EffectiveTerms]

    def cluster_of(self, facility_id: int) -> Cluster | ListedCluster:
        """Return the cluster that owns the facility."""
        return self.clusters[self.chain_of[facility_id][0].cluster_id]

    def deadlines_of(self, facility_id: int, now: datetime) -> Deadlines:
        """Return the working days and answer time of the facility's cluster."""
        return deadlines_of(self.cluster_of(facility_id), now)


def calendar_context(facility_ids: Collection[int]) -> CalendarContext:
    """Return the context of these facilities; ids that do not exist are left out."""
    known = listed_facilities()
    chain_of = {one: list(_chain(known, one)) for one in facility_ids if one in known}
    clusters = {chain[0].cluster_id: chain[0].cluster for chain in chain_of.values()}
    return CalendarContext(chain_of, clusters, effective_terms(chain_of))


def _chain(known: Mapping[int, ListedFacility], facility_id: int) -> Iterator[ListedFacility]:
    """Yield a facility and all above it."""
    above: int | None = facility_id
    while above is not None:
        yield known[above]
        above = known[above].parent_id


def facility_context(facility_id: int) -> CalendarContext:
    """Return the context of one facility.

    Raises:
        NotFound: there is no such facility.
    """
    context = calendar_context([facility_id])
    if facility_id not in context.chain_of:
        raise NotFound("facility")
    return context


def context_of(
    chain: Sequence[Facility | ListedFacility], effective: EffectiveTerms
) -> CalendarContext:
    """Return the context of a facility that was read already: `chain` begins with it."""
    (facility, *_) = chain
    return CalendarContext(
        {facility.id: chain}, {facility.cluster_id: facility.cluster}, {facility.id: effective}
    )


def calendar_rows(
    context: CalendarContext,
    facility_ids: Sequence[int],
    window: Slot,
    viewer: Viewer,
    now: datetime,
    *,
    without: Collection[int] = (),
    for_deciders: bool = False,
    for_organisation: int | None = None,
) -> list[CalendarRow]:
    """Return the rows of these facilities, in this order. A constant number of statements.

    Places taken by the occurrences in `without` count as free. `for_deciders` also shows
    calendars that are hidden from the viewer. Time set aside counts as taken unless it is for
    `for_organisation`; None: for the viewer's.
    """
    shown = {
        facility_id: chain
        for facility_id, chain in context.chain_of.items()
        if for_deciders or sees_calendar(chain[0], viewer)
    }
    read_window = _with_margin(
        window, [context.effective[facility_id].rules for facility_id in shown]
    )
    hidden = frozenset() if for_deciders else hidden_from(viewer, shown)
    room_of = rooms(
        shown,
        read_window,
        now,
        without=without,
        hidden=hidden,
        for_organisation=free_for(viewer) if for_organisation is None else for_organisation,
    )
    closed_of = _closed(shown, context.effective, read_window, hidden)
    dates_of = visible_dates(shown, read_window, viewer, now)
    set_aside = _set_aside(shown, context.effective, read_window, viewer, now)
    rows = []
    for facility_id in facility_ids:
        facility, rules = context.chain_of[facility_id][0], context.effective[facility_id].rules
        data = None
        if facility_id in shown:
            data = RowData(
                rules=rules,
                deadlines=context.deadlines_of(facility_id, now),
                room=room_of[facility_id],
                closed=closed_of.get(facility_id, ()),
                dates=dates_of.get(facility_id, ()),
                place_word=facility.place_word,
                set_aside=set_aside.get(facility_id, ()),
            )
        rows.append(
            CalendarRow(
                facility=facility,
                cluster=context.cluster_of(facility_id),
                effective=context.effective[facility_id],
                access=_access(rules, hidden=data is None),
                data=data,
            )
        )
    return rows


def _set_aside(
    facility_ids: Collection[int],
    effective: Mapping[int, EffectiveTerms],
    window: Slot,
    viewer: Viewer,
    now: datetime,
) -> dict[int, list[SetAsideSegment]]:
    """Return what is set aside at each of these facilities on which the viewer decides."""
    if not (viewer.approves or viewer.coordinates):
        return {}
    return {
        key: [_set_aside_segment(one, effective[key].rules.zone) for one in kept]
        for key, kept in kept_times(facility_ids, window, now).items()
        if decides_on(viewer, key)
    }


def _set_aside_segment(kept: KeptTime, zone: ZoneInfo) -> SetAsideSegment:
    is_released = kept.kept_until < kept.slot.ends_at
    last_day = local_day(kept.kept_until, zone) - ONE_DAY if is_released else None
    return SetAsideSegment(kept.slot, kept.organisations, last_day)


def _access(rules: BookingTerms, *, hidden: bool) -> CalendarAccess:
    if rules.mode is BookingMode.ELSEWHERE:
        return CalendarAccess.ELSEWHERE
    if not status_allows(rules.status):
        return CalendarAccess.STATUS
    if not rules.has_deciders:
        return CalendarAccess.NOBODY
    if hidden:
        return CalendarAccess.HIDDEN
    return (
        CalendarAccess.BY_AGREEMENT
        if rules.mode is BookingMode.BY_AGREEMENT
        else CalendarAccess.DRAWN
    )


def _with_margin(window: Slot, rules: Iterable[BookingTerms]) -> Slot:
    """Return the window widened so that free time at its edges comes out right."""
    margin = _MARGIN_OF_HOURS
    for one in rules:
        fewest = one.minimum_units or 1
        if one.unit is not Unit.HOUR:
            # Four weeks bridge days that are not open, as in `picking`.
            needed = _MARGIN + (timedelta(days=28 + fewest) if fewest > 1 else timedelta())
        elif _MINUTES_OF_HOUR % one.step_minutes:
            needed = _MARGIN + timedelta(days=62)  # an uneven grid depends on days far away
        else:
            around = timedelta(minutes=one.setup_minutes + one.cleanup_minutes)
            needed = _MARGIN_OF_HOURS + timedelta(hours=fewest) + around
        margin = max(margin, needed)
    return Slot(window.starts_at - margin, window.ends_at + margin)


def _closed(
    chain_of: Mapping[int, Sequence[Facility | ListedFacility]],
    effective: Mapping[int, EffectiveTerms],
    window: Slot,
    hidden: Collection[int],
) -> dict[int, list[ClosedSegment]]:
    """Return the closures of each facility: its own and those above it.

    For facilities booked only as a whole, those below are included. An open-ended closure ends at
    `OPEN_END`; a facility whose status is closed has always been closed. Reasons that are not
    public are None.
    """
    sources: dict[int, set[int]] = {
        facility_id: {facility.id for facility in chain} for facility_id, chain in chain_of.items()
    }
    only_whole = {
        facility_id for facility_id in chain_of if not effective[facility_id].rules.allows_shared
    }
    trees = trees_around(only_whole)
    for above in only_whole:
        sources[above].update(one for one in trees.below(above) if one not in hidden)
    by_facility = {
        facility_id: [
            ClosedSegment(
                slot=slot,
                until=closed.ends_at,
                reason=closed.public_reason,
                next_word_on=closed.next_word_on,
            )
            for closed, slot in found
        ]
        for facility_id, found in closure_slots(set().union(*sources.values()), window).items()
    }
    for_good = ClosedSegment(Slot(window.starts_at, OPEN_END), until=None, reason=None)
    return {
        facility_id: [
            *([for_good] if effective[facility_id].rules.status == CLOSED else ()),
            *(closed for source in wanted for closed in by_facility.get(source, ())),
        ]
        for facility_id, wanted in sources.items()
    }
