"""What can be requested, written a second time: by counting ticks of the clock one by one.

Written from the words of the design and not from `booking.rules`, of which it uses nothing but
the values that go in. It is slow, knows no interval and no shortcut, and so cannot share their
mistakes. All its instants are minutes since 1970; everything that it is given is on `TICK`.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

TICK = 15
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANSWERED_UNTIL = time(18)
SATURDAY = 5


def minute_of(at: datetime) -> int:
    """Return the instant as minutes since 1970; it must be on a tick."""
    minutes, rest = divmod(at - EPOCH, timedelta(minutes=1))
    assert not rest, at
    assert not minutes % TICK, at
    return minutes


def instant_of(minute: int) -> datetime:
    """Return the instant again, in UTC."""
    return EPOCH + timedelta(minutes=minute)


def ticks_of(slot) -> range:
    """Return every tick of a slot; its end is not part of it."""
    return range(minute_of(slot.starts_at), minute_of(slot.ends_at), TICK)


def all_ticks(slots) -> set[int]:
    """Return every tick of some slots."""
    return {tick for slot in slots for tick in ticks_of(slot)}


@lru_cache(maxsize=65536)
def clock_of(zone: ZoneInfo, tick: int) -> tuple[date, int]:
    """Return what clocks and calendars in the zone show: the day, and the minutes on the clock."""
    shown = instant_of(tick).astimezone(zone)
    return shown.date(), shown.hour * 60 + shown.minute


@lru_cache(maxsize=512)
def day_of(zone: ZoneInfo, day: date) -> tuple[int, ...]:
    """Return every tick at which calendars in the zone show this day: 23, 24 or 25 hours."""
    noon = minute_of(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    around = range(noon - 30 * 60, noon + 30 * 60, TICK)
    return tuple(tick for tick in around if clock_of(zone, tick)[0] == day)


def minutes_on_clock(wall_time: time) -> int:
    """Return the minutes that a clock shows past midnight."""
    return wall_time.hour * 60 + wall_time.minute


class MinuteModel:
    """One facility at one instant.

    `hours`, `rules`, `deadlines` and `room` are the values that the rules get. `closures` is any
    number of slots.
    """

    def __init__(self, rules, deadlines, room, closures, now) -> None:
        self.rules = rules
        self.deadlines = deadlines
        self.room = room
        self.zone = rules.zone
        self.now = now
        self.closed = all_ticks(closures)
        self.taken = {place: all_ticks(slots) for place, slots in room.taken.items()}
        self.today = now.astimezone(self.zone).date()
        self._begun = {}
        self._pieces = {}
        self._room = {}

    # --- open ---------------------------------------------------------------------------------

    def begun_on(self, day: date) -> list[int]:
        """Return the open ticks of all that opens on this day, also after midnight."""
        if day not in self._begun:
            own, later = self._opening(day), self._opening(day + DAY)
            # What is still open when the next day opens is that day's from then on.
            if own:
                own |= {tick for tick in self._opening(day - DAY) if tick >= min(own)}
            self._begun[day] = sorted(tick for tick in own if not later or tick < min(later))
        return self._begun[day]

    def _opening(self, day: date) -> set[int]:
        hours = self.rules.hours
        for special in hours.special:
            if special.day == day:
                return self._between(day, special.spans)
        if hours.spans is None:
            return set(day_of(self.zone, day))
        if day in hours.holidays:
            return set()
        weekly = [
            (span.opens_time, span.closes_time)
            for span in hours.spans
            if span.weekday == day.weekday()
            and not (span.valid_from and day < span.valid_from)
            and not (span.valid_to and span.valid_to < day)
        ]
        return self._between(day, weekly)

    def _between(self, day: date, spans) -> set[int]:
        found = set()
        today, tomorrow = day_of(self.zone, day), day_of(self.zone, day + DAY)
        for opens_time, closes_time in spans:
            opens, closes = minutes_on_clock(opens_time), minutes_on_clock(closes_time)
            last_day = today if closes > opens else tomorrow
            # What the clock jumps over opens and closes after the jump; of what it shows twice
            # the first opens and the last closes.
            first = next((t for t in today if clock_of(self.zone, t)[1] >= opens), tomorrow[0])
            closing = [t for t in last_day if clock_of(self.zone, t)[1] == closes]
            before = [t + TICK for t in last_day if clock_of(self.zone, t)[1] < closes]
            found |= set(range(first, (closing or before)[-1], TICK))
        return found

    def is_open(self, tick: int) -> bool:
        """Return whether the facility is open, whatever is taken or closed."""
        day = clock_of(self.zone, tick)[0]
        return tick in self.begun_on(day) or tick in self.begun_on(day - DAY)

    def pieces(self, day: date) -> list[tuple[int, int]]:
        """Return the days or half days that open on this day: first tick, and the one after."""
        if day not in self._pieces:
            self._pieces[day] = list(self._cut(day))
        return self._pieces[day]

    def _cut(self, day: date):
        ticks = self.begun_on(day)
        if self.rules.unit == "day":
            halves = [ticks]
        else:
            noon = minutes_on_clock(self.rules.half_day_time)
            splits = [t for t in day_of(self.zone, day) if clock_of(self.zone, t)[1] >= noon]
            halves = [[t for t in ticks if t < splits[0]], [t for t in ticks if t >= splits[0]]]
        for half in halves:
            if half:
                yield half[0], half[-1] + TICK

    def pieces_around(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the days or half days that open between the days of two instants."""
        day, last = clock_of(self.zone, start)[0] - 2 * DAY, clock_of(self.zone, end)[0] + DAY
        found = []
        while day <= last:
            found += self.pieces(day)
            day += DAY
        return found

    # --- free ---------------------------------------------------------------------------------

    def left(self, places, tick: int) -> int:
        """Return how many of these places nobody has at this tick."""
        return sum(tick not in self.taken.get(place, ()) for place in places)

    def has_room(self, tick: int, places: int, whole: bool) -> bool:
        """Return whether there is room at this tick."""
        key = tick, places, whole
        if key not in self._room:
            self._room[key] = self._has_room(*key)
        return self._room[key]

    def _has_room(self, tick: int, places: int, whole: bool) -> bool:
        everything = self.room.own + self.room.below
        if whole:
            return self.left(everything, tick) == len(everything) > 0
        return self.left(self.room.own, tick) >= places

    def is_busy(self, tick: int) -> bool:
        """Return whether nothing is left: no own place, or of a whole not all of it."""
        everything = self.room.own + self.room.below
        if self.rules.allows_shared and self.room.own:
            return not self.left(self.room.own, tick)
        return not everything or self.left(everything, tick) < len(everything)

    def is_partly_taken(self, tick: int) -> bool:
        """Return whether something is taken and something left."""
        everything = self.room.own + self.room.below
        return not self.is_busy(tick) and self.left(everything, tick) < len(everything)

    # --- in reach -----------------------------------------------------------------------------

    def _works_on(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.deadlines.holidays

    def due_at(self, start: int) -> datetime:
        """Return by when the cluster would answer what is sent now and begins at `start`."""
        zone = self.deadlines.zone
        day, left = self.now.astimezone(zone).date(), self.deadlines.answer_days
        while left:
            day += DAY
            left -= self._works_on(day)
        before = instant_of(start).astimezone(zone).date() - DAY
        while not self._works_on(before):
            before -= DAY
        return datetime.combine(min(day, before), ANSWERED_UNTIL, zone).astimezone(UTC)

    def lapses_at(self, first_start: int, start: int) -> datetime:
        """Return when a date ends by itself whose request is sent now."""
        zone = self.deadlines.zone
        day, left = self.due_at(first_start).astimezone(zone).date(), 5
        while left:
            day += DAY
            left -= self._works_on(day)
        evening = datetime.combine(day, ANSWERED_UNTIL, zone).astimezone(UTC)
        return min(evening, instant_of(start))

    def starts_badly(self, start: int) -> set[str]:
        """Return why nothing may begin at this instant, whatever its length."""
        rules = self.rules
        if instant_of(start) < self.now:
            return {"in_the_past"}
        if rules.mode == "by_agreement":
            return set()
        first_day = self.today + DAY * (rules.lead_time_days or 0)
        if not rules.late_asking and clock_of(self.zone, start)[0] < first_day:
            return {"too_late"}
        return {"due_already"} if self.due_at(start) <= self.now else set()

    def is_too_far(self, end: int) -> bool:
        """Return whether what ends here ends after the last day that can be requested."""
        if self.rules.horizon_days is None:
            return False
        last_day = self.today + DAY * self.rules.horizon_days
        last_tick = max([*day_of(self.zone, last_day), *self.begun_on(last_day)])
        return end > last_tick + TICK

    # --- a date -------------------------------------------------------------------------------

    def reasons(self, start: int, end: int, places: int, whole: bool, people=None) -> set[str]:
        """Return every reason against a date from `start` to `end`, by the name of its code."""
        rules = self.rules
        if rules.mode == "elsewhere":
            return {"booked_elsewhere"}
        found = self.starts_badly(start)
        if rules.status == "closed" or rules.status.startswith("planned"):
            found.add("closed_status")
        if not rules.has_deciders:
            found.add("nobody_answers")
        if self.is_too_far(end):
            found.add("beyond_horizon")
        around = range(start - rules.setup_minutes, end + rules.cleanup_minutes, TICK)
        if any(tick in self.closed for tick in around):
            found.add("closure")
        if rules.mode == "here":
            found |= self._lies_badly(start, end)
        found |= self._sits_badly(around, places, whole)
        if people is not None and people < 1:
            found.add("no_people")
        elif people is not None and rules.people_limit and people > rules.people_limit:
            found.add("too_many_people")
        return found

    def _lies_badly(self, start: int, end: int) -> set[str]:
        rules, found = self.rules, set()
        if rules.unit == "hour":
            if not all(self.is_open(tick) for tick in range(start, end, TICK)):
                found.add("not_open")
            if clock_of(self.zone, start)[1] % rules.step_minutes:
                found.add("off_grid")
            if (end - start) % rules.step_minutes:
                found.add("off_grid")
            if end - start < (rules.minimum_units or 0) * 60:
                found.add("too_short")
            elif rules.maximum_units is not None and end - start > rules.maximum_units * 60:
                found.add("too_long")
            return found
        pieces = self.pieces_around(start, end)
        if start not in [first for first, _ in pieces] or end not in [after for _, after in pieces]:
            found.add("not_open")
        count = sum(first < end and start < after for first, after in pieces)
        count = count or self._days_asked(start, end)
        if count < (rules.minimum_units or 0):
            found.add("too_short")
        elif rules.maximum_units is not None and count > rules.maximum_units:
            found.add("too_long")
        return found

    def _days_asked(self, start: int, end: int) -> int:
        """Return how many days or half days these are, whether open or not."""
        first, last = clock_of(self.zone, start), clock_of(self.zone, end - 1)
        days = (last[0] - first[0]).days + 1
        if self.rules.unit == "day":
            return days
        noon = minutes_on_clock(self.rules.half_day_time)
        return days * 2 - (first[1] >= noon) - (last[1] < noon)

    def _sits_badly(self, around: range, places: int, whole: bool) -> set[str]:
        rules, room = self.rules, self.room
        if whole and (not rules.allows_exclusive or not room.own + room.below):
            return {"not_bookable_whole"}
        found = set()
        if not whole and not rules.allows_shared:
            found.add("not_bookable_by_place")
        if not whole and places < 1:
            return found | {"no_places"}
        if not whole and places > len(room.own):
            return found | {"too_many_places"}
        if not all(self.has_room(tick, places, whole) for tick in around):
            found.add("taken")
        return found

    # --- what is drawn ------------------------------------------------------------------------

    def free_ticks(self, first: int, last: int, places: int, whole: bool) -> set[int]:
        """Return every tick of a date by the hour that is between two instants."""
        rules, found = self.rules, set()
        if not (rules.allows_exclusive if whole else rules.allows_shared):
            return found
        setup, cleanup = rules.setup_minutes, rules.cleanup_minutes
        is_clear = {
            tick: tick not in self.closed and self.has_room(tick, places, whole)
            for tick in range(first - setup - TICK, last + cleanup + TICK, TICK)
        }
        is_open = {tick: self.is_open(tick) for tick in range(first, last, TICK)}
        longest = (last - first) if rules.maximum_units is None else rules.maximum_units * 60
        shortest = (rules.minimum_units or 0) * 60
        for start in range(first, last, TICK):
            if clock_of(self.zone, start)[1] % rules.step_minutes or self.starts_badly(start):
                continue
            if not all(is_clear[t] for t in range(start - setup, start + cleanup, TICK)):
                continue
            for end in range(start + TICK, min(start + longest, last) + TICK, TICK):
                if not (is_open[end - TICK] and is_clear[end - TICK + cleanup]):
                    break
                fits = not (end - start) % rules.step_minutes and end - start >= shortest
                if fits and not self.is_too_far(end):
                    found |= set(range(start, end, TICK))
        return found

    def free_pieces(
        self, first: date, last: date, places: int, whole: bool
    ) -> set[tuple[int, int]]:
        """Return the half days or days of all dates that begin and end between two days."""
        pieces, day, found = [], first, set()
        while day <= last:
            pieces += self.pieces(day)
            day += DAY
        for number, (start, _) in enumerate(pieces):
            for to, (_, end) in enumerate(pieces[number:], start=number):
                if start < end and not self.reasons(start, end, places, whole):
                    found |= set(pieces[number : to + 1])
        return found

    def asking(self, day: date) -> str:
        """Return whether something of this day is within reach, or why not."""
        if self.rules.unit == "hour":
            pieces = [(t, t + TICK) for t in self.begun_on(day) if t not in self.closed]
        else:
            pieces = [
                (start, end)
                for start, end in self.pieces(day)
                if not any(tick in self.closed for tick in range(start, end, TICK))
            ]
        if not pieces:
            return "not_open"
        if all(self.starts_badly(start) for start, _ in pieces):
            return "too_late"
        return "not_yet" if all(self.is_too_far(end) for _, end in pieces) else "open"
