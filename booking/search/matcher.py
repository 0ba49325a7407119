"""One search, matched with many facilities at once: which are free, and when first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from booking.availability.snapshots import facility_snapshots
from booking.clusters.deadlines import deadlines_of
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.closures import ClosuresInWindow, closures_in, with_margin
from booking.facilities.effective_terms import (
    EffectiveTerms,
    effective_terms,
)
from booking.facilities.listed import ListedFacility
from booking.facilities.models import Place
from booking.facilities.tree import Trees, trees_around
from booking.rules.alternatives import Alternative
from booking.rules.date_windows import (
    DateWindow,
    NeededLength,
    needed_length,
    only_by_whole_days,
)
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.near_misses import near_miss_window, near_misses
from booking.rules.offers import Offer, first_offers
from booking.rules.opening import local_day
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import OPEN_END, Slot, merge
from booking.rules.terms import (
    BookingMode,
    BookingTerms,
    Reach,
    closed_throughout,
    latest_day,
    reach,
    status_allows,
)
from booking.search.bitmaps import BitmapRoom, SlotBitmap, bitmap_room, slot_bitmap
from booking.search.criteria import LOOK_AHEAD_DAYS, SearchCriteria
from booking.search.occupied import taken_on_places


class Fit(StrEnum):
    """How well a facility fits the search, in the order of the results."""

    FITS = "fits"
    ON_REQUEST = (
        "on_request"  # no free times to show: by agreement, elsewhere, or not for the viewer
    )
    ALMOST = "almost"
    NEVER = "never"  # it cannot be requested at all


_FITS = tuple(Fit)
_LOOK_AHEAD = timedelta(days=LOOK_AHEAD_DAYS)
_UNSURE = BitmapRoom(has_room=None, touched=None)
# From what can be helped to what cannot.
_MISSING = (
    RefusalCode.TOO_MANY_PLACES,
    RefusalCode.TOO_LONG,
    RefusalCode.TOO_MANY_PEOPLE,
    RefusalCode.DUE_ALREADY,
    RefusalCode.TOO_LATE,
    RefusalCode.BEYOND_HORIZON,
    RefusalCode.CLOSURE,
    RefusalCode.NOBODY_ANSWERS,
    RefusalCode.CLOSED_STATUS,
)


@dataclass(frozen=True)
class Verdict:
    """How well one facility fits.

    `why` says what is missing; None with ALMOST: no free date, or with `by_whole_days` only that
    whole days are to be had and half days were wanted.
    """

    fit: Fit
    why: Refusal | None = None
    by_whole_days: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """Return what to sort by: the best fit first, then what is easiest to do without."""
        missing = _MISSING.index(self.why.code) + 1 if self.why else 0
        return _FITS.index(self.fit), -1 if self.by_whole_days else missing


@dataclass(frozen=True)
class _SharedTerms:
    """Facilities with the same terms of dates in one cluster: what does not depend on bookings.

    `window` are the instants of `date_window` in their zone.
    """

    rules: BookingTerms
    deadlines: Deadlines
    reach: Reach
    date_window: DateWindow
    window: Slot
    verdict: Verdict | None
    bitmap: SlotBitmap | None


class SearchMatcher:
    """Matches one search with many facilities at once.

    The calendars of facilities and parts in `hidden` are not for the viewer and not read.
    Time set aside counts as taken unless it is for `for_organisation`. `effective` has the terms
    of each facility.
    """

    def __init__(
        self,
        facilities: Iterable[ListedFacility],
        hidden: frozenset[int],
        criteria: SearchCriteria,
        now: datetime,
        *,
        for_organisation: int,
    ) -> None:
        self._hidden, self._criteria, self._now = hidden, criteria, now
        self._for_organisation = for_organisation
        self._cluster_of = {one.id: one.cluster for one in facilities}
        self.effective: Mapping[int, EffectiveTerms] = effective_terms(self._cluster_of)
        self._terms = {one: terms.of_dates for one, terms in self.effective.items()}
        self._deadlines: dict[int, Deadlines] = {}
        self._known: dict[tuple[int, int], _SharedTerms] = {}
        self._shared_of: dict[int, _SharedTerms] = {}
        #: What is left for dates, as far as `verdicts` has looked.
        self._rooms: dict[int, BitmapRoom] = {}
        self._closures = _Closures(ClosuresInWindow((), Trees({})), {})

    def verdicts(self) -> dict[int, Verdict]:
        """Return how well each facility fits.

        A search without days is answered by the rules alone: some day it will be free.
        """
        verdicts = {}
        open_ids = []
        for facility_id in self._cluster_of:
            verdict = self._by_rules(self.effective[facility_id].rules)
            if verdict is None:
                verdict = self._shared(facility_id).verdict
            if verdict is not None:
                verdicts[facility_id] = verdict
            elif facility_id in self._hidden:
                verdicts[facility_id] = Verdict(Fit.ON_REQUEST)
            else:
                open_ids.append(facility_id)
        if self._criteria.places > 1:
            verdicts |= self._too_few_places(open_ids)
            open_ids = [one for one in open_ids if one not in verdicts]
        if not open_ids:
            return verdicts
        self._closures = self._read_closures(open_ids)
        verdicts |= self._closed(open_ids)
        open_ids = [one for one in open_ids if one not in verdicts]
        if not self._criteria.is_dated:
            return verdicts | {one: self._fits(one) for one in open_ids}
        if open_ids:
            verdicts |= self._by_bookings(open_ids)
        return verdicts

    def _shared(self, facility_id: int) -> _SharedTerms:
        """Return what the facility shares with all of the same terms of dates and cluster."""
        shared = self._shared_of.get(facility_id)
        if shared is None:
            terms, cluster = self._terms[facility_id], self._cluster_of[facility_id]
            shared = self._known.get((id(terms), cluster.id))
            if shared is None:
                if cluster.id not in self._deadlines:
                    self._deadlines[cluster.id] = deadlines_of(cluster, self._now)
                shared = self._judge(terms, self._deadlines[cluster.id])
                self._known[id(terms), cluster.id] = shared
            self._shared_of[facility_id] = shared
        return shared

    def _read_closures(self, facility_ids: Iterable[int]) -> "_Closures":
        """Return the closures from now to the end of what is searched. One statement."""
        shared = {id(one): one for one in map(self._shared, facility_ids)}.values()
        look_ahead = max(one.reach.from_at for one in shared) + _LOOK_AHEAD
        windows = [one.window for one in shared]
        window = with_margin(
            Slot(
                min(self._now, *(one.starts_at for one in windows)),
                max(look_ahead, *(one.ends_at for one in windows)),
            )
        )
        parts = self._parts(facility_ids)
        everywhere = set(facility_ids).union(*parts.values())
        seen = {one: [i for i in below if i not in self._hidden] for one, below in parts.items()}
        return _Closures(closures_in(window, everywhere), seen)

    def _closed(self, facility_ids: Iterable[int]) -> dict[int, Verdict]:
        """Return the verdict on those closed until further notice."""
        verdict = Verdict(Fit.NEVER, Refusal(RefusalCode.CLOSURE, {"until": OPEN_END}))
        found = {}
        for facility_id in facility_ids:
            closed, shared = self._closures.slots_of(facility_id), self._shared(facility_id)
            if closed and closed_throughout(shared.rules, shared.reach, closed):
                found[facility_id] = verdict
        return found

    def times(self, facility_ids: Sequence[int], limit: int) -> dict[int, Sequence[Offer]]:
        """Return the first offers of each facility, at most `limit`, as the rules find them.

        Only for those that `verdicts` found to fit. One statement, if any, and a few more where
        only the rules can say.
        """
        unknown = [one for one in facility_ids if one not in self._rooms]
        if unknown:
            self._read_rooms(unknown)
        found: dict[int, Sequence[Offer]] = {}
        unsure = []
        for facility_id in facility_ids:
            bitmap, room = self._shared(facility_id).bitmap, self._rooms[facility_id]
            if bitmap is None or room.touched is None:
                unsure.append(facility_id)
            else:
                found[facility_id] = bitmap.first_offers(room.touched, limit)
        return found | self._times_by_rules(unsure, limit)

    def _times_by_rules(
        self, facility_ids: Sequence[int], limit: int
    ) -> dict[int, Sequence[Offer]]:
        if not facility_ids:
            return {}
        date_windows = {one: self._shared(one).date_window for one in facility_ids}
        snapshots = self._snapshots(facility_ids, date_windows)
        return {
            facility_id: first_offers(snapshot, date_windows[facility_id], limit)
            for facility_id, snapshot in snapshots.items()
        }

    def near(self, facility_ids: Sequence[int]) -> dict[int, Sequence[Alternative]]:
        """Return the alternatives that facilities offer which almost fit.

        Those whose calendar is hidden, or which are not booked here, are left out. A constant
        number of statements; meant for one page.
        """
        wanted = [
            one
            for one in facility_ids
            if one not in self._hidden and self._shared(one).rules.mode is BookingMode.HERE
        ]
        if not wanted:
            return {}
        windows = {}
        for one in wanted:
            shared = self._shared(one)
            windows[one] = near_miss_window(
                shared.rules, shared.deadlines, shared.date_window, self._now
            )
        return {
            facility_id: near_misses(
                snapshot, self._shared(facility_id).date_window, self._criteria.people
            )
            for facility_id, snapshot in self._snapshots(wanted, windows).items()
        }

    def _snapshots(
        self, facility_ids: Sequence[int], date_windows: Mapping[int, DateWindow]
    ) -> dict[int, FacilitySnapshot]:
        return facility_snapshots(
            {one: (self.effective[one].rules, self._shared(one).deadlines) for one in facility_ids},
            self._windows(date_windows),
            self._now,
            wholes=self._wholes(facility_ids),
            hidden=self._hidden,
            for_organisation=self._for_organisation,
        )

    def _judge(self, rules: BookingTerms, deadlines: Deadlines) -> _SharedTerms:
        date_window = self._criteria.date_window(rules, deadlines, self._now)
        within = reach(rules, deadlines, self._now)
        verdict, bitmap = None, None
        needed = self._needed_length(rules, within, date_window)
        if isinstance(needed, Refusal):
            verdict = Verdict(Fit.ALMOST, needed)
        elif rules.allows_shared or rules.allows_exclusive:
            bitmap = slot_bitmap(rules, date_window, needed, within)
            if bitmap is not None and not bitmap.has_room(0):
                verdict = Verdict(Fit.ALMOST)  # were all of it free, there is no such date
        return _SharedTerms(
            rules, deadlines, within, date_window, date_window.slot(rules.zone), verdict, bitmap
        )

    def _by_rules(self, rules: BookingTerms) -> Verdict | None:
        """Return the verdict where it does not depend on the days, else None."""
        if not status_allows(rules.status):
            params = {"status": rules.status}
            return Verdict(Fit.NEVER, Refusal(RefusalCode.CLOSED_STATUS, params))
        elsewhere = rules.mode is BookingMode.ELSEWHERE
        if not rules.has_deciders and not elsewhere:
            return Verdict(Fit.NEVER, Refusal(RefusalCode.NOBODY_ANSWERS))
        people, limit = self._criteria.people, rules.people_limit
        if people is not None and limit is not None and people > limit:
            params_people = {"limit": limit, "asked": people}
            return Verdict(Fit.ALMOST, Refusal(RefusalCode.TOO_MANY_PEOPLE, params_people))
        if elsewhere or rules.mode is BookingMode.BY_AGREEMENT:
            return Verdict(Fit.ON_REQUEST)
        return None

    def _needed_length(
        self, rules: BookingTerms, within: Reach, date_window: DateWindow
    ) -> NeededLength | Refusal:
        """Return how much is needed, or why no date so long in this window can be requested."""
        needed = needed_length(rules, date_window)
        if isinstance(needed, Refusal):
            return needed
        earliest = local_day(within.from_at, rules.zone)
        if earliest > date_window.last:
            if rules.lead_time_days and not rules.late_asking:
                return Refusal(
                    RefusalCode.TOO_LATE, {"earliest": earliest, "days": rules.lead_time_days}
                )
            return Refusal(RefusalCode.DUE_ALREADY, {"earliest": earliest})
        latest = latest_day(rules, self._now)
        if latest is not None and latest < date_window.first:
            return Refusal(RefusalCode.BEYOND_HORIZON, {"latest": latest})
        return needed

    def _too_few_places(self, facility_ids: Sequence[int]) -> dict[int, Verdict]:
        """Return the verdict on those that never have so many places. One statement."""
        counted = db.session.execute(
            sa.select(Place.facility_id, sa.func.count())
            .where(in_ids(Place.facility_id, facility_ids))
            .group_by(Place.facility_id)
        )
        own_of: dict[int, int] = dict(counted.all())
        wanted = self._criteria.places
        return {
            one: Verdict(
                Fit.ALMOST,
                Refusal(RefusalCode.TOO_MANY_PLACES, {"own": own_of.get(one, 0), "asked": wanted}),
            )
            for one in facility_ids
            if self._shared(one).rules.allows_shared and own_of.get(one, 0) < wanted
        }

    def _by_bookings(self, facility_ids: Sequence[int]) -> dict[int, Verdict]:
        """Return the verdicts on facilities where it depends on what is taken and closed."""
        self._read_rooms(facility_ids)
        verdicts = {}
        unsure = []
        for facility_id in facility_ids:
            fits = self._rooms[facility_id].has_room
            if fits is None:
                unsure.append(facility_id)
            else:
                verdicts[facility_id] = self._fits(facility_id) if fits else Verdict(Fit.ALMOST)
        for facility_id, times in self._times_by_rules(unsure, limit=1).items():
            verdicts[facility_id] = self._fits(facility_id) if times else Verdict(Fit.ALMOST)
        return verdicts

    def _read_rooms(self, facility_ids: Sequence[int]) -> None:
        """Read what is left of each facility, and keep it. One statement, none for bitmaps."""
        with_bitmap = [one for one in facility_ids if self._shared(one).bitmap is not None]
        self._rooms |= dict.fromkeys(facility_ids, _UNSURE)
        if not with_bitmap:
            return
        shared = {id(one): one for one in map(self._shared, with_bitmap)}.values()
        windows = [one.window for one in shared]
        # Set-up and clean-up of a date may reach out of the window.
        around = max(max(one.rules.setup_minutes, one.rules.cleanup_minutes) for one in shared)
        window = Slot(
            min(one.starts_at for one in windows), max(one.ends_at for one in windows)
        ).widened(around, around)
        parts = self._parts(with_bitmap)
        everywhere = set(with_bitmap).union(*parts.values())
        taken = taken_on_places(everywhere, window, self._now, self._for_organisation)
        for facility_id in with_bitmap:
            one = self._shared(facility_id)
            places, wanted = taken.get(facility_id, []), self._criteria.places
            if not one.rules.allows_shared:
                # All of it is wanted; what is on a hidden part is not for the viewer.
                for part in parts.get(facility_id, ()):
                    on_part = taken.get(part, [])
                    places = [*places, *([[]] * len(on_part) if part in self._hidden else on_part)]
                wanted = len(places)
            closed = self._closures.slots_of(facility_id)
            if one.bitmap is not None:
                self._rooms[facility_id] = bitmap_room(
                    one.bitmap, one.rules, places, closed, wanted
                )

    def _fits(self, facility_id: int) -> Verdict:
        """Return the verdict on a facility with a free date, as far as such dates go."""
        if only_by_whole_days(self._shared(facility_id).rules, self._criteria.length):
            return Verdict(Fit.ALMOST, by_whole_days=True)
        return Verdict(Fit.FITS)

    def _parts(self, facility_ids: Iterable[int]) -> dict[int, Sequence[int]]:
        """Return all facilities below each of those that are wanted as a whole."""
        wholes = self._wholes(facility_ids)
        trees = trees_around(wholes) if wholes else Trees({})
        return {one: trees.below(one) for one in wholes}

    def _windows(self, date_windows: Mapping[int, DateWindow]) -> list[Slot]:
        different = {(self._shared(i).rules.zone, window) for i, window in date_windows.items()}
        return [window.slot(zone) for zone, window in different]

    def _wholes(self, facility_ids: Iterable[int]) -> list[int]:
        return [one for one in facility_ids if not self._shared(one).rules.allows_shared]


class _Closures:
    """When facilities are closed; those wanted as a whole are also closed where a part is.

    `parts` has the parts of these, without those whose calendar is hidden.
    """

    def __init__(self, closures: ClosuresInWindow, parts: Mapping[int, Sequence[int]]) -> None:
        self._closures, self._parts = closures, parts

    def slots_of(self, facility_id: int) -> Sequence[Slot]:
        """Return the closed slots of a facility, merged."""
        closed = self._closures.slots_of(facility_id)
        parts = self._parts.get(facility_id, ())
        if not parts:
            return closed
        below = [slot for part in parts for slot in self._closures.slots_of(part)]
        return merge([*closed, *below])
