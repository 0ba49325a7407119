"""One question about time, put to many facilities at once: who is free, and when first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from booking.calendars.queries import closures, rooms
from booking.clusters.deadlines import deadlines_of
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.among import among
from booking.facilities.effective import effective_rules
from booking.facilities.models import Facility
from booking.facilities.offers import Standing, When, first_dates, units_needed, window_of
from booking.facilities.rulers import Ruler, ruler_for, seconds
from booking.facilities.taken import Taken, taken_on_places
from booking.rules.asking import (
    AskingRules,
    BookingMode,
    Deadlines,
    Refusal,
    RefusalCode,
    earliest_day,
    latest_day,
)
from booking.rules.slots import Slot, merge
from booking.rules.terms import Reach, reach, status_allows

# Set-up and clean-up reach beyond the window; so does the difference between time zones.
_MARGIN = timedelta(days=2)


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


@dataclass(frozen=True)
class _Alike:
    """Facilities with the same rules in one cluster: all that does not depend on bookings."""

    rules: AskingRules
    within: Reach
    verdict: Verdict | None
    ruler: Ruler | None


class Answer:
    """The work on one question about time, all facilities at once.

    `cluster_of` maps facility ids to cluster ids. The calendars of those in `hidden` are not for
    the viewer: they are not looked at.
    """

    def __init__(
        self, cluster_of: Mapping[int, int], hidden: set[int], when: When, now: datetime
    ) -> None:
        self._hidden, self._when, self._now = hidden, when, now
        clusters = db.session.scalars(sa.select(Cluster))
        self._deadlines = {cluster.id: deadlines_of(cluster, now) for cluster in clusters}
        self._cluster_of = cluster_of
        known: dict[tuple[AskingRules, int], _Alike] = {}
        self._alike: dict[int, _Alike] = {}
        for facility_id, effective in effective_rules(cluster_of).items():
            key = effective.rules, cluster_of[facility_id]
            if key not in known:
                known[key] = self._judge(*key)
            self._alike[facility_id] = known[key]
        self._closures: Mapping[int, Sequence[Slot]] = {}

    def verdicts(self) -> dict[int, Verdict]:
        """Return how well each facility fits."""
        verdicts = {}
        open_ids = []
        for facility_id in self._cluster_of:
            alike = self._alike[facility_id]
            if alike.verdict is not None:
                verdicts[facility_id] = alike.verdict
            elif facility_id in self._hidden:
                verdicts[facility_id] = Verdict(Fit.ASK)
            else:
                open_ids.append(facility_id)
        if not open_ids:
            return verdicts
        self._closures = self._shut(open_ids)
        taken = taken_on_places(open_ids, self._window(open_ids), self._now)
        unsure = []
        for facility_id in open_ids:
            fit = self._measure(facility_id, list(taken.get(facility_id, {}).values()))
            if fit is None:
                unsure.append(facility_id)
            else:
                verdicts[facility_id] = Verdict(fit)
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
                    self._alike[facility_id].rules,
                    self._deadlines[self._cluster_of[facility_id]],
                    room_of[facility_id],
                    self._closures[facility_id],
                ),
                self._when,
                self._now,
                limit,
            )
            for facility_id in facility_ids
        }

    def _judge(self, rules: AskingRules, cluster_id: int) -> _Alike:
        deadlines = self._deadlines[cluster_id]
        within = reach(rules, deadlines, self._now)
        verdict = self._by_rules(rules, deadlines)
        ruler = None
        if verdict is None and rules.by_place:
            needed = units_needed(rules, self._when)
            if isinstance(needed, int):
                ruler = ruler_for(rules, self._when, needed, within)
        return _Alike(rules, within, verdict, ruler)

    def _by_rules(self, rules: AskingRules, deadlines: Deadlines) -> Verdict | None:
        """Return what can be said without looking at what is taken, or None."""
        if not status_allows(rules.status):
            params = {"status": rules.status}
            return Verdict(Fit.ALMOST, Refusal(RefusalCode.CLOSED_STATUS, params))
        if rules.mode is BookingMode.ELSEWHERE:
            return Verdict(Fit.ASK)
        if not rules.has_deciders:
            return Verdict(Fit.ALMOST, Refusal(RefusalCode.NOBODY_ANSWERS))
        if rules.mode is BookingMode.BY_AGREEMENT:
            return Verdict(Fit.ASK)
        why = self._out_of_reach(rules, deadlines)
        return Verdict(Fit.ALMOST, why) if why else None

    def _out_of_reach(self, rules: AskingRules, deadlines: Deadlines) -> Refusal | None:
        """Return why no date of this length and in this window can be asked for at all."""
        needed = units_needed(rules, self._when)
        if isinstance(needed, Refusal):
            return needed
        earliest = earliest_day(rules, deadlines, self._now)
        if earliest > self._when.last:
            if rules.lead_time_days and not rules.late_asking:
                return Refusal(
                    RefusalCode.TOO_LATE, {"earliest": earliest, "days": rules.lead_time_days}
                )
            return Refusal(RefusalCode.DUE_ALREADY, {"earliest": earliest})
        latest = latest_day(rules, self._now)
        if latest is not None and latest < self._when.first:
            return Refusal(RefusalCode.BEYOND_HORIZON, {"latest": latest})
        return None

    def _measure(self, facility_id: int, places: Sequence[Taken]) -> Fit | None:
        """Return how well it fits by its ruler; None: let the rules look at it themselves."""
        alike = self._alike[facility_id]
        ruler, rules = alike.ruler, alike.rules
        if ruler is None:
            return None
        if not places:
            return Fit.ALMOST
        before, after = rules.cleanup_minutes * 60, rules.setup_minutes * 60
        shut = [
            (seconds(one.starts_at), seconds(one.ends_at)) for one in self._closures[facility_id]
        ]
        # A date keeps its clean-up away from what comes after it, its set-up from before.
        touched = [
            ruler.touched(
                [(start - before, end + after) for start, end in (*taken, *shut)]
                if before or after
                else [*taken, *shut]
            )
            for taken in places
        ]
        everywhere = touched[0]
        for marks in touched[1:]:
            everywhere &= marks
        if ruler.has_room(everywhere):
            return Fit.FITS
        # On several places a date may change from one to another within a mark.
        return None if len(places) > 1 else Fit.ALMOST

    def _window(self, facility_ids: Iterable[int]) -> Slot:
        zones = {self._alike[facility_id].rules.zone: facility_id for facility_id in facility_ids}
        windows = [window_of(self._alike[one].rules, self._when) for one in zones.values()]
        return look_around(
            Slot(
                min(window.starts_at for window in windows),
                max(window.ends_at for window in windows),
            )
        )

    def _shut(self, facility_ids: Sequence[int]) -> dict[int, Sequence[Slot]]:
        wholes = [one for one in facility_ids if not self._alike[one].rules.by_place]
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
    roots = sa.select(Facility.root_id).where(among(Facility.id, facility_ids))
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
