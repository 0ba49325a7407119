"""Changing opening hours: which spans are valid, and what timetables a change leaves.

A change never touches a day before the one from which it counts, so the past stays as it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum

from booking.rules.opening import ONE_DAY, OpenDay, WeeklySpan, merged_openings
from booking.rules.slots import Slot
from booking.rules.timetables import Timetable

_MIDNIGHT = time(0)
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES

#: The openings that one day may have.
SPANS_A_DAY = 3
#: Opening and closing in wall time; closing at or before the opening is on the next day.
DayTimes = tuple[time, time]


class SpanFault(StrEnum):
    """Why one span of a day cannot be saved."""

    ENDS_BEFORE_START = "ends_before_start"
    OVER_24_HOURS = "over_24_hours"


def span_fault(opens: time, closes: time, ends_next_day: bool) -> SpanFault | None:
    """Return what is wrong with a span as it was typed, or None.

    A span over midnight must be marked as one (`ends_next_day`). Closing at 00:00 always means
    the following midnight.
    """
    if closes == _MIDNIGHT:
        return None
    if ends_next_day:
        return SpanFault.OVER_24_HOURS if closes > opens else None
    return SpanFault.ENDS_BEFORE_START if closes <= opens else None


def overlapping_in_week(spans: Sequence[WeeklySpan]) -> list[tuple[int, int]]:
    """Return the pairs of positions whose spans overlap, the one that begins later second.

    The week wraps around: a span of Sunday night may run into Monday.
    """
    intervals = [
        _interval(span.weekday * _DAY_MINUTES, (span.opens_time, span.closes_time))
        for span in spans
    ]
    return _overlapping(intervals, ring=_WEEK_MINUTES)


def overlapping_in_day(times: Sequence[DayTimes], repeated: bool = False) -> list[tuple[int, int]]:
    """Return the overlapping pairs within one day; `repeated`: the next day has the same spans."""
    intervals = [_interval(0, one) for one in times]
    return _overlapping(intervals, ring=_DAY_MINUTES if repeated else None)


def runs_into(times: Sequence[DayTimes], next_day: Sequence[DayTimes]) -> DayTimes | None:
    """Return the opening that runs over midnight into an opening of the next day, or None."""
    starts = [opens for opens, _ in next_day]
    for opens, closes in times:
        if closes <= opens and any(start < closes for start in starts):
            return opens, closes
    return None


def _interval(day_start: int, times: DayTimes) -> tuple[int, int]:
    opens, closes = (one.hour * 60 + one.minute for one in times)
    if times[1] <= times[0]:
        closes += _DAY_MINUTES
    return day_start + opens, day_start + closes


def _overlapping(intervals: Sequence[tuple[int, int]], ring: int | None) -> list[tuple[int, int]]:
    order = sorted(range(len(intervals)), key=lambda position: intervals[position])
    found = []
    for rank, first in enumerate(order):
        _, ends = intervals[first]
        found += [(first, later) for later in order[rank + 1 :] if intervals[later][0] < ends]
        if ring is not None:
            found += [
                (first, next_time)
                for next_time in order[:rank]
                if intervals[next_time][0] + ring < ends
            ]
    return found


def starts_and_ends_open(days: Iterable[OpenDay], slot: Slot) -> bool:
    """Return whether a slot starts and ends in open time, whatever is between.

    So a confirmed date of whole days stays valid when the hours of its days grow around it.
    """
    open_slots = merged_openings(days)
    begins = any(one.starts_at <= slot.starts_at < one.ends_at for one in open_slots)
    return begins and any(one.starts_at < slot.ends_at <= one.ends_at for one in open_slots)


@dataclass(frozen=True)
class WeekChange:
    """New weekly hours from `first` on, to `last` (inclusive) or for good (None).

    With a last day it is a season. `instead_of` is an existing season that the change replaces.
    """

    spans: tuple[WeeklySpan, ...]
    first: date
    last: date | None = None
    instead_of: Timetable | None = None


class ChangeFault(StrEnum):
    """Why new hours cannot be put in force."""

    PAST = "past"
    BACKWARDS = "backwards"
    OVERLAPS_SEASON = "overlaps_season"
    IN_SEASON = "in_season"


def change_fault(
    timetables: Sequence[Timetable], change: WeekChange, today: date
) -> tuple[ChangeFault, Timetable | None] | None:
    """Return why the change cannot be made, and the season that conflicts with it, or None.

    `today` is the local day of the facility; a change may begin on it.
    """
    if change.first < today:
        return ChangeFault.PAST, None
    if change.last is not None and change.last < change.first:
        return ChangeFault.BACKWARDS, None
    for season in seasons(timetables):
        if season == change.instead_of or season.valid_from is None or season.valid_to is None:
            continue
        if change.last is None:
            if season.valid_from < change.first <= season.valid_to:
                return ChangeFault.IN_SEASON, season
        elif season.valid_from <= change.last and change.first <= season.valid_to:
            return ChangeFault.OVERLAPS_SEASON, season
    return None


def seasons(timetables: Sequence[Timetable]) -> list[Timetable]:
    """Return the timetables with a first and a last day whose hours differ from the usual ones.

    The usual ones are the first and the last of timetables that follow each other. Hours between
    two planned permanent changes count as a season too, as they end by themselves.
    """
    found: list[Timetable] = []
    for row in _rows(timetables):
        holds_on = row[-1].valid_to is None
        rest = {row[-1].spans} if holds_on else set()
        if holds_on or row[0].valid_from is None:
            rest.add(row[0].spans)
        found += [one for one in row if _is_limited(one) and one.spans not in rest]
    return found


def _is_limited(timetable: Timetable) -> bool:
    return timetable.valid_from is not None and timetable.valid_to is not None


def _rows(timetables: Sequence[Timetable]) -> list[list[Timetable]]:
    """Return the timetables in order, grouped into runs without a day in between."""
    rows: list[list[Timetable]] = []
    for one in sorted(timetables, key=lambda timetable: timetable.valid_from or date.min):
        if rows and _touch(rows[-1][-1], one):
            rows[-1].append(one)
        else:
            rows.append([one])
    return rows


def is_between_the_same(timetables: Sequence[Timetable], one: Timetable) -> bool:
    """Return whether the hours before and after it are the same, or missing on both sides."""
    before = next((other.spans for other in timetables if _touch(other, one)), None)
    after = next((other.spans for other in timetables if _touch(one, other)), None)
    return before == after


def with_change(
    timetables: Sequence[Timetable], change: WeekChange, today: date
) -> tuple[Timetable, ...]:
    """Return the timetables after the change, sorted, without overlaps.

    A season replaces its days; the hours before it go on after it. A permanent change keeps the
    seasons that begin later.
    """
    stated = list(timetables)
    if change.instead_of is not None:
        since = min(change.first, (change.instead_of.valid_to or change.first) + ONE_DAY)
        stated = list(without_season(stated, change.instead_of, since, today))
    kept_seasons: list[Timetable] = []
    if change.last is None:
        kept_seasons = [
            season
            for season in seasons(stated)
            if season.valid_from is not None and season.valid_from >= change.first
        ]
    new = Timetable(change.spans, change.first, change.last)
    kept = [
        rest
        for one in stated
        if one not in kept_seasons
        for rest in _outside(one, change.first, change.last)
    ]
    pieces = [new]
    for season in kept_seasons:
        pieces = [rest for piece in pieces for rest in _outside_of(piece, season)]
    return joined([*kept, *kept_seasons, *pieces])


def without_season(
    timetables: Sequence[Timetable], season: Timetable, since: date, today: date
) -> tuple[Timetable, ...]:
    """Return the timetables without a season; its past days stay.

    A season in force ends the day before `since`. The hours before it fill its days, or those
    after it where a season comes before; without either, the facility above decides.
    """
    others = [one for one in timetables if one != season]
    starts, ends = season.valid_from or date.min, season.valid_to or date.max
    begun = starts < today
    gone_from = max(since, today) if begun else starts
    result = list(others)
    if begun and starts < gone_from:
        result.append(replace(season, valid_to=min(gone_from - ONE_DAY, ends)))
    filling = _hours_around(timetables, season)
    if filling is not None and gone_from <= ends:
        result.append(Timetable(filling.spans, gone_from, season.valid_to))
    return joined(result)


def without_own(timetables: Sequence[Timetable], first: date) -> tuple[Timetable, ...]:
    """Return the timetables without the facility's own hours from `first` on."""
    return joined([rest for one in timetables for rest in _outside(one, first, None)])


def joined(timetables: Sequence[Timetable]) -> tuple[Timetable, ...]:
    """Return the timetables sorted, neighbours with the same hours joined."""
    found: list[Timetable] = []
    for one in sorted(timetables, key=lambda timetable: timetable.valid_from or date.min):
        before = found[-1] if found else None
        if before is not None and before.spans == one.spans and _touch(before, one):
            found[-1] = replace(before, valid_to=one.valid_to)
        else:
            found.append(one)
    return tuple(found)


def _touch(before: Timetable, after: Timetable) -> bool:
    if before.valid_to is None or after.valid_from is None or before.valid_to == date.max:
        return False
    return before.valid_to + ONE_DAY == after.valid_from


def _hours_around(timetables: Sequence[Timetable], season: Timetable) -> Timetable | None:
    """Return the neighbour whose hours fill the days of a removed season, or None."""
    before = next((one for one in timetables if _touch(one, season)), None)
    after = next((one for one in timetables if _touch(season, one)), None)
    if before is None:
        return None
    interrupted = seasons(timetables)
    if before in interrupted:
        return None if after is None or after in interrupted else after
    return before


def _outside_of(piece: Timetable, season: Timetable) -> Iterator[Timetable]:
    if season.valid_from is not None:
        yield from _outside(piece, season.valid_from, season.valid_to)


def _outside(timetable: Timetable, first: date, last: date | None) -> Iterator[Timetable]:
    """Yield what is left of a timetable without the days from `first` to `last`."""
    starts, ends = timetable.valid_from, timetable.valid_to
    if starts is None or starts < first:
        before = first - ONE_DAY
        yield replace(timetable, valid_to=before if ends is None else min(ends, before))
    if last is not None and (ends is None or last < ends):
        after = last + ONE_DAY
        yield replace(timetable, valid_from=after if starts is None else max(starts, after))
