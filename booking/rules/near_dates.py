"""Dates like those asked for, near them: on other days, at other times, or shorter."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from booking.rules.date_shapes import DateShape, shape_of, units_asked
from booking.rules.facility_snapshot import FacilitySnapshot, SearchWindow
from booking.rules.free_times import free_slots
from booking.rules.grid import first_on_grid, last_on_grid, on_grid
from booking.rules.opening import (
    ONE_DAY,
    DayUnit,
    Unit,
    day_units,
    local_day,
    open_days,
    to_instant,
)
from booking.rules.slots import Slot, common
from booking.rules.terms import RequestedDate

_MINUTE = timedelta(minutes=1)
_SATURDAY = 5
_MOST_STEPS = 200
# Another time of day is only worth naming where the same time of day is farther off than this.
_RATHER_SAME_TIME = 7


class NearDates:
    """The dates near those asked for that are free, at one facility.

    `asks` have the same extent. A length that the rules do not allow becomes the nearest that
    they do.
    """

    def __init__(
        self,
        ground: FacilitySnapshot,
        asks: Sequence[RequestedDate],
        now: datetime,
        look: SearchWindow,
    ) -> None:
        rules = ground.rules
        self._ground, self._asks, self._now = ground, asks, now
        self._rules, self._look = rules, look
        self.slots = [ask.slot for ask in asks]
        self.patterns = [shape_of(rules, slot) for slot in self.slots]
        self._free: list[Slot] = []
        self._units: list[DayUnit] = []
        self._starts: list[datetime] = []
        if ground.is_drawn:
            self._read(ground, asks[0], now, look)

    def _read(
        self, ground: FacilitySnapshot, ask: RequestedDate, now: datetime, look: SearchWindow
    ) -> None:
        rules = ground.rules
        self._free = free_slots(
            rules,
            ground.deadlines,
            ground.room,
            ground.closures,
            look.window(rules),
            now,
            whole=ask.whole,
            places=ask.places,
            ignore=ground.ignore,
        )
        if rules.unit is not Unit.HOUR:
            days = open_days(rules.hours, rules.zone, look.first, look.last)
            self._units = day_units(days, rules.unit, rules.zone, rules.half_day_time)
            self._number = {(unit.day, unit.half): n for n, unit in enumerate(self._units)}
            free = set(self._free)
            self._in_a_row = _rows([unit.slot in free for unit in self._units])
            self._starts = [unit.slot.starts_at for unit in self._units]

    @property
    def changes_lengths(self) -> bool:
        """Tell whether the rules do not allow these dates to be as long as they are."""
        rules = self._rules
        if rules.unit is Unit.HOUR:
            pairs = zip(self.patterns, self.slots, strict=True)
            return any(p is None or p.length != slot.duration for p, slot in pairs)
        return any(
            pattern is None or pattern.count != units_asked(rules, slot)
            for pattern, slot in zip(self.patterns, self.slots, strict=True)
        )

    @property
    def step(self) -> timedelta:
        """Return the step in which dates begin."""
        return self._rules.step_minutes * _MINUTE

    def shifted(self, shift: int) -> list[Slot] | None:
        """Return all dates so many days later, at the same time of day; None: one is not free."""
        found = []
        for pattern in self.patterns:
            slot = None if pattern is None else self._at(pattern, shift)
            if slot is None:
                return None
            found.append(slot)
        return found

    def all_shifted(self, direction: int) -> Iterator[list[Slot]]:
        """Return all dates together, shifted by days, the nearest first."""
        for shift in self._look.shifts(direction):
            slots = self.shifted(shift)
            if slots is not None:
                yield slots

    def moved_within_day(self, delta: timedelta) -> list[Slot] | None:
        """Return all dates so much later on their days; None: one is not free then."""
        if self._rules.unit is not Unit.HOUR:
            return None
        found = []
        for pattern in self.patterns:
            slot = None if pattern is None else self._at(pattern.moved(delta), 0)
            if slot is None:
                return None
            found.append(slot)
        return found

    def beside(self, index: int, direction: int) -> list[Slot]:
        """Return at most two free dates later (1) or earlier (-1) than this one, nearest first.

        On another day the same time of day wins over a day that is a little nearer.
        """
        pattern = self.patterns[index]
        if pattern is None:
            return []
        asked_day = pattern.day
        nearest = self._nearest(pattern, self.slots[index].starts_at, direction)
        shifts = self._look.shifts(direction)
        alike = next((s for shift in shifts if (s := self._at(pattern, shift))), None)
        if nearest is None or alike is None or alike == nearest:
            return [slot for slot in (alike or nearest,) if slot is not None]
        if self._day(nearest) == asked_day:
            return [nearest, alike]
        if abs((self._day(alike) - self._day(nearest)).days) <= _RATHER_SAME_TIME:
            return [alike]
        return [nearest, alike]

    def lengthened(self, index: int) -> Slot | None:
        """Return this date with the shortest allowed length, where it was too short; else None."""
        pattern, slot = self.patterns[index], self.slots[index]
        found = None if pattern is None else self._at(pattern, 0)
        longer = found is not None and found.starts_at == slot.starts_at
        return found if longer and found and found.duration > slot.duration else None

    def shortened(self, index: int) -> Slot | None:
        """Return the longest date within this one that is free; None: none worth naming."""
        slot, pattern = self.slots[index], self.patterns[index]
        if not self._ground.is_drawn:
            found = None if pattern is None else self._at(pattern, 0)
            return found if found and found.duration < slot.duration else None
        if self._rules.unit is Unit.HOUR:
            return self._shorter_hours(slot)
        return self._shorter_row(slot)

    def _day(self, slot: Slot) -> date:
        return local_day(slot.starts_at, self._rules.zone)

    def _at(self, pattern: DateShape, shift: int) -> Slot | None:
        day = pattern.day + ONE_DAY * shift
        if not self._ground.is_drawn:
            return self._undrawn(pattern, day)
        if self._rules.unit is not Unit.HOUR:
            number = self._number.get((day, pattern.half))
            return None if number is None else self._row_from(number, pattern)
        starts_at = to_instant(self._rules.zone, day, pattern.starts_time)
        if not on_grid(starts_at, self._rules.zone, self._rules.step_minutes):
            return None
        slot = Slot(starts_at, starts_at + pattern.length)
        position = bisect_right(self._free, slot.starts_at, key=lambda free: free.starts_at) - 1
        if position < 0 or not self._free[position].contains(slot):
            return None
        return slot if self._ground.within_quota(slot) else None

    def _undrawn(self, pattern: DateShape, day: date) -> Slot | None:
        """Return the date moved to this day; from working days only to working days."""
        if day.weekday() >= _SATURDAY > pattern.day.weekday():
            return None
        starts_at = to_instant(self._rules.zone, day, pattern.starts_time)
        slot = Slot(starts_at, starts_at + pattern.length)
        accepted = self._ground.accepts([replace(self._asks[0], slot=slot)], self._now)
        return slot if accepted else None

    def _row_from(self, number: int, pattern: DateShape) -> Slot | None:
        """Return the row of units from this one, where it is free and no longer by the calendar."""
        if self._in_a_row[number] < pattern.count:
            return None
        first, last = self._units[number], self._units[number + pattern.count - 1]
        if (last.day - first.day).days > pattern.days_between:
            return None
        slot = Slot(first.slot.starts_at, last.slot.ends_at)
        return slot if self._ground.within_quota(slot) else None

    def _nearest(self, pattern: DateShape, at: datetime, direction: int) -> Slot | None:
        if self._rules.unit is Unit.HOUR:
            return self._nearest_hours(pattern, at, direction)
        numbers = range(bisect_right(self._starts, at), len(self._starts))
        if direction < 0:
            numbers = range(bisect_left(self._starts, at) - 1, -1, -1)
        return next((s for n in numbers if (s := self._row_from(n, pattern))), None)

    def _nearest_hours(self, pattern: DateShape, at: datetime, direction: int) -> Slot | None:
        zone, step = self._rules.zone, self._rules.step_minutes
        for free in self._free if direction > 0 else reversed(self._free):
            latest = free.ends_at - pattern.length
            if direction > 0:
                starts_at = first_on_grid(max(free.starts_at, at + _MINUTE), zone, step)
            else:
                starts_at = last_on_grid(min(latest, at - _MINUTE), zone, step)
            if not free.starts_at <= starts_at <= latest:
                continue
            slot = Slot(starts_at, starts_at + pattern.length)
            if self._ground.within_quota(slot):
                return slot
        return None

    def _shorter_hours(self, slot: Slot) -> Slot | None:
        rules = self._rules
        step = rules.step_minutes * _MINUTE
        least = timedelta(hours=rules.minimum_units or 0)
        most = slot.duration - _MINUTE
        if rules.maximum_units is not None:
            most = min(most, timedelta(hours=rules.maximum_units))
        best: Slot | None = None
        for part in common([slot], self._free) if most > step else []:
            starts_at = first_on_grid(part.starts_at, rules.zone, rules.step_minutes)
            length = min(part.ends_at - starts_at, most) // step * step
            if length < step:
                continue
            found = self._within_quota(Slot(starts_at, starts_at + length))
            # Half an hour of a day is no answer.
            if found and found.duration >= least and found.duration * 2 >= most:
                best = found if best is None or found.duration > best.duration else best
        return best

    def _within_quota(self, slot: Slot) -> Slot | None:
        """Return what the organisation may still have of this date, from its start; or None."""
        step = self._rules.step_minutes * _MINUTE
        for _ in range(_MOST_STEPS):
            if self._ground.within_quota(slot):
                return slot
            if slot.duration <= step:
                return None
            slot = Slot(slot.starts_at, slot.ends_at - step)
        return None

    def _shorter_row(self, slot: Slot) -> Slot | None:
        inside = [n for n, unit in enumerate(self._units) if slot.contains(unit.slot)]
        fewest = self._rules.minimum_units or 1
        most = min(len(inside), self._rules.maximum_units or len(inside))
        best: Slot | None = None
        best_count = fewest - 1
        for position, number in enumerate(inside):
            count = min(self._in_a_row[number], most, len(inside) - position)
            if count > best_count and count * 2 >= most:
                last = self._units[number + count - 1]
                best, best_count = (
                    Slot(self._units[number].slot.starts_at, last.slot.ends_at),
                    count,
                )
        return best if best is not None and best.duration < slot.duration else None


def _rows(are_free: Sequence[bool]) -> list[int]:
    """Return for each unit how many from it on are free without a break."""
    rows = [0] * (len(are_free) + 1)
    for number in range(len(are_free) - 1, -1, -1):
        rows[number] = rows[number + 1] + 1 if are_free[number] else 0
    return rows


def with_slots(asks: Sequence[RequestedDate], slots: Sequence[Slot]) -> tuple[RequestedDate, ...]:
    """Return the same asks for other slots."""
    return tuple(replace(ask, slot=slot) for ask, slot in zip(asks, slots, strict=True))
