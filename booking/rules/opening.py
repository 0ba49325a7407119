"""When a facility is open: weekly hours in wall time, made into slots, half days and days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from booking.rules.slots import Slot, merge

ONE_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


class Unit(StrEnum):
    """In what a facility is asked for and counted."""

    HOUR = "hour"
    HALF_DAY = "half_day"
    DAY = "day"


@dataclass(frozen=True)
class WeeklySpan:
    """One opening of the week in wall time; `weekday` 0 is Monday.

    Closing at or before the opening means the next day, so 00:00 is the coming midnight and
    08:00 to 08:00 is 24 hours. `valid_from` and `valid_to` are days on which it may begin, both
    inclusive; None means without limit. Spans of one facility should not overlap.
    """

    weekday: int
    opens_time: time
    closes_time: time
    valid_from: date | None = None
    valid_to: date | None = None

    def begins_on(self, day: date) -> bool:
        """Tell whether the span opens on this local day."""
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class OpenDay:
    """A local day and the open slots that begin on it, sorted and apart; none when not open."""

    day: date
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Atom:
    """One unit of a day or half-day calendar.

    `half` is 0 for the morning, 1 for the afternoon, None for the whole day. The slot runs from
    the first opening to the last closing in it; a break in between belongs to it.
    """

    day: date
    half: int | None
    slot: Slot


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the date that the calendar of `zone` shows at this aware instant."""
    return at.astimezone(zone).date()


@lru_cache(maxsize=32768)
def instant(zone: ZoneInfo, day: date, wall_time: time, last: bool = False) -> datetime:
    """Return the UTC instant of a wall time of `zone`.

    A time that exists twice is its first occurrence, or its last if asked for; a time in a
    clock gap is the end of the gap.
    """
    naive = datetime.combine(day, wall_time)
    at = naive.replace(tzinfo=zone, fold=1 if last else 0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == naive:
        return at
    # In a gap the two folds give the offsets before and after it, and so an instant on either
    # side; in between lies the end of the gap, the only place where the offset changes.
    ends = sorted(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before, after = ends
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def day_starts_at(zone: ZoneInfo, day: date) -> datetime:
    """Return the UTC instant at which the local day begins."""
    return instant(zone, day, _MIDNIGHT)


def open_days(
    spans: Sequence[WeeklySpan] | None, zone: ZoneInfo, first: date, last: date
) -> list[OpenDay]:
    """Return every local day from `first` to `last` (inclusive) with what is open on it.

    Spans None means that hours are not stated: the whole local day (23, 24 or 25 hours) is open.
    A span that runs over midnight belongs to the day on which it begins. An opening or closing
    time in a clock gap moves to the end of the gap; of a time that exists twice the first opens
    and the last closes, so nothing open is lost.
    """
    return list(_open_days(None if spans is None else tuple(spans), zone, first, last))


# A search asks for the same week of thousands of facilities, most of which share their hours.
@lru_cache(maxsize=256)
def _open_days(
    spans: tuple[WeeklySpan, ...] | None, zone: ZoneInfo, first: date, last: date
) -> tuple[OpenDay, ...]:
    days = (first + ONE_DAY * offset for offset in range((last - first).days + 1))
    return tuple(OpenDay(day, tuple(_slots_of(spans, zone, day))) for day in days)


def _slots_of(spans: tuple[WeeklySpan, ...] | None, zone: ZoneInfo, day: date) -> Iterable[Slot]:
    if spans is None:
        return (Slot(day_starts_at(zone, day), day_starts_at(zone, day + ONE_DAY)),)
    slots = []
    for span in spans:
        if span.begins_on(day):
            opens_at = instant(zone, day, span.opens_time)
            over_midnight = span.closes_time <= span.opens_time
            closes_on = day + ONE_DAY if over_midnight else day
            closes_at = instant(zone, closes_on, span.closes_time, True)
            if opens_at < closes_at:  # a span may lie in a clock gap altogether
                slots.append(Slot(opens_at, closes_at))
    return merge(slots)


def stretches(days: Iterable[OpenDay]) -> list[Slot]:
    """Return the open time without its inner seams: spans that touch, also at midnight, are one."""
    return merge(slot for day in days for slot in day.slots)


def atoms(days: Sequence[OpenDay], unit: Unit, zone: ZoneInfo, half_day_time: time) -> list[Atom]:
    """Return the units of a day or half-day calendar, in the order of `days`; only open ones.

    A half without opening does not exist. The afternoon keeps what runs over midnight.

    Raises:
        ValueError: the unit is the hour, which has no fixed pieces.
    """
    if unit is Unit.HOUR:
        raise ValueError("an hour calendar has no fixed units")
    if unit is Unit.DAY:
        return [
            Atom(day.day, None, Slot(day.slots[0].starts_at, day.slots[-1].ends_at))
            for day in days
            if day.slots
        ]
    found: list[Atom] = []
    for day in days:
        if day.slots:
            found.extend(_halves(day, instant(zone, day.day, half_day_time)))
    return found


def _halves(day: OpenDay, split_at: datetime) -> Iterable[Atom]:
    morning = [slot for slot in day.slots if slot.starts_at < split_at]
    afternoon = [slot for slot in day.slots if slot.ends_at > split_at]
    if morning:
        ends_at = min(morning[-1].ends_at, split_at)
        yield Atom(day.day, 0, Slot(morning[0].starts_at, ends_at))
    if afternoon:
        starts_at = max(afternoon[0].starts_at, split_at)
        yield Atom(day.day, 1, Slot(starts_at, afternoon[-1].ends_at))
