"""Weekly hours over the years: which timetable is in force on a day, also from facilities above."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from booking.rules.opening import ONE_DAY, OpeningHours, SpecialDay, WeeklySpan

_ROUND_THE_CLOCK = tuple(WeeklySpan(weekday, time(0), time(0)) for weekday in range(7))


@dataclass(frozen=True)
class Timetable:
    """Weekly hours in force from one day to another, both inclusive; None means no limit.

    Without spans nothing is open. Timetables of one facility do not overlap.
    """

    spans: tuple[WeeklySpan, ...]
    valid_from: date | None = None
    valid_to: date | None = None

    def counts_on(self, day: date) -> bool:
        """Return whether the timetable is in force on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, eq=False)
class StatedHours:
    """The hours that one facility states itself, those above it not counted.

    They compare by identity: those who read them have one object for equal ones.
    """

    timetables: tuple[Timetable, ...] = ()
    special: tuple[SpecialDay, ...] = ()


#: First and last day, both inclusive; None means no limit.
_Stretch = tuple[date | None, date | None]


def weekly_in_force(
    levels: Sequence[StatedHours], fallback: tuple[WeeklySpan, ...] | None
) -> tuple[WeeklySpan, ...] | None:
    """Return the weekly hours of a facility: on each day those of the nearest that states any.

    `levels` are the facility and those above it, nearest first. `fallback` holds on days for
    which none states hours; None means "not stated", so open round the clock. Returns `fallback`
    itself when no level states any hours.
    """
    if not any(level.timetables for level in levels):
        return fallback
    found: list[WeeklySpan] = []
    uncovered: list[_Stretch] = [(None, None)]
    for level in levels:
        for timetable in level.timetables:
            for stretch in uncovered:
                found += _clipped(timetable.spans, _common(stretch, timetable))
        uncovered = [rest for stretch in uncovered for rest in _without(stretch, level.timetables)]
    for stretch in uncovered:
        found += _clipped(_ROUND_THE_CLOCK if fallback is None else fallback, stretch)
    return tuple(found)


def special_days_in_force(levels: Sequence[StatedHours]) -> tuple[SpecialDay, ...]:
    """Return the special days that hold for a facility, sorted.

    A special day of a facility above holds unless the facility, or one in between, has a special
    day or a timetable in force on that day.
    """
    found: dict[date, SpecialDay] = {}
    for distance, level in enumerate(levels):
        for special in level.special:
            nearer = levels[:distance]
            spoken_of = any(t.counts_on(special.day) for one in nearer for t in one.timetables)
            if special.day not in found and not spoken_of:
                found[special.day] = special
    return tuple(found[day] for day in sorted(found))


def _common(stretch: _Stretch, timetable: Timetable) -> _Stretch | None:
    first = max(filter(None, (stretch[0], timetable.valid_from)), default=None)
    last = min(filter(None, (stretch[1], timetable.valid_to)), default=None)
    return None if first is not None and last is not None and last < first else (first, last)


def _without(stretch: _Stretch, timetables: Sequence[Timetable]) -> Iterator[_Stretch]:
    """Yield the parts of `stretch` on which none of `timetables` is in force."""
    since = stretch[0]
    for timetable in sorted(timetables, key=lambda one: one.valid_from or date.min):
        inside = _common((since, stretch[1]), timetable)
        if inside is None:
            continue
        if inside[0] is not None and (since is None or since < inside[0]):
            yield since, inside[0] - ONE_DAY
        if inside[1] is None or inside[1] == stretch[1]:
            return
        since = inside[1] + ONE_DAY
    yield since, stretch[1]


def _clipped(spans: Sequence[WeeklySpan], stretch: _Stretch | None) -> Iterator[WeeklySpan]:
    if stretch is None:
        return
    if stretch == (None, None):
        yield from spans
        return
    for span in spans:
        inside = _common(stretch, Timetable((), span.valid_from, span.valid_to))
        if inside == (span.valid_from, span.valid_to):
            yield span
        elif inside is not None:
            yield replace(span, valid_from=inside[0], valid_to=inside[1])


def weekly_on(spans: Sequence[WeeklySpan], day: date) -> tuple[WeeklySpan, ...]:
    """Return the weekly hours in force on `day`: spans without validity, sorted."""
    in_force = {
        replace(span, valid_from=None, valid_to=None)
        for span in spans
        if (span.valid_from is None or span.valid_from <= day)
        and (span.valid_to is None or day <= span.valid_to)
    }
    return tuple(sorted(in_force, key=lambda span: (span.weekday, span.opens_time)))


def changes_to_come(
    spans: Sequence[WeeklySpan], after: date, until: date
) -> list[tuple[date, tuple[WeeklySpan, ...]]]:
    """Return the days after `after` and up to `until` on which hours change, and the new hours."""
    edges = {span.valid_from for span in spans if span.valid_from is not None}
    edges |= {
        span.valid_to + ONE_DAY
        for span in spans
        if span.valid_to is not None and span.valid_to < date.max
    }
    found = []
    before = weekly_on(spans, after)
    for edge in sorted(edge for edge in edges if after < edge <= until):
        week = weekly_on(spans, edge)
        if week != before:
            found.append((edge, week))
        before = week
    return found


def times_on(hours: OpeningHours, day: date) -> tuple[tuple[time, time], ...]:
    """Return the openings that begin on `day`, as pairs of wall times; empty if none is stated.

    Special days and holidays count. Closing at or before the opening is on the next day.
    """
    special = hours.special_on(day)
    if special is not None:
        return special.spans
    if day in hours.holidays:
        return ()
    return usual_times_on(hours, day)


def usual_times_on(hours: OpeningHours, day: date) -> tuple[tuple[time, time], ...]:
    """Return the openings of `day` by weekly hours alone, without special days and holidays."""
    week = weekly_on(hours.spans or (), day)
    return tuple((s.opens_time, s.closes_time) for s in week if s.weekday == day.weekday())
