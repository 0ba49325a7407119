"""One question about time, put to many facilities at once: who is free, and when first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa

from booking.calendars.queries import closures, rooms
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.certainly_free import Wanted, certainly_free
from booking.facilities.effective import effective_rules
from booking.facilities.models import Facility
from booking.facilities.offers import Standing, When, first_dates, units_needed, window_of
from booking.rules.asking import (
    AskingRules,
    BookingMode,
    Deadlines,
    Refusal,
    RefusalCode,
    earliest_day,
    latest_day,
)
from booking.rules.opening import Unit, WeeklySpan
from booking.rules.slots import Slot, merge
from booking.rules.terms import reach, status_allows

# Set-up and clean-up reach beyond the window; so does the difference between time zones.
_MARGIN = timedelta(days=2)
# Between these hours no clock that we know changes.
_CLOCKS_STAND_FROM = time(4)


class Fit(StrEnum):
    """How well a facility answers the question, in the order of the results."""

    FITS = "fits"
    ASK = "ask"  # no free times to show: by agreement, elsewhere, or not for the viewer
    ALMOST = "almost"


@dataclass(frozen=True)
class Verdict:
    """How well one facility fits; `why` not quite: None with ALMOST is nothing free so long."""

    fit: Fit
    why: Refusal | None = None


class Answer:
    """The work on one question about time, all facilities at once.

    `cluster_of` maps facility ids to cluster ids. The calendars of those in `hidden` are not for
    the viewer: they are not looked at.
    """

    def __init__(
        self, cluster_of: Mapping[int, int], hidden: set[int], when: When, now: datetime
    ) -> None:
        self._cluster_of, self._hidden = cluster_of, hidden
        self._when, self._now = when, now
        found = effective_rules(cluster_of)
        self._rules = {facility_id: one.rules for facility_id, one in found.items()}
        clusters = db.session.scalars(sa.select(Cluster))
        self._deadlines = {cluster.id: deadlines_of(cluster, now) for cluster in clusters}
        self._closures: Mapping[int, Sequence[Slot]] = {}

    def verdicts(self) -> dict[int, Verdict]:
        """Return how well each facility fits."""
        verdicts = {}
        open_ids = []
        for facility_id in self._cluster_of:
            verdict = self._by_rules(facility_id)
            if verdict is None:
                open_ids.append(facility_id)
            else:
                verdicts[facility_id] = verdict
        self._closures = self._shut(open_ids)
        sure = certainly_free(self._wanted(open_ids), self._now)
        verdicts |= {facility_id: Verdict(Fit.FITS) for facility_id in sure}
        unsure = [facility_id for facility_id in open_ids if facility_id not in sure]
        for facility_id, times in self.times(unsure, limit=1).items():
            verdicts[facility_id] = Verdict(Fit.FITS if times else Fit.ALMOST)
        return verdicts

    def times(self, facility_ids: Sequence[int], limit: int) -> dict[int, Sequence[Slot]]:
        """Return the first free dates of these facilities, as the rules find them.

        Only of facilities for which `verdicts` had to look at what is taken.
        """
        if not facility_ids:
            return {}
        room_of = rooms(facility_ids, self._window(facility_ids), self._now)
        return {
            facility_id: first_dates(
                Standing(
                    self._rules[facility_id],
                    self._deadlines_of(facility_id),
                    room_of[facility_id],
                    self._closures[facility_id],
                ),
                self._when,
                self._now,
                limit,
            )
            for facility_id in facility_ids
        }

    def _by_rules(self, facility_id: int) -> Verdict | None:
        """Return what can be said without looking at what is taken, or None."""
        rules = self._rules[facility_id]
        if not status_allows(rules.status):
            params = {"status": rules.status}
            return Verdict(Fit.ALMOST, Refusal(RefusalCode.CLOSED_STATUS, params))
        if rules.mode is BookingMode.ELSEWHERE:
            return Verdict(Fit.ASK)
        if not rules.has_deciders:
            return Verdict(Fit.ALMOST, Refusal(RefusalCode.NOBODY_ANSWERS))
        if rules.mode is BookingMode.BY_AGREEMENT or facility_id in self._hidden:
            return Verdict(Fit.ASK)
        why = self._out_of_reach(rules, self._deadlines_of(facility_id))
        return Verdict(Fit.ALMOST, why) if why else None

    def _out_of_reach(self, rules: AskingRules, deadlines: Deadlines) -> Refusal | None:
        """Return why no date of this length and in this window can be asked for at all."""
        needed = units_needed(rules, self._when)
        if isinstance(needed, Refusal):
            return needed
        earliest = earliest_day(rules, deadlines, self._now)
        if earliest > self._when.last:
            if rules.lead_time_days:
                return Refusal(
                    RefusalCode.TOO_LATE, {"earliest": earliest, "days": rules.lead_time_days}
                )
            return Refusal(RefusalCode.DUE_ALREADY, {"earliest": earliest})
        latest = latest_day(rules, self._now)
        if latest is not None and latest < self._when.first:
            return Refusal(RefusalCode.BEYOND_HORIZON, {"latest": latest})
        return None

    def _deadlines_of(self, facility_id: int) -> Deadlines:
        return self._deadlines[self._cluster_of[facility_id]]

    def _wanted(self, facility_ids: Iterable[int]) -> dict[int, Wanted]:
        """Return, for those whose rules are simple enough, which whole openings would do."""
        wanted = {}
        for facility_id in facility_ids:
            rules = self._rules[facility_id]
            openings = openings_needed(rules, self._when)
            if openings is None or self._closures[facility_id]:
                continue
            window = window_of(rules, self._when)
            within = reach(rules, self._deadlines_of(facility_id), self._now)
            clipped = within.clip(window.starts_at, window.ends_at)
            if clipped is not None:
                wanted[facility_id] = Wanted(clipped.starts_at, clipped.ends_at, openings)
        return wanted

    def _window(self, facility_ids: Iterable[int]) -> Slot:
        windows = [window_of(self._rules[facility_id], self._when) for facility_id in facility_ids]
        return look_around(
            Slot(
                min(window.starts_at for window in windows),
                max(window.ends_at for window in windows),
            )
        )

    def _shut(self, facility_ids: Sequence[int]) -> dict[int, Sequence[Slot]]:
        if not facility_ids:
            return {}
        wholes = [
            facility_id for facility_id in facility_ids if not self._rules[facility_id].by_place
        ]
        return closures_of(facility_ids, wholes, self._window(facility_ids))


def look_around(window: Slot) -> Slot:
    """Return the stretch to read for dates in `window`: set-up and clean-up may lie outside."""
    return Slot(window.starts_at - _MARGIN, window.ends_at + _MARGIN)


def closures_of(
    facility_ids: Iterable[int], wholes: Iterable[int], window: Slot
) -> dict[int, Sequence[Slot]]:
    """Return what shuts each facility in `window`; of those in `wholes` also what shuts a part."""
    wanted = set(facility_ids)
    parts = _below(wholes)
    shut = closures(wanted.union(*parts.values()), window)
    return {
        facility_id: merge(
            slot for one in (facility_id, *parts.get(facility_id, ())) for slot in shut[one]
        )
        for facility_id in wanted
    }


def _below(facility_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the ids of all facilities below each of these. One statement."""
    facility_ids = list(facility_ids)
    roots = sa.select(Facility.root_id).where(Facility.id.in_(facility_ids))
    rows = db.session.execute(
        sa.select(Facility.id, Facility.parent_id).where(Facility.root_id.in_(roots))
    )
    parent_of = dict(rows.all())
    below: dict[int, list[int]] = {facility_id: [] for facility_id in facility_ids}
    for node_id, parent_id in parent_of.items():
        above = parent_id
        while above is not None:
            if above in below:
                below[above].append(node_id)
            above = parent_of[above]
    return below


def openings_needed(rules: AskingRules, when: When) -> int | None:
    """Return how many whole openings in a row surely hold a date of this length.

    None where that is not easily said: set-up and clean-up, only asked for as a whole, several
    openings a day, or an opening that may be too short or off the grid.
    """
    needed = units_needed(rules, when)
    spans = rules.spans
    if isinstance(needed, Refusal) or rules.setup_minutes or rules.cleanup_minutes:
        return None
    if not rules.by_place or spans is None or len({s.weekday for s in spans}) != len(spans):
        return None
    if rules.unit is Unit.DAY:
        return needed
    if rules.unit is Unit.HALF_DAY:
        half = rules.half_day_time
        has_both = all(
            s.opens_time < half and not s.opens_time < s.closes_time <= half for s in spans
        )
        return -(-needed // 2) if has_both else needed
    return 1 if all(_holds(span, rules, needed) for span in spans) else None


def _holds(span: WeeklySpan, rules: AskingRules, hours: int) -> bool:
    """Tell whether a date of so many hours (0: all of it) fits the opening from its start."""
    if span.opens_time < _CLOCKS_STAND_FROM or span.closes_time <= span.opens_time:
        return False
    opens, closes = (t.hour * 60 + t.minute for t in (span.opens_time, span.closes_time))
    length = hours * 60 or closes - opens
    too_long = rules.maximum_units is not None and length > rules.maximum_units * 60
    too_short = rules.minimum_units is not None and length < rules.minimum_units * 60
    on_grid = not opens % rules.step_minutes and not length % rules.step_minutes
    return on_grid and length <= closes - opens and not too_long and not too_short
