"""When a facility is open: hours in wall time, turned into slots, half days and days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from booking.rules.slots import Slot, merge

ONE_DAY = timedelta(days=1)
_SIX_DAYS = timedelta(days=6)
_MIDNIGHT = time(0)


class Unit(StrEnum):
    """The unit in which a facility is booked and counted."""

    HOUR = "hour"
    HALF_DAY = "half_day"
    DAY = "day"


@dataclass(frozen=True)
class WeeklySpan:
    """One weekly opening in wall time; `weekday` 0 is Monday.

    Closing at or before the opening is on the next day: 00:00 is the following midnight, and
    08:00 to 08:00 lasts 24 hours. It opens on days from `valid_from` to `valid_to`, both
    inclusive; None means no limit. Spans of one facility should not overlap.
    """

    weekday: int
    opens_time: time
    closes_time: time
    valid_from: date | None = None
    valid_to: date | None = None

    def begins_on(self, day: date) -> bool:
        """Return whether the span opens on this local day."""
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class SpecialDay:
    """The hours of one single day, instead of the weekly hours; no spans: not open.

    `spans` are pairs of opening and closing in wall time, as in `WeeklySpan`. `note` is the
    owner's note on the day, "" for none.
    """

    day: date
    spans: tuple[tuple[time, time], ...] = ()
    note: str = ""


NO_HOLIDAYS: Mapping[date, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class OpeningHours:
    """The opening hours of a facility: weekly spans, special days and public holidays.

    `spans` None means that weekly hours are not stated: the facility counts as always open, on
    public holidays too. On `holidays` (names by day) no weekly span begins. A special day has
    only its own hours, also on a holiday; there is at most one for each day.

    Hours compare by value. The hash is cached, as hours are looked up often.
    """

    spans: tuple[WeeklySpan, ...] | None
    special: tuple[SpecialDay, ...] = ()
    holidays: Mapping[date, str] = field(default_factory=lambda: NO_HOLIDAYS)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        value = hash((self.spans, self.special, frozenset(self.holidays)))
        object.__setattr__(self, "_hash", value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, OpeningHours) or self._hash != other._hash:
            return False
        return (self.spans, self.special, self.holidays) == (
            other.spans,
            other.special,
            other.holidays,
        )

    @property
    def are_never(self) -> bool:
        """Return whether the facility never opens."""
        return self.spans == () and not any(day.spans for day in self.special)

    @cached_property
    def run_over_midnight(self) -> bool:
        """Return whether some opening runs over midnight."""
        return any(_MIDNIGHT < closes <= opens for opens, closes in self._stated())

    @cached_property
    def touch_midnight(self) -> bool:
        """Return whether some opening ends at midnight or runs over it."""
        if self.spans is None:
            return True
        return any(closes == _MIDNIGHT or closes <= opens for opens, closes in self._stated())

    def _stated(self) -> list[tuple[time, time]]:
        """Return all pairs of opening and closing, weekly ones and those of special days."""
        weekly = [(span.opens_time, span.closes_time) for span in self.spans or ()]
        return weekly + [pair for day in self.special for pair in day.spans]

    def special_on(self, day: date) -> SpecialDay | None:
        """Return the special day of this date, or None."""
        return next((special for special in self.special if special.day == day), None)

    def holiday_on(self, day: date) -> str | None:
        """Return the name of the public holiday on which the facility is not open, or None."""
        if self.spans is None or self.special_on(day) is not None:
            return None
        return self.holidays.get(day)

    def closed_by(self, day: date) -> str | None:
        """Return why the facility is not open on a day with weekly hours.

        The name of a public holiday, or the note on a special day; None if neither applies.
        """
        if not any(span.begins_on(day) for span in self.spans or ()):
            return None
        special = self.special_on(day)
        if special is not None:
            return None if special.spans else special.note or None
        return self.holidays.get(day)


NOT_STATED = OpeningHours(None)


@dataclass(frozen=True)
class OpenDay:
    """A local day and the open slots that begin on it, sorted and apart; empty if not open."""

    day: date
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class DayUnit:
    """One bookable day or half day.

    `half` is 0 for the morning, 1 for the afternoon, None for the whole day. The slot runs from
    the first opening to the last closing, breaks included.
    """

    day: date
    half: int | None
    slot: Slot


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the local date in `zone` at this aware instant."""
    return at.astimezone(zone).date()


def opening_day(hours: OpeningHours, zone: ZoneInfo, at: datetime) -> date:
    """Return the day to which an instant belongs: the one on which its opening begins.

    It is the local day, or the day before while an opening that began then runs over midnight.
    """
    day = local_day(at, zone)
    if not hours.run_over_midnight:
        return day
    (before,) = open_days(hours, zone, day - ONE_DAY, day - ONE_DAY)
    return before.day if before.slots and at < before.slots[-1].ends_at else day


@lru_cache(maxsize=32768)
def to_instant(zone: ZoneInfo, day: date, wall_time: time, last: bool = False) -> datetime:
    """Return the UTC instant of a wall time of `zone`.

    Of a time that exists twice this is the first, or the second with `last`. A time that the
    clock skips becomes the end of the gap.
    """
    naive = datetime.combine(day, wall_time)
    at = naive.replace(tzinfo=zone, fold=1 if last else 0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == naive:
        return at
    # In a gap the two folds give an instant on either side; in between the offset changes once,
    # at the end of the gap.
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
    return to_instant(zone, day, _MIDNIGHT)


def by_weeks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Give the days from `first` to `last` as stretches of seven, each as its first and last day.

    The last stretch may be shorter. For what is mostly found in the first one.
    """
    while first <= last:
        end = min(first + _SIX_DAYS, last)
        yield first, end
        first = end + ONE_DAY


def open_days(hours: OpeningHours, zone: ZoneInfo, first: date, last: date) -> list[OpenDay]:
    """Return every local day from `first` to `last` (inclusive) with what is open on it.

    Where hours are not stated the whole local day (23, 24 or 25 hours) is open. A span over
    midnight belongs to the day on which it begins, even into a holiday. Where the next day opens
    before it closes, the rest belongs to the next day, so no two days share time. A time that
    the clock skips moves to the end of the gap; of a time that exists twice the first opens and
    the second closes.
    """
    return list(_open_days(hours, zone, first, last))


# A search needs the same week of thousands of facilities, most of which share their hours.
@lru_cache(maxsize=256)
def _open_days(hours: OpeningHours, zone: ZoneInfo, first: date, last: date) -> tuple[OpenDay, ...]:
    special = {one.day: one for one in hours.special}
    days = [first + ONE_DAY * offset for offset in range((last - first).days + 1)]
    if hours.run_over_midnight and days:
        days = [first - ONE_DAY, *days, last + ONE_DAY]
        opened = [_slots_of(hours, special.get(day), zone, day) for day in days]
        opened = [_apart(*three) for three in zip(opened, opened[1:], opened[2:], strict=False)]
        days = days[1:-1]
    else:
        opened = [_slots_of(hours, special.get(day), zone, day) for day in days]
    return tuple(OpenDay(day, tuple(slots)) for day, slots in zip(days, opened, strict=True))


def _apart(before: Sequence[Slot], slots: Sequence[Slot], after: Sequence[Slot]) -> Sequence[Slot]:
    """Return the slots of a day, cut at its first opening and at that of the next day."""
    if slots:
        opens_at = slots[0].starts_at
        late = [Slot(max(s.starts_at, opens_at), s.ends_at) for s in before if s.ends_at > opens_at]
        slots = merge([*slots, *late])
    if after:
        closes_at = after[0].starts_at
        slots = [
            Slot(s.starts_at, min(s.ends_at, closes_at)) for s in slots if s.starts_at < closes_at
        ]
    return slots


def _slots_of(
    hours: OpeningHours, special: SpecialDay | None, zone: ZoneInfo, day: date
) -> Sequence[Slot]:
    if special is not None:
        return _spans_on(special.spans, zone, day)
    if hours.spans is None:
        return [Slot(day_starts_at(zone, day), day_starts_at(zone, day + ONE_DAY))]
    if day in hours.holidays:
        return []
    weekly = [(s.opens_time, s.closes_time) for s in hours.spans if s.begins_on(day)]
    return _spans_on(weekly, zone, day)


def _spans_on(spans: Iterable[tuple[time, time]], zone: ZoneInfo, day: date) -> list[Slot]:
    slots = []
    for opens_time, closes_time in spans:
        opens_at = to_instant(zone, day, opens_time)
        closes_on = day + ONE_DAY if closes_time <= opens_time else day
        closes_at = to_instant(zone, closes_on, closes_time, True)
        if opens_at < closes_at:  # a span may be wholly in a clock gap
            slots.append(Slot(opens_at, closes_at))
    return merge(slots)


def merged_openings(days: Iterable[OpenDay]) -> list[Slot]:
    """Return the open time as merged slots: spans that touch, also at midnight, become one."""
    return merge(slot for day in days for slot in day.slots)


def day_units(
    days: Sequence[OpenDay], unit: Unit, zone: ZoneInfo, half_day_time: time
) -> list[DayUnit]:
    """Return the bookable days or half days of `days`, in order; only open ones.

    A half without opening hours is left out. What runs over midnight belongs to the afternoon.

    Raises:
        ValueError: the unit is the hour.
    """
    if unit is Unit.HOUR:
        raise ValueError("an hour calendar has no fixed units")
    if unit is Unit.DAY:
        return [
            DayUnit(day.day, None, Slot(day.slots[0].starts_at, day.slots[-1].ends_at))
            for day in days
            if day.slots
        ]
    found: list[DayUnit] = []
    for day in days:
        if day.slots:
            found.extend(_halves(day, to_instant(zone, day.day, half_day_time)))
    return found


def _halves(day: OpenDay, split_at: datetime) -> Iterable[DayUnit]:
    morning = [slot for slot in day.slots if slot.starts_at < split_at]
    afternoon = [slot for slot in day.slots if slot.ends_at > split_at]
    if morning:
        ends_at = min(morning[-1].ends_at, split_at)
        yield DayUnit(day.day, 0, Slot(morning[0].starts_at, ends_at))
    if afternoon:
        starts_at = max(afternoon[0].starts_at, split_at)
        yield DayUnit(day.day, 1, Slot(starts_at, afternoon[-1].ends_at))
