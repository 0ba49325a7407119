"""The clusters of the walk as a model without a database: who holds what, in which state.

What can be requested is counted by `tests.rules.minute_model`; what a step does is written here
from the words of the design. Each step returns what the product must answer, and moves the model
on where the answer is yes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.opening import OpeningHours, SpecialDay, Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms
from tests.rules.minute_model import TICK, MinuteModel
from tests.walk.federation import (
    ALL_DAY,
    ANSWER_DAYS,
    BEGIN,
    CALENDAR,
    HOLIDAYS,
    PEOPLE,
    ZONES,
    Node,
    Times,
    federation,
)
from tests.walk.history import Date, LogLine, Request

#: Refusals for which there is no exception.
NEVER_SET_ASIDE = {"in_the_past", "taken", "dates_overlap", "no_places", "too_many_places"}
#: What owners may enter although partners may not request it.
FREEDOM = {"too_late", "due_already", "beyond_horizon", "nobody_answers"}
GRAPH = {
    None: {"requested", "confirmed"},
    "requested": {"confirmed", "declined", "withdrawn", "lapsed"},
    "confirmed": {"cancelled"},
}


Answer = tuple[Any, ...]
Stretches = Sequence[tuple[int, int]]
OK = ("ok",)
NOT_FOUND = ("NotFound",)


class Model:
    """The clusters at one instant."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.nodes = federation()
        self.requests: list[Request] = []
        self.log: list[LogLine] = []
        self._rules: dict[str, BookingTerms] = {}

    def changed(self) -> None:
        """Clear cached values; call it after a change of what facilities state."""
        self._rules.clear()

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

    def rules(self, name: str) -> BookingTerms:
        """Return the terms of a facility."""
        if name not in self._rules:
            self._rules[name] = self._read_rules(name)
        return self._rules[name]

    def _read_rules(self, name: str) -> BookingTerms:
        node = self.nodes[name]
        return BookingTerms(
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
            hours=OpeningHours(
                (), tuple(SpecialDay(day, self.opens(name, day)) for day in CALENDAR)
            ),
            status="open",
            mode=BookingMode.HERE,
            has_deciders=bool(self.deciders(name, None)),
            allows_shared=True,
            allows_exclusive=True,
        )

    def opens(self, name: str, day: date) -> Times:
        """Return what is open on one day: as the nearest says that says anything of it."""
        for node in self.chain(name):
            if day in node.special:
                return node.special[day]
            weekly_hours = node.weekly_on(day)
            if weekly_hours is not None:
                is_holiday = day in HOLIDAYS[node.cluster]
                if is_holiday and not self.stated(name, "opens_on_holidays"):
                    return ()
                return tuple(
                    (span.opens_time, span.closes_time)
                    for span in weekly_hours
                    if span.weekday == day.weekday()
                )
        return ALL_DAY

    def deciders(self, name: str, asker: str | None) -> frozenset[str]:
        """Return who may decide: the nearest approvers who can, and the coordinators."""
        approvers, coordinators = self.named(name, asker)
        return approvers | coordinators

    def named(self, name: str, asker: str | None) -> tuple[frozenset[str], frozenset[str]]:
        """Return the approvers who may decide, and the coordinators."""

        def able(names: Iterable[str]) -> frozenset[str]:
            return frozenset(one for one in names if PEOPLE[one].is_active and one != asker)

        found: frozenset[str] = frozenset()
        for node in self.chain(name):
            found = able(one for one, person in PEOPLE.items() if person.approves == node.name)
            if found:
                break
        cluster = self.nodes[name].cluster
        return found, able(one for one, person in PEOPLE.items() if person.coordinates == cluster)

    def closed(self, name: str, whole: bool) -> list[Slot]:
        """Return when a facility is closed; see `OwnersModel`."""
        return []

    def count(
        self,
        name: str,
        whole: bool,
        *,
        without: Iterable[Date] = (),
        beside: Iterable[Date] = (),
    ) -> MinuteModel:
        """Return the ticks of one facility as they are now; dates in `beside` take places too."""
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
            self.rules(name), due, Room(own, below, {}), self.closed(name, whole), self.now
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
        """Request dates."""
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
        self.tell(len(self.requests) - 1, dates, None, "requested", "requester", person)
        return OK

    def enter(
        self,
        person: str,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        firm: str | None,
        override: str = "",
    ) -> Answer:
        """Enter own use (no firm), or a booking on behalf of a firm."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        if firm is not None and firm == PEOPLE[person].firm:
            return ("Invalid",)
        reasons = self.reasons(name, stretches, whole, places, FREEDOM)
        if reasons and not (override and NEVER_SET_ASIDE.isdisjoint(code for _, code in reasons)):
            return "refused", frozenset(reasons)
        made = [
            self._date(name, start, end, whole, places, "confirmed", None)
            for start, end in stretches
        ]
        dates = sorted(made, key=lambda one: (one.start, one.end))
        for one in dates:
            one.seated = True
        kept = self._kept(name, whole, places)
        self.requests.append(Request(name, whole, kept, firm, person, True, None, dates))
        self.tell(len(self.requests) - 1, dates, None, "confirmed", "owner", person)
        number = len(self.requests) - 1
        self._set_aside(number, made, reasons, person, override, colleague=False)
        return OK

    def _kept(self, name: str, whole: bool, places: int) -> int:
        return self.nodes[name].places if whole else places

    # --- deciding -----------------------------------------------------------------------------

    def confirm(
        self, person: str, number: int, chosen: Sequence[int], override: str = ""
    ) -> Answer:
        """Confirm some dates of a request, with an exception for the rules that they break."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, request, dates)
        if no is not None:
            return no
        seekers = [one for one in dates if not one.sits(self.now)]
        broken = self._broken(request, dates)
        if broken and not (override and NEVER_SET_ASIDE.isdisjoint(code for _, code in broken)):
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
        self._set_aside(number, dates, broken, person, override, colleague=True)
        return OK

    def _set_aside(
        self,
        number: int,
        dates: Sequence[Date],
        broken: set[tuple[int, str]],
        person: str,
        reason: str,
        *,
        colleague: bool,
    ) -> None:
        disruption = []
        for index, one in enumerate(dates):
            codes = {code for of, code in broken if of == index}
            if codes:
                disruption.append(one)
                one.overrides |= codes
                one.marked = False
        if disruption:
            firm = self.requests[number].firm if colleague else None
            is_colleague = firm is not None and PEOPLE[person].firm == firm
            places = tuple(sorted(self.requests[number].dates.index(one) for one in disruption))
            state = disruption[0].state
            self.log.append(
                LogLine(
                    number,
                    "override",
                    state,
                    state,
                    "owner",
                    person,
                    is_colleague,
                    places,
                    reason,
                    frozenset(),
                )
            )

    def _broken(self, request: Request, dates: Sequence[Date]) -> set[tuple[int, str]]:
        """Return the rules that dates would break although they met them when they were sent."""
        freedom = FREEDOM | {"taken", "dates_overlap"}
        return {
            (index, code)
            for index, one in enumerate(dates)
            for code in self.broken_by(request, one)
            if code not in freedom | one.lifted
        }

    def broken_by(self, request: Request, one: Date) -> set[str]:
        """Return what a date breaks now; opening hours may grow around an existing date."""
        counted = self.count(request.facility, request.whole)
        found = counted.reasons(one.start, one.end, request.places, request.whole)
        ends = one.start, one.end - TICK
        if counted.rules.unit is not Unit.HOUR and all(map(counted.is_open, ends)):
            found.discard("not_open")
        return found

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

    def withdraw(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Withdraw some undecided dates."""
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
        """Let dates expire that nobody decided on in time; return how many requests had such."""
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

    # --- the log and notices ------------------------------------------------------------------

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
                one.seated, one.held_until, one.marked = False, None, False
        self.tell(number, dates, before, after, side, actor, reason)

    def tell(
        self,
        number: int,
        dates: Sequence[Date],
        before: str | None,
        after: str,
        side: str,
        actor: str | None,
        reason: str = "",
        event: str = "step",
        *,
        neutral: bool = False,
    ) -> None:
        """Write a line of the log; `neutral`: nobody decided for a firm, so not for their own."""
        request = self.requests[number]
        firm = PEOPLE[actor].firm if actor and not neutral else None
        colleague = (
            side == "owner" and before is not None and firm is not None and firm == request.firm
        )
        self.log.append(
            LogLine(
                number,
                event,
                before,
                after,
                side,
                actor,
                colleague,
                tuple(sorted(request.dates.index(one) for one in dates)),
                reason,
                self._whom(request, actor, before),
            )
        )

    def _whom(self, request: Request, actor: str | None, before: str | None) -> frozenset[str]:
        """Return who is notified, and never who did it: the approvers, or the coordinators where
        there is none; both once a requested date is overdue; and the requester, or for an entered
        booking all of the firm."""
        approvers, coordinators = self.named(request.facility, request.asker)
        late = before == "requested" and request.due_at is not None and request.due_at <= self.now
        people = set(approvers | coordinators if late else approvers or coordinators)
        if request.firm is not None and request.entered:
            people |= {n for n, p in PEOPLE.items() if p.firm == request.firm and p.is_active}
        elif request.firm is not None and PEOPLE[request.requester].firm == request.firm:
            people.add(request.requester)
        return frozenset(people - {actor})
