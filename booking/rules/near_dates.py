"""Dates like those requested, near them: on other days, at other times, or shorter."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from booking.rules.date_days import days_of_date
from booking.rules.date_windows import DateWindow
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import Dates, FacilitySnapshot, FreeTime
from booking.rules.grid import first_on_grid, last_on_grid, on_grid
from booking.rules.opening import ONE_DAY, Unit, day_units, local_day, open_days, to_instant
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot, common
from booking.rules.terms import LONGEST_DAYS, BookingTerms, reach

#: So many days on either side of the requested dates are looked at.
SEARCH_DAYS = 60
_SATURDAY = 5
_MOST_STEPS = 200
# Another time of day is only worth naming where the same time of day is farther off than this.
_RATHER_SAME_TIME = 7
_INSTANT = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class ShiftWindow:
    """The days in which other dates are looked for, and by how many days dates may shift.

    Shifts reach `most` days to either side of `middle`. `middle` is not 0 where the requested
    dates are out of reach: then it is the smallest shift that brings them back.
    """

    days: DateWindow
    middle: int
    most: int

    def shifts(self, direction: int) -> Iterator[int]:
        """Return the shifts in days that lead later (1) or earlier (-1), nearest first."""
        lowest, highest = self.middle - self.most, self.middle + self.most
        if direction > 0:
            return iter(range(max(1, lowest), highest + 1))
        return iter(range(min(-1, highest), lowest - 1, -1))

    def all_shifts(self) -> list[int]:
        """Return all shifts, 0 among them, nearest first and later before earlier."""
        shifts = range(self.middle - self.most, self.middle + self.most + 1)
        return sorted(shifts, key=lambda shift: (abs(shift), shift < 0))


def shift_window(
    rules: BookingTerms,
    deadlines: Deadlines,
    slots: Sequence[Slot],
    now: datetime,
    *,
    days: int = SEARCH_DAYS,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> ShiftWindow | None:
    """Return where to look for dates near `slots`; None: they are too long or too far apart."""
    days_of = [days_of_date(rules, slot) for slot in slots]
    first, last = min(one.first for one in days_of), max(one.last for one in days_of)
    if (last - first).days > LONGEST_DAYS:
        return None
    within = reach(rules, deadlines, now, ignore)
    earliest = local_day(within.from_at, rules.zone)
    latest = local_day(within.until_at - _INSTANT, rules.zone)
    shift = max(0, (earliest - first).days)
    if last > latest:
        shift = -(last - latest).days
    around = DateWindow(first + ONE_DAY * shift, last + ONE_DAY * shift).extended(days, days)
    return ShiftWindow(around, shift, days)


@dataclass(frozen=True)
class DateShape:
    """One date of a facility, in its wall time.

    By the hour `starts_time` and `length` count; by the half day `half` (0 morning, 1 afternoon)
    and `count`; by the day `count`. `days_between` the first and the last day are at most so many.
    """

    day: date
    starts_time: time
    length: timedelta
    half: int | None
    count: int
    days_between: int

    def moved(self, delta: timedelta) -> "DateShape":
        """Return the shape so much later on the clock."""
        starts = datetime.combine(self.day, self.starts_time) + delta
        return replace(self, day=starts.date(), starts_time=starts.time())


def shape_of(rules: BookingTerms, slot: Slot) -> DateShape:
    """Return the shape of a date, its length changed to the nearest that the rules allow.

    Days that are not open count like any others where the date begins or ends on one: who
    requests Saturday and Sunday wants two days.
    """
    starts = slot.starts_at.astimezone(rules.zone)
    days = days_of_date(rules, slot)
    if rules.unit is Unit.HOUR:
        length = _allowed_hours(rules, slot.duration)
        return DateShape(days.first, starts.time(), length, None, 0, days.days_between)
    half = days.first_half
    count = max(units_requested(rules, slot), rules.minimum_units or 1)
    if rules.maximum_units is not None:
        count = min(count, rules.maximum_units)
    per_day = 2 if rules.unit is Unit.HALF_DAY else 1
    fewest_days = -(-(count + (half or 0)) // per_day)
    days_between = max(fewest_days - 1, days.days_between)
    return DateShape(days.first, starts.time(), slot.duration, half, count, days_between)


def _allowed_hours(rules: BookingTerms, length: timedelta) -> timedelta:
    step = timedelta(minutes=rules.step_minutes)
    length = max(length, (rules.minimum_units or 0) * _HOUR)
    length = -(-length // step) * step
    if rules.maximum_units is not None and length > rules.maximum_units * _HOUR:
        length = max(step, rules.maximum_units * _HOUR // step * step)
    return length


def units_requested(rules: BookingTerms, slot: Slot) -> int:
    """Return how many days or half days a date of a day calendar covers.

    Only open ones count where it begins and ends with open ones; else all of them.
    """
    day = local_day(slot.starts_at, rules.zone)
    last_day = local_day(slot.ends_at - _INSTANT, rules.zone)
    days = open_days(rules.hours, rules.zone, day - ONE_DAY, last_day)
    units = [unit.slot for unit in day_units(days, rules.unit, rules.zone, rules.half_day_time)]
    inside = [unit for unit in units if slot.overlaps(unit)]
    if inside and inside[0].starts_at == slot.starts_at and inside[-1].ends_at == slot.ends_at:
        return len(inside)
    return days_of_date(rules, slot).units


class NearDates:
    """The free dates near the requested ones, at one facility.

    All requested dates are for the same number of places, or all for the whole. A length that
    the rules do not allow becomes the nearest that they do.
    """

    def __init__(self, snapshot: FacilitySnapshot, requested: Dates, window: ShiftWindow) -> None:
        self.snapshot, self.requested, self._window = snapshot, requested, window
        self._rules = rules = snapshot.rules
        self.slots = [one.slot for one in requested]
        self.shapes = [shape_of(rules, slot) for slot in self.slots]
        self._free = FreeTime(())
        if snapshot.is_drawn:
            days = replace(window.days, places=requested[0].places)
            self._free = snapshot.free_time(days, whole=requested[0].whole)
        self._number = {(unit.day, unit.half): n for n, unit in enumerate(self._free.units)}

    @property
    def changes_lengths(self) -> bool:
        """Return whether the rules do not allow these dates to be as long as they are."""
        rules = self._rules
        return any(
            shape.length != slot.duration
            or (rules.unit is not Unit.HOUR and shape.count != units_requested(rules, slot))
            for shape, slot in zip(self.shapes, self.slots, strict=True)
        )

    @property
    def step(self) -> timedelta:
        """Return the step in which dates begin."""
        return self._rules.step_minutes * _MINUTE

    def shifted(self, shift: int) -> list[Slot] | None:
        """Return all dates so many days later, at the same time of day; None: one is not free."""
        return self._each(lambda shape: self._at(shape, shift))

    def all_shifted(self, direction: int) -> Iterator[list[Slot]]:
        """Return all dates together, shifted by days, the nearest first."""
        for shift in self._window.shifts(direction):
            slots = self.shifted(shift)
            if slots is not None:
                yield slots

    def moved_within_day(self, delta: timedelta) -> list[Slot] | None:
        """Return all dates so much later on their days; None: one is not free then."""
        if self._rules.unit is not Unit.HOUR:
            return None
        return self._each(lambda shape: self._at(shape.moved(delta), 0))

    def _each(self, place: Callable[[DateShape], Slot | None]) -> list[Slot] | None:
        found = []
        for shape in self.shapes:
            slot = place(shape)
            if slot is None:
                return None
            found.append(slot)
        return found

    def free_near(self, index: int, direction: int) -> list[Slot]:
        """Return at most two free dates later (1) or earlier (-1) than this one, nearest first.

        On another day the same time of day wins over a day that is a little nearer.
        """
        shape = self.shapes[index]
        nearest = self._nearest(shape, self.slots[index].starts_at, direction)
        shifts = self._window.shifts(direction)
        alike = next((s for shift in shifts if (s := self._at(shape, shift))), None)
        if nearest is None or alike is None or alike == nearest:
            return [slot for slot in (alike or nearest,) if slot is not None]
        if self._day(nearest) == shape.day:
            return [nearest, alike]
        if abs((self._day(alike) - self._day(nearest)).days) <= _RATHER_SAME_TIME:
            return [alike]
        return [nearest, alike]

    def lengthened(self, index: int) -> Slot | None:
        """Return this date with the shortest allowed length, where it was too short; else None."""
        slot, found = self.slots[index], self._at(self.shapes[index], 0)
        if found is None or found.starts_at != slot.starts_at:
            return None
        return found if found.duration > slot.duration else None

    def shortened(self, index: int) -> Slot | None:
        """Return the longest date within this one that is free; None: none worth naming."""
        slot = self.slots[index]
        if not self.snapshot.is_drawn:
            found = self._at(self.shapes[index], 0)
        elif self._rules.unit is Unit.HOUR:
            found = self._shorter_hours(slot)
        else:
            found = self._shorter_row(slot)
        return found if found and found.duration < slot.duration else None

    def _day(self, slot: Slot) -> date:
        return local_day(slot.starts_at, self._rules.zone)

    def _at(self, shape: DateShape, shift: int) -> Slot | None:
        day = shape.day + ONE_DAY * shift
        if not self.snapshot.is_drawn:
            return self._undrawn(shape, day)
        if self._rules.unit is not Unit.HOUR:
            number = self._number.get((day, shape.half))
            return None if number is None else self._row_from(number, shape)
        starts_at = to_instant(self._rules.zone, day, shape.starts_time)
        if not on_grid(starts_at, self._rules.zone, self._rules.step_minutes):
            return None
        slot = Slot(starts_at, starts_at + shape.length)
        free = self._free.slots
        position = bisect_right(free, slot.starts_at, key=lambda one: one.starts_at) - 1
        if position < 0 or not free[position].contains(slot):
            return None
        return slot if self.snapshot.within_quota(slot) else None

    def _undrawn(self, shape: DateShape, day: date) -> Slot | None:
        """Return the date moved to this day; from working days only to working days."""
        if day.weekday() >= _SATURDAY > shape.day.weekday():
            return None
        starts_at = to_instant(self._rules.zone, day, shape.starts_time)
        slot = Slot(starts_at, starts_at + shape.length)
        return slot if self.snapshot.accepts((replace(self.requested[0], slot=slot),)) else None

    def _row_from(self, number: int, shape: DateShape) -> Slot | None:
        """Return the row of units from this one, where it is free and no longer by the calendar."""
        if self._free.in_a_row[number] < shape.count:
            return None
        first, last = self._free.units[number], self._free.units[number + shape.count - 1]
        if (last.day - first.day).days > shape.days_between:
            return None
        slot = Slot(first.slot.starts_at, last.slot.ends_at)
        return slot if self.snapshot.within_quota(slot) else None

    def _nearest(self, shape: DateShape, at: datetime, direction: int) -> Slot | None:
        if self._rules.unit is Unit.HOUR:
            return self._nearest_hours(shape, at, direction)
        starts = [unit.slot.starts_at for unit in self._free.units]
        numbers = range(bisect_right(starts, at), len(starts))
        if direction < 0:
            numbers = range(bisect_left(starts, at) - 1, -1, -1)
        return next((s for n in numbers if (s := self._row_from(n, shape))), None)

    def _nearest_hours(self, shape: DateShape, at: datetime, direction: int) -> Slot | None:
        zone, step = self._rules.zone, self._rules.step_minutes
        for free in self._free.slots if direction > 0 else reversed(self._free.slots):
            latest = free.ends_at - shape.length
            if direction > 0:
                starts_at = first_on_grid(max(free.starts_at, at + _MINUTE), zone, step)
            else:
                starts_at = last_on_grid(min(latest, at - _MINUTE), zone, step)
            if not free.starts_at <= starts_at <= latest:
                continue
            slot = Slot(starts_at, starts_at + shape.length)
            if self.snapshot.within_quota(slot):
                return slot
        return None

    def _shorter_hours(self, slot: Slot) -> Slot | None:
        rules = self._rules
        step = rules.step_minutes * _MINUTE
        least = timedelta(hours=rules.minimum_units or 0)
        most = slot.duration - _MINUTE
        if rules.maximum_units is not None:
            most = min(most, timedelta(hours=rules.maximum_units))
        found = []
        for part in common([slot], self._free.slots) if most > step else []:
            starts_at = first_on_grid(part.starts_at, rules.zone, rules.step_minutes)
            length = min(part.ends_at - starts_at, most) // step * step
            if length >= step:
                found.append(self._within_quota(Slot(starts_at, starts_at + length)))
        longest = max(filter(None, found), key=lambda one: one.duration, default=None)
        # Half an hour instead of a day is no help.
        if longest is None or longest.duration < least or longest.duration * 2 < most:
            return None
        return longest

    def _within_quota(self, slot: Slot) -> Slot | None:
        """Return what the organisation may still have of this date, from its start; or None."""
        step = self._rules.step_minutes * _MINUTE
        for _ in range(_MOST_STEPS):
            if self.snapshot.within_quota(slot):
                return slot
            if slot.duration <= step:
                return None
            slot = Slot(slot.starts_at, slot.ends_at - step)
        return None

    def _shorter_row(self, slot: Slot) -> Slot | None:
        inside = [n for n, unit in enumerate(self._free.units) if slot.contains(unit.slot)]
        fewest = self._rules.minimum_units or 1
        most = min(len(inside), self._rules.maximum_units or len(inside))
        counts = [
            min(self._free.in_a_row[number], most, len(inside) - position)
            for position, number in enumerate(inside)
        ]
        count = max(counts, default=0)
        if count < fewest or count * 2 < most:
            return None
        number = inside[counts.index(count)]
        first, last = self._free.units[number], self._free.units[number + count - 1]
        return Slot(first.slot.starts_at, last.slot.ends_at)


def with_slots(requested: Dates, slots: Sequence[Slot]) -> Dates:
    """Return the same dates at other times."""
    return tuple(replace(one, slot=slot) for one, slot in zip(requested, slots, strict=True))
