"""The hours of a facility for its owners: current, inherited and future ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking.clusters.public_holidays import holidays_of
from booking.facilities.effective_terms import Origin
from booking.facilities.stated_hours import stated_hours
from booking.manage.queries import ManagedFacility
from booking.rules.hours_changes import DayTimes, is_between_the_same, seasons
from booking.rules.opening import SpecialDay, WeeklySpan, local_day
from booking.rules.timetables import StatedHours, Timetable, times_on, weekly_on

HOLIDAYS_AHEAD = timedelta(days=365)


class TimetablePhase(StrEnum):
    """Whether a timetable is past, in force or in the future."""

    PAST = "past"
    NOW = "now"
    TO_COME = "to_come"


@dataclass(frozen=True)
class OwnTimetable:
    """One timetable of the facility itself.

    `is_limited`: it has a last day, so it may be changed and removed; `is_season`: and the same
    hours hold before and after it.
    """

    timetable: Timetable
    phase: TimetablePhase
    is_limited: bool
    is_season: bool


@dataclass(frozen=True)
class HolidayLine:
    """A future public holiday: its name, and its opening hours; no times: closed."""

    day: date
    name: str
    times: tuple[DayTimes, ...]
    is_special: bool


@dataclass(frozen=True)
class OwnHours:
    """All that a facility's page of hours shows; days are those of the facility's zone.

    `week` is in force today; None: nobody states hours. `week_from` names the facility above
    that states it. `special` are future single days that count here, `own_special` those the
    facility states itself. `opens_on_holidays` and `mode` are what it states itself.
    """

    managed: ManagedFacility
    today: date
    week: tuple[WeeklySpan, ...] | None
    week_origin: Origin
    week_from: str | None
    timetables: Sequence[OwnTimetable]
    special: Sequence[SpecialDay]
    own_special: frozenset[date]
    holidays: Sequence[HolidayLine]

    @property
    def above(self) -> str | None:
        """Return the name of the facility right above, or None."""
        chain = self.managed.chain
        return chain[1].name if len(chain) > 1 else None

    @property
    def has_own_week(self) -> bool:
        """Return whether it states weekly hours for today or a future day."""
        return any(own.phase is not TimetablePhase.PAST for own in self.timetables)

    def season(self, first: date) -> Timetable | None:
        """Return the season of its own that begins on this day and is not over."""
        for own in self.timetables:
            if (
                own.is_limited
                and own.phase is not TimetablePhase.PAST
                and own.timetable.valid_from == first
            ):
                return own.timetable
        return None


def own_hours(managed: ManagedFacility, now: datetime) -> OwnHours:
    """Return what the page of a facility's hours shows. Two statements."""
    rules = managed.effective.rules
    today = local_day(now, rules.zone)
    chain = managed.chain
    stated = stated_hours([one.id for one in chain])
    own = stated.get(chain[0].id, StatedHours())
    stating = _stating_today([stated.get(one.id, StatedHours()) for one in chain], today)
    spans = rules.hours.spans
    week = None if spans is None else weekly_on(spans, today)
    if stating is not None:
        origin = Origin.ABOVE if stating else Origin.OWN
    elif week is None or (not managed.effective.is_demo("spans") and _is_always(week)):
        week, origin = None, Origin.NOT_STATED
    else:
        origin = Origin.DEMO
    return OwnHours(
        managed=managed,
        today=today,
        week=week,
        week_origin=origin,
        week_from=chain[stating].name if stating else None,
        timetables=_own_timetables(own.timetables, today),
        special=[one for one in rules.hours.special if one.day >= today],
        own_special=frozenset(one.day for one in own.special),
        holidays=_holidays(managed, now, today),
    )


def _stating_today(levels: Sequence[StatedHours], today: date) -> int | None:
    """Return how many levels up today's weekly hours are stated; None: nowhere."""
    for distance, level in enumerate(levels):
        if any(timetable.counts_on(today) for timetable in level.timetables):
            return distance
    return None


def _is_always(week: Sequence[WeeklySpan]) -> bool:
    """Return whether it is open round the clock, which is what holds where nobody states hours."""
    return len(week) == 7 and all(span.opens_time == span.closes_time for span in week)


def _own_timetables(timetables: Sequence[Timetable], today: date) -> list[OwnTimetable]:
    found = []
    in_seasons = seasons(timetables)
    for one in timetables:
        if one.valid_to is not None and one.valid_to < today:
            phase = TimetablePhase.PAST
        else:
            phase = TimetablePhase.NOW if one.counts_on(today) else TimetablePhase.TO_COME
        limited = one in in_seasons
        season = limited and is_between_the_same(timetables, one)
        found.append(OwnTimetable(one, phase, limited, season))
    return found


def _holidays(managed: ManagedFacility, now: datetime, today: date) -> list[HolidayLine]:
    hours = managed.effective.rules.hours
    lines = []
    for day, name in holidays_of(managed.cluster, now).items():
        if not today <= day <= today + HOLIDAYS_AHEAD:
            continue
        lines.append(
            HolidayLine(day, name, times_on(hours, day), hours.special_on(day) is not None)
        )
    return lines
