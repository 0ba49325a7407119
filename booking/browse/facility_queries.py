"""Reading one facility for its page, and when it is free and busy day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.availability.checks import check_context
from booking.availability.snapshots import facility_snapshots
from booking.clusters.deadlines import deadlines_of
from booking.errors import NotFound
from booking.facilities.calendar_cache import FOREVER, ID_BYTES, Drawn, drawn_once
from booking.facilities.calendar_visibility import hidden_from, sees_calendar
from booking.facilities.closures import closure_without_end
from booking.facilities.described import DescribedFacility, described_facility
from booking.facilities.effective_terms import EffectiveTerms, effective_terms
from booking.facilities.listed import ListedFacility, listed_facilities
from booking.facilities.queries import (
    TreePosition,
    get_facility,
    own_places,
    tree_position,
)
from booking.rules.date_windows import DateWindow, Length
from booking.rules.deadlines import Deadlines, due_at
from booking.rules.drawn_days import DayState, day_states
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.offers import first_dates
from booking.rules.opening import ONE_DAY, day_starts_at, local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import OPEN_END, Slot
from booking.rules.terms import (
    CLOSED,
    BookingMode,
    BookingTerms,
    closed_throughout,
    earliest_day,
    earliest_open_day,
    latest_day,
    reach,
    status_allows,
)
from booking.rules.visibility import Viewer, free_for
from booking.search.similar import candidate_ids

FIRST_DATES_SHOWN = 3
#: So many days from the first possible one are searched for the first free dates.
LOOK_AHEAD_DAYS = 60
# About what the facts and notes of one facility take in memory.
_SUBJECT_BYTES = 4000
_CLOSED = Refusal(RefusalCode.CLOSURE, {"until": OPEN_END})


@dataclass(frozen=True)
class ClosedUntilFurtherNotice:
    """Nothing can be requested: the status is closed, or a closure without end covers it all.

    `reason` is "" if there is none that everybody may read, `next_word_on` the day by which there
    will be news, None if none was promised.
    """

    reason: str = ""
    next_word_on: date | None = None


@dataclass(frozen=True)
class ShownFacility:
    """One facility as its page shows it.

    `never` says why it cannot be requested at all; None: it can, and `due_at` (UTC) is when the
    answer to a request sent now is due. `first_free` are the first free dates of the shortest
    length, empty where the viewer may not see the calendar.
    """

    facility: DescribedFacility
    effective: EffectiveTerms
    tree: TreePosition
    similar: Sequence[ListedFacility]
    own_places: int
    sees_calendar: bool
    never: Refusal | None
    earliest: date
    latest: date | None
    due_at: datetime
    first_free: Sequence[Slot]
    closed_until_further_notice: ClosedUntilFurtherNotice | None = None

    @property
    def rules(self) -> BookingTerms:
        """Return the rules that hold for it."""
        return self.effective.rules

    @property
    def first_day(self) -> date:
        """Return the first local day of the facility on which something can be requested.

        Where no free date is known it is the first that lead time and answer time allow.
        """
        if self.first_free:
            return local_day(self.first_free[0].starts_at, self.rules.zone)
        return self.earliest

    @property
    def elsewhere_url(self) -> str | None:
        """Return the address of the site where it is booked, if it is one to link to."""
        return self.effective.rules.elsewhere_url

    @property
    def offers_choice(self) -> bool:
        """Return whether a number of places and the whole are two different things."""
        rules = self.rules
        has_parts = self.own_places > 1 or bool(self.tree.below)
        return rules.allows_shared and rules.allows_exclusive and self.own_places > 0 and has_parts


def shown_facility(
    facility: DescribedFacility, similar_ids: Sequence[int], viewer: Viewer, now: datetime
) -> ShownFacility:
    """Return the facility for its page, with those similar to it."""
    effective = effective_terms([facility.id])[facility.id]
    rules = effective.rules
    deadlines = deadlines_of(facility.cluster, now)
    visible = sees_calendar(facility, viewer)
    never = _never(rules)
    ahead = None
    if visible and never is None:
        ahead = _ahead(facility.id, rules, deadlines, viewer, now)
    closed = _closed_until_further_notice(facility, rules, ahead, viewer, now)
    never = never or (_CLOSED if closed else None)
    earliest = earliest_open_day(rules, deadlines, now)
    looks_free = never is None and rules.mode is BookingMode.HERE
    return ShownFacility(
        facility=facility,
        effective=effective,
        tree=tree_position(facility.id),
        similar=[listed_facilities()[one] for one in similar_ids],
        own_places=len(ahead.snapshot.room.own) if ahead else own_places(facility.id),
        sees_calendar=visible,
        never=never,
        earliest=earliest,
        latest=latest_day(rules, now),
        due_at=due_at(now, day_starts_at(rules.zone, earliest), deadlines),
        first_free=ahead.first_free() if ahead and looks_free else (),
        closed_until_further_notice=closed,
    )


@dataclass(frozen=True)
class _Ahead:
    """A facility in the days from the first possible one on, as the viewer may know it."""

    snapshot: FacilitySnapshot
    window: DateWindow

    def first_free(self) -> list[Slot]:
        """Return the first free dates of the shortest length."""
        return first_dates(self.snapshot, self.window, FIRST_DATES_SHOWN)


def _ahead(
    facility_id: int, rules: BookingTerms, deadlines: Deadlines, viewer: Viewer, now: datetime
) -> _Ahead:
    earliest = earliest_day(rules, deadlines, now)
    last = earliest + timedelta(days=LOOK_AHEAD_DAYS)
    window = DateWindow(earliest, last, Length(rules.minimum_units or 1, rules.unit))
    snapshots = facility_snapshots(
        {facility_id: (rules, deadlines)},
        [window.slot(rules.zone)],
        now,
        wholes=[] if rules.allows_shared else [facility_id],
        hidden=hidden_from(viewer, [facility_id]),
        for_organisation=free_for(viewer),
    )
    return _Ahead(snapshots[facility_id], window)


@dataclass(frozen=True)
class PageSubject:
    """What the page of a facility is about: itself, and the ids of those that may be similar."""

    facility: DescribedFacility
    candidates: Sequence[int]


def page_subject(slug: str, now: datetime) -> PageSubject:
    """Return what the page of this facility is about.

    Raises:
        NotFound: there is none of this slug.
    """

    def read() -> Drawn[PageSubject]:
        facility = described_facility(slug)
        candidates = candidate_ids(facility.id, now)
        return Drawn(
            PageSubject(facility, candidates),
            FOREVER,
            size=_SUBJECT_BYTES + ID_BYTES * len(candidates),
        )

    return drawn_once(("page subject", slug), (), now, read)


def _closed_until_further_notice(
    facility: DescribedFacility,
    rules: BookingTerms,
    ahead: _Ahead | None,
    viewer: Viewer,
    now: datetime,
) -> ClosedUntilFurtherNotice | None:
    """Return that nothing can be requested until further notice, as far as the viewer may know."""
    if rules.status == CLOSED:
        return ClosedUntilFurtherNotice()
    if ahead is None:
        return None
    snapshot = ahead.snapshot
    within = reach(rules, snapshot.deadlines, now)
    if not closed_throughout(rules, within, snapshot.closures):
        return None
    hidden = hidden_from(viewer, [facility.id])
    found = closure_without_end(facility.id, now, with_parts=not rules.allows_shared, hidden=hidden)
    return ClosedUntilFurtherNotice(found.reason, found.next_word_on) if found else None


def _never(rules: BookingTerms) -> Refusal | None:
    if not status_allows(rules.status):
        return Refusal(RefusalCode.CLOSED_STATUS, {"status": rules.status})
    if rules.mode is BookingMode.ELSEWHERE:
        return Refusal(RefusalCode.BOOKED_ELSEWHERE)
    if not rules.has_deciders:
        return Refusal(RefusalCode.NOBODY_ANSWERS)
    return None


def first_free_dates(
    facility_id: int, rules: BookingTerms, deadlines: Deadlines, viewer: Viewer, now: datetime
) -> list[Slot]:
    """Return the first free dates of the shortest length, for the request box."""
    if _never(rules) is not None:
        return []
    return _ahead(facility_id, rules, deadlines, viewer, now).first_free()


@dataclass(frozen=True)
class FreeBusy:
    """When a facility is free and busy on some days, and its rules.

    `next_free` are its first free dates of the shortest length from now on, whatever the days.
    """

    rules: BookingTerms
    days: Sequence[DayState]
    next_free: Sequence[Slot]


def times_of(slug: str, first: date, last: date, viewer: Viewer, now: datetime) -> FreeBusy:
    """Return the local days of the facility from `first` to `last`, both inclusive.

    Raises:
        NotFound: there is none, or its calendar is not for the viewer, or it has none to show.
    """
    facility = get_facility(slug)
    if not sees_calendar(facility, viewer):
        raise NotFound("calendar")
    zone = ZoneInfo(facility.cluster.time_zone)
    window = Slot(day_starts_at(zone, first), day_starts_at(zone, last + ONE_DAY))
    facts = check_context(
        facility.id, [window], now, whole=not facility.allows_shared, viewer=viewer
    )
    rules = facts.effective.rules
    if rules.mode is not BookingMode.HERE:
        raise NotFound("calendar")
    return FreeBusy(
        rules,
        day_states(rules, facts.deadlines, facts.room, facts.closures, first, last, now),
        first_free_dates(facility.id, rules, facts.deadlines, viewer, now),
    )
