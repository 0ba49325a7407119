"""The little federation a second time, without a database: who holds what, in which state.

What can be asked for is counted by `tests.rules.minute_model`; what a step does is written here
from the words of the design. Each step returns what the product must answer, and moves the model
on where the answer is yes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from booking.rules.asking import AskingRules, BookingMode, Deadlines
from booking.rules.availability import Room
from booking.rules.opening import Hours, SpecialDay, Unit, WeeklySpan
from booking.rules.slots import Slot
from tests.rules.minute_model import TICK, MinuteModel, instant_of

#: A Monday, two weeks before clocks change and Easter, both in the night to 28 March 2027.
BEGIN = datetime(2027, 3, 15, 8, tzinfo=UTC)
ZONES = {"seine": ZoneInfo("Europe/Paris"), "tammer": ZoneInfo("Europe/Helsinki")}
ANSWER_DAYS = {"seine": 3, "tammer": 2}
HOLIDAYS = {
    "seine": [date(2027, 3, 29), date(2027, 5, 1), date(2027, 5, 6), date(2027, 5, 8)],
    "tammer": [
        date(2027, 3, 26),
        date(2027, 3, 28),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
    ],
}
#: What owners may do although partners may not ask for it.
FREEDOM = {"too_late", "due_already", "beyond_horizon", "nobody_answers"}
GRAPH = {
    None: {"requested", "confirmed"},
    "requested": {"confirmed", "declined", "withdrawn", "lapsed"},
    "confirmed": {"cancelled"},
}


@dataclass(frozen=True)
class Person:
    """Somebody; `approves` a facility, `coordinates` a cluster, works for a `firm`."""

    firm: str | None = None
    approves: str | None = None
    coordinates: str | None = None
    is_active: bool = True


PEOPLE = {
    "anna": Person("one"),
    "bert": Person("two"),
    "carl": Person("three", approves="hall"),
    "hana": Person(approves="hall"),
    "ivar": Person(approves="bench", is_active=False),
    "rick": Person(approves="rack"),
    "cora": Person(coordinates="seine"),
    "lena": Person(coordinates="tammer"),
}


def weekly(weekdays: Iterable[int], *times: tuple[str, str]) -> tuple[WeeklySpan, ...]:
    """Return the same hours on some weekdays."""
    return tuple(
        WeeklySpan(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
        for weekday in weekdays
        for opens, closes in times
    )


@dataclass
class Node:
    """A facility; `own` are the values that it states, `weekly` None states no hours."""

    name: str
    cluster: str
    parent: str | None
    places: int
    own: dict[str, Any]
    weekly: tuple[WeeklySpan, ...] | None = None
    special: dict[date, tuple[tuple[time, time], ...]] = field(default_factory=dict)


def federation() -> dict[str, Node]:
    """Return a hall with two parts, and a laboratory elsewhere."""
    hall = Node(
        "hall",
        "seine",
        None,
        2,
        {
            "unit": "hour",
            "step_minutes": 60,
            "maximum_units": 12,
            "setup_minutes": 30,
            "cleanup_minutes": 30,
        },
        # At work by day, and through the night in which the clocks change.
        weekly(range(5), ("08:00", "18:00")) + weekly([5], ("20:00", "04:00")),
    )
    bench = Node(
        "bench",
        "seine",
        "hall",
        1,
        {"setup_minutes": 0, "cleanup_minutes": 15, "pending_holds": True},
    )
    rack = Node(
        "rack",
        "seine",
        "hall",
        1,
        {"unit": "day", "maximum_units": 4},
        weekly(range(7), ("08:00", "17:00")),
    )
    lab = Node(
        "lab",
        "tammer",
        None,
        1,
        {"unit": "half_day", "lead_time_days": 3, "horizon_days": 15, "pending_holds": True},
        weekly(range(6), ("08:00", "12:00"), ("13:00", "17:00")),
    )
    return {node.name: node for node in (hall, bench, rack, lab)}


@dataclass(eq=False)
class Date:
    """One date: `seats` says how many places of which facility it takes while it is `seated`."""

    start: int
    end: int
    state: str
    lapses_at: datetime | None
    around: range
    seats: dict[str, int]
    seated: bool = False
    held_until: datetime | None = None
    overrides: set[str] = field(default_factory=set)

    def sits(self, now: datetime) -> bool:
        """Tell whether its places are taken at this instant, for others."""
        return self.seated and (self.held_until is None or self.held_until > now)

    @property
    def ends_at(self) -> datetime:
        """Return when it is over."""
        return instant_of(self.end)


@dataclass
class Request:
    """One request for one facility; `asker` None is what an owner entered."""

    facility: str
    whole: bool
    places: int
    firm: str | None
    requester: str
    entered: bool
    due_at: datetime | None
    dates: list[Date]

    @property
    def asker(self) -> str | None:
        """Return who may not decide on it."""
        return None if self.entered else self.requester


@dataclass(frozen=True)
class Told:
    """One line of the log that must be there, and who is told of it."""

    request: int
    event: str
    before: str | None
    after: str
    side: str
    actor: str | None
    colleague: bool
    dates: tuple[int, ...]
    reason: str
    people: frozenset[str]


Answer = tuple[Any, ...]
Stretches = Sequence[tuple[int, int]]
OK = ("ok",)
NOT_FOUND = ("NotFound",)


class Model:
    """The federation at one instant."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.nodes = federation()
        self.requests: list[Request] = []
        self.told: list[Told] = []
        #: Closures by number: the facility (None: its cluster), the cluster, and the slots.
        self.closures: dict[int, tuple[str | None, str, tuple[Slot, ...]]] = {}

    # --- what stands --------------------------------------------------------------------------

    def chain(self, name: str) -> list[Node]:
        """Return a facility and all above it, nearest first."""
        found = [self.nodes[name]]
        while found[-1].parent:
            found.append(self.nodes[found[-1].parent])
        return found

    def below(self, name: str) -> list[str]:
        """Return all facilities below one."""
        children = [node.name for node in self.nodes.values() if node.parent == name]
        return children + [one for child in children for one in self.below(child)]

    def stated(self, name: str, value: str, default: Any = None) -> Any:
        """Return a value as the facility states it, or the nearest above that does."""
        found = [node.own[value] for node in self.chain(name) if node.own.get(value) is not None]
        return found[0] if found else default

    def rules(self, name: str) -> AskingRules:
        """Return the terms of a facility."""
        node = self.nodes[name]
        hours = next(one for one in self.chain(name) if one.weekly is not None)
        return AskingRules(
            zone=ZONES[node.cluster],
            unit=Unit(self.stated(name, "unit", "hour")),
            minimum_units=self.stated(name, "minimum_units"),
            maximum_units=self.stated(name, "maximum_units"),
            lead_time_days=self.stated(name, "lead_time_days"),
            horizon_days=self.stated(name, "horizon_days"),
            step_minutes=self.stated(name, "step_minutes", 30),
            half_day_time=time(12, 30),
            people_limit=None,
            setup_minutes=self.stated(name, "setup_minutes", 0),
            cleanup_minutes=self.stated(name, "cleanup_minutes", 0),
            hours=Hours(
                hours.weekly,
                tuple(SpecialDay(day, spans) for day, spans in sorted(hours.special.items())),
                {} if self.stated(name, "opens_on_holidays") else self._holidays(node.cluster),
            ),
            status="open",
            mode=BookingMode.HERE,
            has_deciders=bool(self.deciders(name, None)),
            by_place=True,
            whole=True,
        )

    def _holidays(self, cluster: str) -> dict[date, str]:
        return dict.fromkeys(HOLIDAYS[cluster], "Holiday")

    def deciders(self, name: str, asker: str | None) -> frozenset[str]:
        """Return who may decide: the nearest approvers who can, and the coordinators."""

        def able(names: Iterable[str]) -> set[str]:
            return {one for one in names if PEOPLE[one].is_active and one != asker}

        found: set[str] = set()
        for node in self.chain(name):
            found = able(one for one, person in PEOPLE.items() if person.approves == node.name)
            if found:
                break
        cluster = self.nodes[name].cluster
        return frozenset(
            found | able(one for one, person in PEOPLE.items() if person.coordinates == cluster)
        )

    def shut(self, name: str, whole: bool) -> list[Slot]:
        """Return when a facility is shut: by itself, above, by its cluster, or a part of all."""
        names = {node.name for node in self.chain(name)}
        names |= set(self.below(name)) if whole else set()
        cluster = self.nodes[name].cluster
        return [
            slot
            for facility, of_cluster, slots in self.closures.values()
            if facility in names or (facility is None and of_cluster == cluster)
            for slot in slots
        ]

    def count(
        self,
        name: str,
        whole: bool,
        *,
        without: Iterable[Date] = (),
        beside: Iterable[Date] = (),
    ) -> MinuteModel:
        """Return the ticks of one facility as they are now; `beside` counts as seated."""
        node = self.nodes[name]
        own = tuple((name, number) for number in range(node.places))
        below = tuple(
            (child, number)
            for child in self.below(name)
            for number in range(self.nodes[child].places)
        )
        due = Deadlines(
            ANSWER_DAYS[node.cluster], ZONES[node.cluster], frozenset(HOLIDAYS[node.cluster])
        )
        counted = MinuteModel(
            self.rules(name), due, Room(own, below, {}), self.shut(name, whole), self.now
        )
        left_out = set(without)
        seated = [d for d in self.all_dates() if d.sits(self.now) and d not in left_out]
        numbers: dict[tuple[str, int], int] = {}
        for one in [*seated, *beside]:
            for facility, places in one.seats.items():
                for tick in one.around:
                    numbers[facility, tick] = numbers.get((facility, tick), 0) + places
        # Which of its places a date sits on does not matter: so many of them are gone.
        counted.taken = {(facility, place): set() for facility, place in own + below}
        for (facility, tick), gone in numbers.items():
            for place in range(gone):
                counted.taken.setdefault((facility, place), set()).add(tick)
        return counted

    def all_dates(self) -> list[Date]:
        """Return all dates of all requests."""
        return [one for request in self.requests for one in request.dates]

    def seats(self, name: str, whole: bool, places: int) -> dict[str, int]:
        """Return how many places of which facility a date takes."""
        if not whole:
            return {name: places}
        return {one: self.nodes[one].places for one in [name, *self.below(name)]}

    # --- asking -------------------------------------------------------------------------------

    def reasons(
        self, name: str, stretches: Stretches, whole: bool, places: int, lifted: set[str]
    ) -> set[tuple[int | None, str]]:
        """Return every reason against these dates of one request, each with its number."""
        alone = self.count(name, whole)
        found: set[tuple[int | None, str]] = set()
        seated: list[Date] = []
        for number, (start, end) in enumerate(stretches):
            codes = alone.reasons(start, end, places, whole)
            found |= {(number, code) for code in codes}
            if not whole and not 1 <= places <= self.nodes[name].places:
                continue
            one = self._date(name, start, end, whole, places, "requested", None)
            if self._fits(name, one, whole, places, beside=seated):
                seated.append(one)
            elif "taken" not in codes:
                found.add((number, "dates_overlap"))
        return {reason for reason in found if reason[1] not in lifted}

    def _date(
        self,
        name: str,
        start: int,
        end: int,
        whole: bool,
        places: int,
        state: str,
        lapses_at: datetime | None,
    ) -> Date:
        rules = self.rules(name)
        around = range(start - rules.setup_minutes, end + rules.cleanup_minutes, TICK)
        return Date(start, end, state, lapses_at, around, self.seats(name, whole, places))

    def _fits(
        self,
        name: str,
        one: Date,
        whole: bool,
        places: int,
        *,
        without: Iterable[Date] = (),
        beside: Iterable[Date] = (),
    ) -> bool:
        counted = self.count(name, whole, without=without, beside=beside)
        return all(counted.has_room(tick, places, whole) for tick in one.around)

    def send(
        self, person: str, name: str, stretches: Stretches, whole: bool, places: int
    ) -> Answer:
        """Ask for dates."""
        if PEOPLE[person].firm is None:
            return ("Forbidden",)
        reasons = self.reasons(name, stretches, whole, places, set())
        if not self.deciders(name, person):
            reasons.add((None, "nobody_answers"))
        if reasons:
            return "refused", frozenset(reasons)
        counted = self.count(name, whole)
        first = min(start for start, _ in stretches)
        dates = [
            self._date(
                name, start, end, whole, places, "requested", counted.lapses_at(first, start)
            )
            for start, end in sorted(stretches)
        ]
        if self.stated(name, "pending_holds", False):
            for one in dates:
                one.seated, one.held_until = True, one.lapses_at
        due = counted.due_at(first)
        kept = self._kept(name, whole, places)
        self.requests.append(
            Request(name, whole, kept, PEOPLE[person].firm, person, False, due, dates)
        )
        self._tell(len(self.requests) - 1, dates, None, "requested", "requester", person)
        return OK

    def enter(
        self,
        person: str,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        firm: str | None,
    ) -> Answer:
        """Enter own use (no firm), or a booking on behalf of a firm."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        if firm is not None and firm == PEOPLE[person].firm:
            return ("Invalid",)
        reasons = self.reasons(name, stretches, whole, places, FREEDOM)
        if reasons:
            return "refused", frozenset(reasons)
        dates = [
            self._date(name, start, end, whole, places, "confirmed", None)
            for start, end in sorted(stretches)
        ]
        for one in dates:
            one.seated = True
        kept = self._kept(name, whole, places)
        self.requests.append(Request(name, whole, kept, firm, person, True, None, dates))
        self._tell(len(self.requests) - 1, dates, None, "confirmed", "owner", person)
        return OK

    def _kept(self, name: str, whole: bool, places: int) -> int:
        return self.nodes[name].places if whole else places

    # --- deciding -----------------------------------------------------------------------------

    def confirm(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Confirm some dates of a request."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, request, dates)
        if no is not None:
            return no
        seekers = [one for one in dates if not one.sits(self.now)]
        broken = self._broken(request, dates)
        if broken:
            return "refused", frozenset(broken)
        seated: list[Date] = []
        for one in seekers:
            fits = self._fits(
                request.facility,
                one,
                request.whole,
                request.places,
                without=seekers,
                beside=seated,
            )
            if not fits:
                return "conflict", "taken"
            seated.append(one)
        for one in dates:
            one.seated, one.held_until = True, None
            if one in seekers:
                one.seats = self.seats(request.facility, request.whole, request.places)
        self._step(number, dates, "confirmed", "owner", person, "")
        return OK

    def _broken(self, request: Request, dates: Sequence[Date]) -> set[tuple[int | None, str]]:
        """Return the rules that dates would break although they kept them when they were sent."""
        counted = self.count(request.facility, request.whole)
        freedom = FREEDOM | {"taken", "dates_overlap"}
        return {
            (index, code)
            for index, one in enumerate(dates)
            for code in counted.reasons(one.start, one.end, request.places, request.whole)
            if code not in freedom | one.overrides
        }

    def decline(self, person: str, number: int, chosen: Sequence[int], reason: str) -> Answer:
        """Decline some dates of a request."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, request, dates)
        if no is None:
            self._step(number, dates, "declined", "owner", person, reason)
        return no or OK

    def _undecided(self, person: str, request: Request, dates: Sequence[Date]) -> Answer | None:
        if person not in self.deciders(request.facility, request.asker):
            return NOT_FOUND
        if any(one.state != "requested" for one in dates):
            return "conflict", "already_decided"
        if any(one.lapses_at is not None and one.lapses_at <= self.now for one in dates):
            return "conflict", "expired"
        return None

    def cancel(
        self, person: str, number: int, chosen: Sequence[int], reason: str, *, owner: bool
    ) -> Answer:
        """Cancel some confirmed dates, on the owner's or the requester's side."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if owner and person not in self.deciders(request.facility, request.asker):
            return NOT_FOUND
        if not owner and not self._asked(person, request):
            return NOT_FOUND
        if any(one.ends_at <= self.now for one in dates):
            return "conflict", "over"
        if any(one.state != "confirmed" for one in dates):
            return "conflict", "already_decided"
        self._step(number, dates, "cancelled", "owner" if owner else "requester", person, reason)
        return OK

    def take_back(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Take back some dates that nobody decided on."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if not self._asked(person, request):
            return NOT_FOUND
        if any(one.state != "requested" for one in dates):
            return "conflict", "already_decided"
        self._step(number, dates, "withdrawn", "requester", person, "")
        return OK

    def _asked(self, person: str, request: Request) -> bool:
        firm = PEOPLE[person].firm
        return firm is not None and firm == request.firm

    def lapse(self) -> Answer:
        """End what nobody decided on in time; how many requests it touched."""
        touched = 0
        for number, request in enumerate(self.requests):
            late = [
                one
                for one in request.dates
                if one.state == "requested" and one.lapses_at and one.lapses_at <= self.now
            ]
            if late:
                self._step(number, late, "lapsed", "nobody", None, "")
                touched += 1
        return "ok", touched

    # --- the log and what people are told -----------------------------------------------------

    def _step(
        self,
        number: int,
        dates: Sequence[Date],
        after: str,
        side: str,
        actor: str | None,
        reason: str,
    ) -> None:
        before = dates[0].state
        for one in dates:
            assert after in GRAPH[one.state]
            one.state = after
            if after != "confirmed":
                one.seated, one.held_until = False, None
        self._tell(number, dates, before, after, side, actor, reason)

    def _tell(
        self,
        number: int,
        dates: Sequence[Date],
        before: str | None,
        after: str,
        side: str,
        actor: str | None,
        reason: str = "",
        event: str = "step",
    ) -> None:
        request = self.requests[number]
        firm = PEOPLE[actor].firm if actor else None
        colleague = (
            side == "owner" and before is not None and firm is not None and firm == request.firm
        )
        self.told.append(
            Told(
                number,
                event,
                before,
                after,
                side,
                actor,
                colleague,
                tuple(sorted(request.dates.index(one) for one in dates)),
                reason,
                self._whom(request, actor),
            )
        )

    def _whom(self, request: Request, actor: str | None) -> frozenset[str]:
        """Return who is told: all who may decide, and the requester, or for what is entered all
        of the firm; never who did it."""
        people = set(self.deciders(request.facility, request.asker))
        if request.firm is not None and request.entered:
            people |= {n for n, p in PEOPLE.items() if p.firm == request.firm and p.is_active}
        elif request.firm is not None and PEOPLE[request.requester].firm == request.firm:
            people.add(request.requester)
        return frozenset(people - {actor})
