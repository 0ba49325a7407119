"""What owners do in the model: close, change hours and places, resolve affected dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from booking.rules.opening import WeeklySpan
from booking.rules.slots import Slot
from tests.rules.minute_model import clock_of, day_of, instant_of, minutes_on_clock
from tests.walk.federation import CALENDAR, PEOPLE, ZONES, Times
from tests.walk.history import OPEN, Date, Request
from tests.walk.model import NOT_FOUND, OK, Answer, Model, by_state, places_taken

#: Which rule a date breaks that is affected by this.
BREAKS = {"closure": "closure", "hours": "not_open"}
Effect = tuple[str, int]
HOURS: Effect = ("hours", 0)


@dataclass
class Closure:
    """Time in which a facility (None: its cluster) is closed; `ends_at` None is without end."""

    facility: str | None
    cluster: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    is_public: bool

    @property
    def slot(self) -> Slot:
        """Return its stretch; without an end it goes on beyond all that happens here."""
        return Slot(self.starts_at, self.ends_at or AFTER_ALL)

    @property
    def shown_reason(self) -> str:
        """Return what both sides read of its reason."""
        return self.reason if self.is_public else ""


BEFORE_ALL = instant_of(day_of(ZONES["seine"], CALENDAR[0])[0])
AFTER_ALL = instant_of(day_of(ZONES["seine"], CALENDAR[-1])[0])
EVER = Slot(BEFORE_ALL, AFTER_ALL)
NEAR = timedelta(days=2)


class OwnersModel(Model):
    """The clusters, with closures and changes by owners."""

    def __init__(self) -> None:
        super().__init__()
        self.closures: dict[int, Closure] = {}
        #: How many dates the last change newly affected, including those already marked; and
        #: how many it freed itself, without those whose closure had already passed.
        self.newly_affected = self.newly_free = 0

    def closed(self, name: str, whole: bool) -> list[Slot]:
        """Return when a facility, one above, its cluster, or (for the whole) a part is closed."""
        return [closure.slot for _, closure in self._closing(name, whole)]

    def _closing(self, name: str, whole: bool) -> list[tuple[int, Closure]]:
        names = {node.name for node in self.chain(name)}
        names |= set(self.below(name)) if whole else set()
        cluster = self.nodes[name].cluster
        return [
            (number, closure)
            for number, closure in self.closures.items()
            if closure.facility in names
            or (closure.facility is None and closure.cluster == cluster)
        ]

    # --- affected dates -----------------------------------------------------------------------

    def disruptions(self, request: Request, one: Date) -> set[Effect]:
        """Return all that affects the rest of a date that is not over."""
        rules = self.rules(request.facility)
        around = Slot(
            instant_of(one.start - rules.setup_minutes),
            instant_of(one.end + rules.cleanup_minutes),
        )
        found: set[Effect] = {
            ("closure", number)
            for number, closure in self._closing(request.facility, one.whole)
            if closure.slot.overlaps(around) and closure.slot.ends_at > self.now
        }
        return found | ({HOURS} if "not_open" in self.broken_by(request, one) else set())

    def to_come(self, names: set[str], about: Slot) -> list[tuple[int, Request, Date]]:
        """Return the future dates here and below, and whole bookings above.

        Only those around the time that a change is about are looked at.
        """
        first, last = about.starts_at - NEAR, about.ends_at + NEAR
        inside = names | {part for name in names for part in self.below(name)}
        above = {node.name for name in names for node in self.chain(name)}
        return [
            (number, request, one)
            for number, request in enumerate(self.requests)
            for one in request.dates
            if (request.facility in inside or (one.whole and request.facility in above))
            and self.may_come(one)
            and one.ends_at > first
            and instant_of(one.start) < last
        ]

    def may_come(self, one: Date) -> bool:
        """Return whether a date may still take place."""
        return one.is_to_come(self.now)

    def change(
        self,
        names: set[str],
        person: str,
        reason: str,
        do: Callable[[], object],
        about: Slot = EVER,
    ) -> None:
        """Make a change: mark dates that it newly affects, unmark those that it does not."""
        before = {
            one: self.disruptions(request, one) for _, request, one in self.to_come(names, about)
        }
        do()
        self.changed()
        new: dict[tuple[int, str], list[Date]] = {}
        freed: dict[tuple[int, str], list[Date]] = {}
        self.newly_affected = self.newly_free = 0
        for number, request, one in self.to_come(names, about):
            after = self.disruptions(request, one)
            self.newly_affected += bool(after - before[one])
            if one.marked and not after:
                one.marked = False
                self.newly_free += bool(before[one])
                freed.setdefault((number, one.state), []).append(one)
            elif not one.marked and after - before[one]:
                one.marked = True
                new.setdefault((number, one.state), []).append(one)
        for event, groups, why in (("affected", new, reason), ("lifted", freed, "")):
            for (number, state), dates in groups.items():
                self.tell(number, dates, state, state, "owner", person, why, event, neutral=True)

    # --- closures -----------------------------------------------------------------------------

    def _may_close(self, person: str, facility: str | None, cluster: str) -> Answer | None:
        closes = [name for name, node in self.nodes.items() if node.cluster == cluster]
        if facility is not None:
            closes = [facility, *self.below(facility)]
        mine = [name for name in closes if person in self.deciders(name, None)]
        if not mine or (facility is not None and facility not in mine):
            return NOT_FOUND
        return None if mine == closes else ("Forbidden",)

    def _closes(self, facility: str | None, cluster: str) -> set[str]:
        if facility is not None:
            return {facility}
        return {name for name, node in self.nodes.items() if node.cluster == cluster}

    def close(self, person: str, number: int, closure: Closure) -> Answer:
        """Close a facility or a cluster; it begins now at the earliest."""
        no = self._may_close(person, closure.facility, closure.cluster)
        if no is not None:
            return no
        if closure.ends_at is not None and closure.ends_at <= self.now:
            return ("Invalid",)
        closure.starts_at = max(closure.starts_at, self.now)
        self.change(
            self._closes(closure.facility, closure.cluster),
            person,
            closure.shown_reason,
            lambda: self.closures.update({number: closure}),
            closure.slot,
        )
        return OK

    def end_closure(self, person: str, number: int) -> Answer:
        """End a closure now."""
        closure = self.closures[number]
        no = self._may_close(person, closure.facility, closure.cluster)
        if no is not None:
            return no
        stays = closure.starts_at < self.now

        def do() -> None:
            if stays:
                closure.ends_at = min(closure.ends_at or self.now, self.now)
            else:
                del self.closures[number]

        names = self._closes(closure.facility, closure.cluster)
        self.change(names, person, "", do, closure.slot)
        return "ok", stays

    def move_end(self, person: str, number: int, ends_at: datetime | None) -> Answer:
        """End a closure at another time, or extend it until further notice."""
        closure = self.closures[number]
        no = self._may_close(person, closure.facility, closure.cluster)
        if no is not None:
            return no
        if closure.ends_at is not None and closure.ends_at <= self.now:
            return "conflict", "over"
        if ends_at is not None and (ends_at <= self.now or ends_at <= closure.starts_at):
            return ("Invalid",)
        later = max(closure.ends_at or AFTER_ALL, ends_at or AFTER_ALL)
        self.change(
            self._closes(closure.facility, closure.cluster),
            person,
            closure.shown_reason,
            lambda: setattr(closure, "ends_at", ends_at),
            Slot(closure.starts_at, later),
        )
        return OK

    # --- hours --------------------------------------------------------------------------------

    def today(self, name: str) -> date:
        """Return the day that the calendar of a facility shows."""
        return self.now.astimezone(ZONES[self.nodes[name].cluster]).date()

    def change_hours(self, person: str, name: str, first: date, do: Callable[[], object]) -> Answer:
        """Change what is open from a day on."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        if first < self.today(name):
            return ("Invalid",)
        self.change({name}, person, "", do)
        return OK

    def set_week(self, name: str, first: date, spans: tuple[WeeklySpan, ...] | None) -> None:
        """State weekly hours from a day on, or none any more."""
        changes = self.nodes[name].changes
        changes[:] = [one for one in changes if one[0] < first]
        changes.append((first, spans))

    def set_special(self, name: str, days: Sequence[date], times: Times) -> None:
        """Say what is open on single days."""
        self.nodes[name].special.update(dict.fromkeys(days, times))

    # --- places -------------------------------------------------------------------------------

    def set_terms(
        self,
        person: str,
        name: str,
        places: int,
        holds: bool | None,
        automatic: str | None,
        turn_days: int | None = None,
    ) -> Answer:
        """Set how many places there are, whether requested dates hold them, for whom a rule
        confirms them at once, and whether there is a waiting list, with turns of so many days."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        node, had = self.nodes[name], self.nodes[name].places
        if places < had and not self._can_do_with(name, places):
            return ("DatesInTheWay",)
        node.places = places
        node.own["pending_holds"] = holds
        node.own["automatic_for"] = automatic
        node.own["waiting_list_days"] = turn_days
        self.changed()
        above = {one.name for one in self.chain(name)}
        wholes = [
            one
            for request in self.requests
            for one in request.dates
            if one.whole and request.facility in above
        ]
        for one in wholes:
            one.seats[name] = places
        for one in wholes:
            self._follow(one, name)
        return OK

    def _follow(self, one: Date, name: str) -> None:
        """Let what holds a part of a whole hold all places of one facility that others have not."""
        if not one.part:
            return
        had = places_taken([one.replaces] if one.replaces and one.replaces.sits(self.now) else [])
        for tick in one.around:
            missing = one.seats[name] - had.get((name, tick), 0)
            one.part[name, tick] = missing
            if missing <= 0:
                del one.part[name, tick]

    def _can_do_with(self, name: str, places: int) -> bool:
        """Return whether confirmed dates, and requested ones that fit, fit on fewer places."""
        taken: dict[int, int] = {}
        waiting: list[Date] = []
        for request in self.requests:
            for one in request.dates:
                if request.facility != name or one.whole:
                    continue
                holds = one.holds_something(self.now)
                if holds and instant_of(one.around[-1]) >= self.now:
                    for _, tick, count in one.taking():
                        taken[tick] = taken.get(tick, 0) + count
                elif not holds and self.may_come(one):
                    waiting.append(one)
        if any(count > places for count in taken.values()):
            return False
        had = self.nodes[name].places
        for one in waiting:
            fitted = self._fits(name, one)
            self.nodes[name].places = places
            fits = self._fits(name, one)
            self.nodes[name].places = had
            if fitted and not fits:
                return False
        return True

    # --- settling -----------------------------------------------------------------------------

    def keep(self, person: str, chosen: Sequence[tuple[int, int]], reason: str) -> Answer:
        """Keep affected dates as they are."""
        groups = self._groups(person, chosen)
        if groups is None:
            return NOT_FOUND
        disruption = {
            one: self.disruptions(self.requests[number], one)
            for number, dates in groups
            for one in dates
            if self.may_come(one)
        }
        if any(not one.marked or not disruption.get(one) for _, dates in groups for one in dates):
            return "conflict", "already_decided"
        for number, dates in groups:
            for one in dates:
                one.overrides |= {BREAKS[cause] for cause, _ in disruption[one]}
                one.marked = False
            for state in dict.fromkeys(one.state for one in dates):
                alike = [one for one in dates if one.state == state]
                self.tell(number, alike, state, state, "owner", person, reason, "kept")
        return OK

    def end(self, person: str, chosen: Sequence[tuple[int, int]], reason: str) -> Answer:
        """Cancel or decline affected dates."""
        groups = self._groups(person, chosen)
        if groups is None:
            return NOT_FOUND
        for _, dates in groups:
            if not all(one.marked for one in dates):
                return "conflict", "already_decided"
            if any(one.ends_at <= self.now for one in dates):
                return "conflict", "over"
            if any(one.state in OPEN and not self.may_come(one) for one in dates):
                return "conflict", "already_decided"
        named = {number: self.named_for(number) for number, _ in groups}
        for number, dates in groups:
            ends = {
                "proposed": "withdrawn",
                "requested": "declined",
                "accepted": "declined",
                "confirmed": "cancelled",
            }
            order = ["withdrawn", "declined", "cancelled"]
            for alike in sorted(by_state(dates), key=lambda some: order.index(ends[some[0].state])):
                state = alike[0].state
                ends_at = [one.lapses_at for one in alike if one.replaces and one.lapses_at]
                self._step(number, alike, ends[state], "owner", person, reason, named=named[number])
                if state == "proposed" and ends_at:
                    self.move_clock(alike, max(ends_at), forwards=False)
        return OK

    def _groups(
        self, person: str, chosen: Sequence[tuple[int, int]]
    ) -> list[tuple[int, list[Date]]] | None:
        groups: dict[int, list[Date]] = {}
        for number, index in sorted(chosen):
            if person not in self.judges(number):
                return None
            groups.setdefault(number, []).append(self.requests[number].dates[index])
        return list(groups.items())


def wall(cluster: str, day: date, wall_time: time) -> datetime:
    """Return the first instant at which clocks there show this time on this day."""
    minutes = minutes_on_clock(wall_time)
    ticks = day_of(ZONES[cluster], day)
    return instant_of(next(t for t in ticks if clock_of(ZONES[cluster], t)[1] >= minutes))


def may_act(name: str) -> bool:
    """Return whether somebody can sign in."""
    return PEOPLE[name].is_active
