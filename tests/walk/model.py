"""The clusters of the walk as a model without a database: who holds what, in which state.

What can be requested is counted by `tests.rules.minute_model`; what a step does is written here
from the words of the design. Each step returns what the product must answer, and moves the model
on where the answer is yes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from booking.rules.availability import Room
from booking.rules.deadlines import Deadlines
from booking.rules.opening import OpeningHours, SpecialDay, Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode, BookingTerms
from tests.rules.minute_model import TICK, MinuteModel, day_of, instant_of
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
from tests.walk.history import OPEN, Date, LogLine, Request
from tests.walk.working_days import WorkingDays

#: Refusals for which there is no exception.
NEVER_SET_ASIDE = {
    "in_the_past",
    "taken",
    "dates_overlap",
    "no_places",
    "too_many_places",
    "left_to_others",
}
#: What owners may enter although partners may not request it.
FREEDOM = {"too_late", "due_already", "beyond_horizon", "nobody_answers"}
GRAPH = {
    None: {"requested", "confirmed", "proposed", "waiting"},
    "requested": {
        "accepted",
        "confirmed",
        "declined",
        "withdrawn",
        "lapsed",
        "replaced",
        "waiting",
    },
    "proposed": {"accepted", "confirmed", "declined", "withdrawn", "lapsed"},
    "waiting": {"proposed", "declined", "withdrawn", "lapsed", "replaced"},
    "accepted": {"confirmed", "declined", "withdrawn", "lapsed", "replaced"},
    "confirmed": {"cancelled", "no_show", "replaced", "requested"},
}
#: What has ended these ways was given up: with it, a firm still competes with what was sent before.
GIVEN_UP = {"withdrawn", "cancelled"}
#: What one side writes to the other.
WRITTEN = {"message", "question", "answer"}
#: What is done with a condition: of that, too, only the other side is told.
OF_CONDITIONS = {"condition_done", "condition_met", "condition_not_yet", "condition_waived"}
#: What the log says of a date as something in its place at another facility comes to this state.
ELSEWHERE = {
    state: f"elsewhere_{state}" for state in ("proposed", "requested", "accepted", "confirmed")
}
#: A date in these has places, or may have some.
HOLDING = {"requested", "proposed", "accepted", "confirmed"}
#: A date in these has its places for good, or had them.
AGREED = {"confirmed", "no_show"}


Answer = tuple[Any, ...]
Stretches = Sequence[tuple[int, int]]
#: The approvers who may decide, and the coordinators.
Named = tuple[frozenset[str], frozenset[str]]
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

    def judges(self, number: int) -> frozenset[str]:
        """Return who may decide on a request: as above, but nobody of a firm that competes."""
        approvers, coordinators = self.named_for(number)
        return approvers | coordinators

    def named_for(self, number: int) -> Named:
        """Return the approvers who may decide on a request, and the coordinators."""
        request = self.requests[number]
        firms = {person.firm for person in PEOPLE.values() if person.firm}
        rivals = frozenset(firm for firm in firms if self.is_rival(firm, request))
        return self.named(request.facility, request.asker, rivals)

    def named(self, name: str, asker: str | None, rivals: frozenset[str] = frozenset()) -> Named:
        """Return the approvers who may decide, and the coordinators."""

        def able(names: Iterable[str]) -> frozenset[str]:
            people = {one: PEOPLE[one] for one in names if one != asker}
            return frozenset(
                one
                for one, person in people.items()
                if person.is_active and person.firm not in rivals
            )

        found: frozenset[str] = frozenset()
        for node in self.chain(name):
            found = able(one for one, person in PEOPLE.items() if person.approves == node.name)
            if found:
                break
        cluster = self.nodes[name].cluster
        return found, able(one for one, person in PEOPLE.items() if person.coordinates == cluster)

    # --- who competes -------------------------------------------------------------------------

    def is_rival(self, firm: str, request: Request) -> bool:
        """Return whether dates of a firm and those of a request of others cannot all take place.

        Its dates to come count, in all of the tree, and those that it gave up after the request
        was sent. Of the request all dates count that are not over, whatever became of them. Two
        agreed dates do not compete.
        """
        if firm == request.firm:
            return False
        tree = self._tree(request.facility)
        mine = [
            one
            for other in self.requests
            if other.firm == firm and other.facility in tree
            for one in other.dates
            if one.is_to_come(self.now)
            or (one.ends_at > self.now and (one.is_waiting(self.now) or one.state in GIVEN_UP))
        ]
        ours = [one for one in request.dates if one.ends_at > self.now]
        for are_agreed in (True, False):
            group = [one for one in ours if (one.state in AGREED) is are_agreed]
            near = [
                one
                for one in mine
                if not (are_agreed and one.state in ("confirmed", "cancelled"))
                and not (one.state in GIVEN_UP and one.changed_at <= request.sent_at)
                and any(overlap(one, other) for other in group)
            ]
            if near and not self._all_fit(group, near, others=self._sitting([*group, *near])):
                return True
        return False

    def _tree(self, name: str) -> set[str]:
        root = self.chain(name)[-1].name
        return {root, *self.below(root)}

    def _sitting(self, without: Iterable[Date]) -> list[Date]:
        left_out = set(without)
        return [one for one in self.all_dates() if one.sits(self.now) and one not in left_out]

    def _all_fit(
        self, ours: Iterable[Date], theirs: Iterable[Date], *, others: Iterable[Date]
    ) -> bool:
        """Return whether those dates of two sides that meet fit together, beside others."""
        theirs = list(theirs)
        near = [one for one in ours if any(meet(one, other) for other in theirs)]
        met = [other for other in theirs if any(meet(one, other) for one in near)]
        wanted: dict[tuple[str, int], int] = {}
        for one in [*near, *met]:
            for facility, places in one.seats.items():
                for tick in one.around:
                    wanted[facility, tick] = wanted.get((facility, tick), 0) + places
        for one in others:
            for facility, tick, places in one.taking():
                if (facility, tick) in wanted:
                    wanted[facility, tick] += places
        return all(count <= self.nodes[facility].places for (facility, _), count in wanted.items())

    def left_to_others(self, person: str, name: str, dates: dict[int, Date]) -> set[int]:
        """Return which of these new dates somebody of a firm leaves to others to enter.

        They cannot take place beside what waits for an answer, with which the firm competes.
        """
        firm = PEOPLE[person].firm
        tree = self._tree(name)
        return self._not_beside(
            dates,
            [
                self._waiting(request)
                for request in self.requests
                if firm and request.facility in tree and self.is_rival(firm, request)
            ],
        )

    def competes_with_waiting(self, name: str, dates: Sequence[Date]) -> bool:
        """Return whether one of these new dates cannot take place beside what is open.

        Who is on the waiting list does not count.
        """
        tree = self._tree(name)
        waiting = [
            [one for one in self._waiting(request) if one.state != "waiting"]
            for request in self.requests
            if request.facility in tree
        ]
        return bool(self._not_beside(dict(enumerate(dates)), waiting))

    def _waiting(self, request: Request) -> list[Date]:
        return [one for one in request.dates if one.is_open(self.now) and one.ends_at > self.now]

    def _not_beside(self, dates: dict[int, Date], waiting: Sequence[list[Date]]) -> set[int]:
        """Return which of these dates cannot take place beside all of one that waits."""
        waits = [one for some in waiting for one in some]
        found: set[int] = set()
        for theirs in waiting:
            others = [
                *self._sitting(waits),
                *(one for one in waits if one.sits(self.now) and one not in theirs),
            ]
            beside: list[Date] = []
            for number, one in sorted(dates.items()):
                near = [other for other in theirs if meet(one, other)]
                before = [other for other in beside if meet(one, other)]
                if near and not self._all_fit([*before, one], near, others=others):
                    found.add(number)
                else:
                    beside.append(one)
        return found

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
            for facility, tick, places in one.taking():
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
        self,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        lifted: set[str],
        without: Sequence[Date] = (),
    ) -> set[tuple[int | None, str]]:
        """Return every reason against these dates of one request, each with its number.

        Dates `without` which they are would end with it.
        """
        alone = self.count(name, whole, without=without)
        found: set[tuple[int | None, str]] = set()
        seated: list[Date] = []
        for number, (start, end) in enumerate(stretches):
            codes = alone.reasons(start, end, places, whole)
            found |= {(number, code) for code in codes}
            if not whole and not 1 <= places <= self.nodes[name].places:
                continue
            one = self._date(name, start, end, whole, places, "requested", None)
            if self._fits(name, one, without=without, beside=seated):
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
        seats, kept = self.seats(name, whole, places), self.nodes[name].places if whole else places
        return Date(start, end, state, lapses_at, around, seats, self.now, whole, kept, name)

    def _fits(
        self,
        name: str,
        one: Date,
        *,
        without: Iterable[Date] = (),
        beside: Iterable[Date] = (),
    ) -> bool:
        counted = self.count(name, one.whole, without=without, beside=beside)
        return all(counted.has_room(tick, one.places, one.whole) for tick in one.around)

    def send(
        self,
        person: str,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        *,
        may_wait: bool = False,
    ) -> Answer:
        """Request dates; where they `may_wait`, those that others have go to the waiting list."""
        if PEOPLE[person].firm is None:
            return ("Forbidden",)
        reasons = self.reasons(name, stretches, whole, places, set())
        if not self.deciders(name, person):
            reasons.add((None, "nobody_answers"))
        firm = PEOPLE[person].firm
        waiting = self.may_wait(name, stretches, whole, places, firm, reasons) if may_wait else ()
        if reasons and not waiting:
            return "refused", frozenset(reasons)
        counted = self.count(name, whole)
        starts = [start for index, (start, _) in enumerate(stretches) if index not in waiting]
        due = counted.due_at(min(starts)) if starts else None
        dates = []
        for index, (start, end) in sorted(enumerate(stretches), key=lambda one: one[1]):
            if index in waiting:
                until = self.waits_until(name, instant_of(start))
                dates.append(self._date(name, start, end, whole, places, "waiting", until))
            else:
                until = counted.lapses_at(min(starts), start)
                dates.append(self._date(name, start, end, whole, places, "requested", until))
        by_rule = not waiting and self._confirms(name, dates)
        self._hold_requested(name, dates)
        if by_rule:
            for one in dates:
                one.state, one.lapses_at, one.seated, one.held_until = "confirmed", None, True, None
            due = None
        self.requests.append(Request(name, firm, person, False, due, dates, self.now))
        if by_rule:
            self.tell(len(self.requests) - 1, dates, None, "confirmed", "rule", person)
            return OK
        for state in ("requested", "waiting"):
            alike = [one for one in dates if one.state == state]
            if alike:
                self.tell(len(self.requests) - 1, alike, None, state, "requester", person)
        return OK

    def _hold_requested(self, name: str, dates: Iterable[Date]) -> None:
        if self.stated(name, "pending_holds", False):
            for one in dates:
                if one.state == "requested":
                    one.seated, one.held_until = True, one.lapses_at

    def _confirms(self, name: str, dates: Sequence[Date]) -> bool:
        """Return whether a rule confirms these dates at once."""
        by_rule = self.stated(name, "automatic_for") == "everyone"
        by_rule = by_rule and not self.asks_something(name)
        return by_rule and not self.competes_with_waiting(name, dates)

    # --- the waiting list ---------------------------------------------------------------------

    def may_wait(
        self,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        firm: str | None,
        reasons: set[tuple[int | None, str]],
    ) -> set[int]:
        """Return which dates may wait: those that others have, if nothing else is wrong."""
        if self.stated(name, "waiting_list_days") is None:
            return set()
        if any(number is None or code != "taken" for number, code in reasons):
            return set()
        own = [one for request in self.requests if request.firm == firm for one in request.dates]
        now, without_own = self.count(name, whole), self.count(name, whole, without=own)
        for number, _ in reasons:
            assert number is not None
            around = self._date(name, *stretches[number], whole, places, "", None).around
            missing = [tick for tick in around if not now.has_room(tick, places, whole)]
            first = [
                tick for index, tick in enumerate(missing) if tick == missing[0] + index * TICK
            ]
            if all(without_own.has_room(tick, places, whole) for tick in first):
                return set()
        return {number for number, _ in reasons if number is not None}

    def waits_until(self, name: str, start: datetime) -> datetime:
        """Return until when a date waits that begins to now: until its notice begins."""
        days, zone = self.rules(name).lead_time_days, self.rules(name).zone
        if not days:
            return start
        last_day = start.astimezone(zone).date() - timedelta(days=days)
        begins = instant_of(day_of(zone, last_day + timedelta(days=1))[0])
        return min(begins, start) if begins > self.now else start

    def asks_something(self, name: str) -> bool:
        """Return whether a facility has conditions; see `ConditionsModel`."""
        return False

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
        reasons = self.reasons_to_enter(person, name, stretches, whole, places)
        if reasons and not (override and NEVER_SET_ASIDE.isdisjoint(code for _, code in reasons)):
            return "refused", frozenset(reasons)
        made = [
            self._date(name, start, end, whole, places, "confirmed", None)
            for start, end in stretches
        ]
        dates = sorted(made, key=lambda one: (one.start, one.end))
        for one in dates:
            one.seated = True
        number = len(self.requests)
        self.requests.append(Request(name, firm, person, True, None, dates, self.now))
        named = self.named(name, None)
        self.tell(number, dates, None, "confirmed", "owner", person, named=named, neutral=True)
        self._set_aside(number, made, reasons, person, override, colleague=False)
        return OK

    def reasons_to_enter(
        self,
        person: str,
        name: str,
        stretches: Stretches,
        whole: bool,
        places: int,
        without: Sequence[Date] = (),
    ) -> set[tuple[int | None, str]]:
        """Return every reason why somebody who decides cannot enter these dates."""
        reasons = self.reasons(name, stretches, whole, places, FREEDOM, without)
        impossible = {number for number, code in reasons if code in NEVER_SET_ASIDE}
        possible = {
            number: self._date(name, start, end, whole, places, "confirmed", None)
            for number, (start, end) in enumerate(stretches)
            if number not in impossible
        }
        left = self.left_to_others(person, name, possible)
        return reasons | {(number, "left_to_others") for number in left}

    # --- deciding -----------------------------------------------------------------------------

    def confirm(
        self,
        person: str,
        number: int,
        chosen: Sequence[int],
        override: str = "",
        choice: "Choice | None" = None,
        seen: int | None = None,
    ) -> Answer:
        """Confirm some dates of a request, with an exception for the rules that they break.

        Where something must be done before, they are only accepted. `seen` is how many changes
        of the requester the person knows of.
        """
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, number, dates)
        if no is not None:
            return no
        if seen not in (None, request.changes):
            return "conflict", "changed"
        standing = {one: one.replaces for one in dates if one.replaces and one.replaces.stands}
        replaced = list(standing.values())
        if len({*replaced}) < len(replaced) or not {*replaced}.isdisjoint(dates):
            return "conflict", "both_chosen"
        beside = {one.replaces for one in dates if one.replaces}
        proposals = self.open_for(request, {*dates, *beside}, {"proposed"})
        requested = [
            one
            for one in self.open_for(request, beside, {"requested", "accepted"})
            if one not in dates
        ]
        broken = self._broken(request, dates)
        if broken and not (override and NEVER_SET_ASIDE.isdisjoint(code for _, code in broken)):
            return "refused", frozenset(broken)
        plan = self.plan(number, dates, choice)
        if plan.no is not None:
            return plan.no
        if plan.until is not None:
            no = self._accept(number, dates, plan, person, proposals, requested)
            if no is None:
                self._set_aside(number, dates, broken, person, override, colleague=True)
            return no or OK
        return self._confirm(
            number, dates, plan, person, (proposals, requested, replaced), broken, override
        )

    def _accept(
        self,
        number: int,
        dates: Sequence[Date],
        plan: "Plan",
        person: str,
        proposals: Sequence[Date],
        others: Sequence[Date],
    ) -> Answer | None:
        """Accept dates that are final only later; return why not."""
        assert plan.until is not None
        standing = {one: one.replaces for one in dates if one.replaces and one.replaces.stands}
        if not self.hold_accepted(number, dates, [*proposals, *others], plan.until):
            return "conflict", "taken"
        named = self.named_for(number)
        self.hang(number, dates, plan, person, set(standing.values()))
        self.end_quietly(proposals, "withdrawn", "owner", None)
        for one in others:
            self._replace(one, "owner", person)
        self._step(number, dates, "accepted", "owner", person, "", named=named)
        self.answer_after(standing)
        return None

    def _confirm(
        self,
        number: int,
        dates: Sequence[Date],
        plan: "Plan",
        person: str,
        beside: tuple[Sequence[Date], Sequence[Date], Sequence[Date]],
        broken: set[tuple[int, str]],
        override: str,
    ) -> Answer:
        """Confirm dates; proposals, what is requested, and what is replaced `beside` them ends."""
        request, (proposals, requested, replaced) = self.requests[number], beside
        standing = [one for one in dates if one.replaces and one.replaces.stands]
        held = [one for one in dates if one not in standing and one.holds_something(self.now)]
        seekers = [one for one in dates if one not in held]
        ending = [*replaced, *proposals, *requested]
        seated: list[Date] = []
        for one in seekers:
            without = [*seekers, *ending]
            if not self._fits(request.facility, one, without=without, beside=seated):
                return "conflict", "taken"
            seated.append(one)
        for one in ending:
            one.seated = False
        for one in dates:
            one.seated, one.held_until, one.part = True, None, None
            if one in seekers:
                one.seats = self.seats(request.facility, one.whole, one.places)
        self.hang(number, dates, plan, person, set(replaced))
        self.end_quietly(proposals, "withdrawn", "owner", None)
        for one in (*requested, *replaced):
            self._replace(one, "owner", person)
        self._step(number, dates, "confirmed", "owner", person, "")
        self.share_details(number)
        self._set_aside(number, dates, broken, person, override, colleague=True)
        if not broken:
            request.fresh = dates, self.now, held
        return OK

    def plan(self, number: int, dates: Sequence[Date], choice: "Choice | None") -> "Plan":
        """Return what must be done for these dates; see `ConditionsModel`."""
        return Plan()

    def hang(
        self, number: int, dates: Sequence[Date], plan: "Plan", person: str, gone: set[Date]
    ) -> None:
        """Hang conditions on a booking; see `ConditionsModel`."""

    def share_details(self, number: int) -> None:
        """Let a request say again what all its dates say; see `EditsModel`."""

    def hold_accepted(
        self, number: int, dates: Sequence[Date], ending: Sequence[Date], until: datetime
    ) -> bool:
        """Let dates hold their places until they must be final; False: one does not fit.

        What they would replace keeps its places until then.
        """
        request = self.requests[number]
        was = [(one, one.seated, one.held_until, one.part, one.seats) for one in request.all_dates]
        lapsed = [(one, one.lapses_at) for one in dates]
        for one in dates:
            one.lapses_at = min(until, self.latest_acceptance([one]))
        for one in (*ending, *(one for one in dates if one.replaces)):
            one.seated = False
        standing = [one for one in dates if one.replaces and one.replaces.stands]
        seekers = [
            one for one in dates if one not in standing and not one.holds_something(self.now)
        ]
        seated: list[Date] = []
        fits = True
        for one in seekers:
            one.seated = False
        for one in seekers:
            fits = fits and self._fits(request.facility, one, beside=seated)
            one.part, one.seats = None, self.seats(request.facility, one.whole, one.places)
            seated.append(one)
        for one in seekers:
            one.seated, one.held_until = True, one.lapses_at
        for one in standing:
            assert one.replaces is not None
            one.held_until = None
            fits = fits and self.hold_beside(one, [one.replaces])
        if not fits:
            for one, *values in was:
                one.seated, one.held_until, one.part, one.seats = values
            for one, lapses_at in lapsed:
                one.lapses_at = lapses_at
            return False
        for one in dates:
            one.held_until = one.lapses_at
        return True

    def latest_acceptance(self, dates: Sequence[Date]) -> datetime:
        """Return until when these dates can wait to be final: until one begins, or what stands."""
        standing = [one.replaces for one in dates if one.replaces and one.replaces.stands]
        firm = [
            instant_of(one.start)
            for one in standing
            if one.state == "confirmed" and instant_of(one.start) > self.now
        ]
        return min([*(instant_of(one.start) for one in dates), *firm])

    def answer_after(self, standing: dict[Date, Date]) -> None:
        """Let what stands wait for an answer once these accepted dates have ended."""
        for one, replaced in standing.items():
            self.answer_later(replaced, one.lapses_at or self.now)

    def answer_later(self, replaced: Date, since: datetime) -> None:
        """Give as long to answer as if what is requested had been sent then."""
        request = self.requests[self.booking_of(replaced)]
        if replaced.state != "requested" or not replaced.is_open(self.now):
            return
        days, start = self.working_days(request), instant_of(replaced.start)
        due = days.due_at(since, start)
        self.let_lapse(replaced, days.lapses_at(due, start))
        if not any(
            one.state == "requested" and one.is_open(self.now)
            for one in request.dates
            if one is not replaced
        ):
            request.due_at = due

    # --- in the place of others ---------------------------------------------------------------

    def booking_of(self, one: Date) -> int:
        """Return the number of the booking that a date belongs to."""
        return next(n for n, request in enumerate(self.requests) if one in request.dates)

    def by_booking(self, dates: Iterable[Date]) -> list[tuple[int, list[Date]]]:
        """Return these dates of a request by the number of their booking."""
        found: dict[int, list[Date]] = {}
        for one in dates:
            found.setdefault(self.booking_of(one), []).append(one)
        return list(found.items())

    def open_for(self, request: Request, places: Iterable[Date], states: set[str]) -> list[Date]:
        """Return what is open in the place of these dates of a request, also elsewhere."""
        wanted = set(places)
        return [
            one
            for one in request.all_dates
            if one.replaces in wanted and one.state in states and one.is_open(self.now)
        ]

    def end_quietly(
        self, proposals: Sequence[Date], after: str, side: str, actor: str | None
    ) -> None:
        """End proposals because of another step, of which people are told; the clock goes on."""
        if proposals:
            until = max(one.lapses_at for one in proposals if one.lapses_at)
            for number, some in self.by_booking(proposals):
                self._step(number, some, after, side, actor, "", is_told=False)
            self.move_clock(proposals, until, forwards=False)

    def _replace(self, one: Date, side: str, actor: str) -> None:
        """End a date as replaced; its mark is resolved with it."""
        number = self.booking_of(one)
        before = one.state
        one.state, one.changed_at, one.seated, one.marked = "replaced", self.now, False, False
        self.tell(number, [one], before, "replaced", side, actor, neutral=True, is_told=False)

    def hold_on(self, number: int, ended: Iterable[Date]) -> None:
        """Let open replacements of dates that have ended hold what those had, where it is free.

        A replacement holds of what it needs only what those do not have that end if it is
        confirmed: the date in whose place it would be, and what is requested there too.
        """
        request = self.requests[number]
        places = {key for one in ended for key in (one, one.replaces) if key is not None}
        for one in self.open_for(request, places, OPEN):
            if one.state != "requested" or self.stated(one.facility, "pending_holds", False):
                self.hold_beside(one, self._ending_with(request, one))

    def _ending_with(self, request: Request, one: Date) -> list[Date]:
        places = [one.replaces] if one.replaces else []
        requested = self.open_for(request, places, {"requested", "accepted"})
        standing = [one.replaces] if one.replaces and one.replaces.stands else []
        return [*standing, *(other for other in requested if other is not one)]

    def hold_beside(self, one: Date, ending: Sequence[Date]) -> bool:
        """Hold for a date what it needs beyond what others have; False: there is no room."""
        name = one.facility
        if not self._fits(name, one, without=[one, *ending]):
            return False
        one.seats = self.seats(name, one.whole, one.places)
        had = places_taken(other for other in ending if other.sits(self.now))
        own = places_taken([one] if one.sits(self.now) else [])
        part: dict[tuple[str, int], int] = {}
        for facility, tick, places in one.needing():
            key = facility, tick
            missing = max(own.get(key, 0), places - had.get(key, 0))
            if missing > 0:
                part[key] = missing
        one.seated, one.part = True, part
        if not (own and one.held_until is None):
            one.held_until = one.lapses_at
        return True

    def move_clock(self, proposals: Iterable[Date], until: datetime, *, forwards: bool) -> None:
        """Let the time to answer stand still until then, or go on from now.

        It is that of each booking of the request that has the dates in the place of which these
        proposals are or were, or something requested in their place.
        """
        replaced = [one.replaces for one in proposals if one.replaces is not None]
        if replaced:
            request = self.requests[self.booking_of(replaced[0])]
            asked = [*replaced, *self.open_for(request, replaced, {"requested"})]
            for number, _ in self.by_booking(asked):
                self._move_clock(self.requests[number], until, forwards=forwards)

    def _move_clock(self, request: Request, until: datetime, *, forwards: bool) -> None:
        """Move due date, lapse and holds of what is requested in a booking together."""
        waiting = [
            one for one in request.dates if one.state == "requested" and one.is_open(self.now)
        ]
        if request.due_at is None or not waiting:
            return
        days = self.working_days(request)
        places = {key for one in request.dates for key in (one, one.replaces)} - {None}
        others = [
            one.lapses_at
            for one in request.all_dates
            if one.state == "proposed"
            and one.replaces in places
            and one.lapses_at
            and one.lapses_at > self.now
        ]
        passed = days.evenings(max([self.now, *others]), until)
        if forwards:
            latest = days.latest_due(min(instant_of(one.start) for one in waiting))
            request.due_at = days.put_off(request.due_at, passed, latest)
        else:
            request.due_at = days.put_forward(request.due_at, passed, self.now)
        for one in waiting:
            lapses_at = days.lapses_at(request.due_at, instant_of(one.start))
            self.let_lapse(one, max(lapses_at, one.lapses_at if forwards else self.now))

    def let_lapse(self, one: Date, lapses_at: datetime) -> None:
        """Let a date, and its hold if it still has one, end at another instant."""
        if one.held_until is not None and one.held_until > self.now:
            one.held_until = lapses_at
        one.lapses_at = lapses_at

    def working_days(self, request: Request) -> WorkingDays:
        """Return the working days of the cluster that answers."""
        return WorkingDays(self.nodes[request.facility].cluster)

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
            about = tuple(disruption)
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
                    about,
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
        counted = self.count(request.facility, one.whole)
        found = counted.reasons(one.start, one.end, one.places, one.whole)
        ends = one.start, one.end - TICK
        if counted.rules.unit is not Unit.HOUR and all(map(counted.is_open, ends)):
            found.discard("not_open")
        return found

    def decline(self, person: str, number: int, chosen: Sequence[int], reason: str) -> Answer:
        """Decline some dates of a request, or take them off the waiting list."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, number, dates, {"requested", "accepted", "waiting"})
        if no is None:
            named = self.named_for(number)
            for alike in by_state(dates):
                self._step(number, alike, "declined", "owner", person, reason, named=named)
        return no or OK

    def _undecided(
        self,
        person: str,
        number: int,
        dates: Sequence[Date],
        states: Iterable[str] = ("requested",),
    ) -> Answer | None:
        if person not in self.judges(number):
            return NOT_FOUND
        if any(one.state not in states for one in dates):
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
        if owner and person not in self.judges(number):
            return NOT_FOUND
        if not owner and not self._asked(person, request):
            return NOT_FOUND
        if any(one.ends_at <= self.now for one in dates):
            return "conflict", "over"
        if any(one.state != "confirmed" for one in dates):
            return "conflict", "already_decided"
        if not owner:
            proposals = self.open_for(request, dates, {"proposed"})
            self.end_quietly(proposals, "declined", "requester", person)
        self._step(number, dates, "cancelled", "owner" if owner else "requester", person, reason)
        return OK

    def no_show(self, person: str, number: int, index: int) -> Answer:
        """Record that nobody came to a date that has begun."""
        one = self.requests[number].dates[index]
        if person not in self.judges(number):
            return NOT_FOUND
        if one.state != "confirmed":
            return "conflict", "already_decided"
        if instant_of(one.start) > self.now:
            return "conflict", "not_begun"
        if one.is_attended:
            return "conflict", "attended"
        self._step(number, [one], "no_show", "owner", person, "")
        return OK

    def arrive(self, person: str, number: int, index: int) -> Answer:
        """Note that the people of a date have come now, from its day on; nobody is told."""
        request = self.requests[number]
        one = request.dates[index]
        if person not in self.judges(number):
            return NOT_FOUND
        if one.state != "confirmed":
            return "conflict", "already_decided"
        zone = ZONES[self.nodes[request.facility].cluster]
        if self.now.astimezone(zone).date() < instant_of(one.start).astimezone(zone).date():
            return "conflict", "too_early"
        if one.is_attended:
            return OK
        if self.now > one.ends_at + timedelta(days=1):
            return ("WrongTimes",)
        one.is_attended = True
        self.tell(
            number, [one], one.state, one.state, "owner", person, event="attendance", is_told=False
        )
        return OK

    def withdraw(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Withdraw some dates that are not final."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if not self._asked(person, request):
            return NOT_FOUND
        if any(one.state not in ("requested", "accepted", "waiting") for one in dates):
            return "conflict", "already_decided"
        named = self.named_for(number)
        proposals = self.open_for(request, dates, {"proposed"})
        self.end_quietly(proposals, "declined", "requester", person)
        for alike in by_state(dates):
            self._step(number, alike, "withdrawn", "requester", person, "", named=named)
        return OK

    def _asked(self, person: str, request: Request) -> bool:
        firm = PEOPLE[person].firm
        return firm is not None and firm == request.firm

    def which(self, line: LogLine) -> tuple[int, ...]:
        """Return which dates of its request a line of the log is about."""
        dates = self.requests[line.request].dates
        return tuple(sorted(dates.index(one) for one in line.dates))

    def lapse(self) -> Answer:
        """Let dates expire that nobody decided on in time; return how many requests had such."""
        touched = 0
        for number, request in enumerate(self.requests):
            late = [
                one
                for one in request.dates
                if one.state in OPEN and one.lapses_at and one.lapses_at <= self.now
            ]
            named = self.named_for(number)
            for state in dict.fromkeys(one.state for one in late):
                alike = [one for one in late if one.state == state]
                self._step(number, alike, "lapsed", "nobody", None, "", named=named)
            touched += bool(late)
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
        *,
        is_told: bool = True,
        named: Named | None = None,
    ) -> None:
        before, named = dates[0].state, named or self.named_for(number)
        for one in dates:
            assert after in GRAPH[one.state]
            one.state, one.changed_at = after, self.now
            if after not in HOLDING:
                one.seated, one.held_until, one.marked = False, None, False
        if after not in HOLDING:
            self.hold_on(number, dates)
            if before == "accepted":
                for one in dates:
                    if one.replaces and one.replaces.stands:
                        self.answer_later(one.replaces, self.now)
        self.tell(number, dates, before, after, side, actor, reason, named=named, is_told=is_told)
        self.tell_elsewhere(dates, before, after, side, actor, named, is_told=is_told)

    def tell_elsewhere(
        self,
        dates: Sequence[Date],
        before: str | None,
        after: str,
        side: str,
        actor: str | None,
        named: Named,
        *,
        is_told: bool = True,
    ) -> None:
        """Write into other bookings of the request what becomes of what would be in their place.

        Those who decide there are told, but for `named`, who decide on these dates.
        """
        if before is not None and before not in OPEN:
            return
        number = self.booking_of(dates[0])
        replaced = dict.fromkeys(one.replaces for one in dates if one.replaces is not None)
        others = [one for one in self.by_booking(replaced) if one[0] != number]
        told = {there: self.named_for(there) for there, _ in others}
        known = named[0] | named[1]
        for there, some in others:
            for one in some:
                approvers, coordinators = told[there]
                self.tell(
                    there, [one], one.state, one.state, side, actor,
                    event=ELSEWHERE.get(after, "elsewhere_ended"), neutral=True, is_told=is_told,
                    named=(approvers - known, coordinators - known),
                )  # fmt: skip

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
        named: Named | None = None,
        is_told: bool = True,
    ) -> None:
        """Write a line of the log; `neutral`: nobody decided for a firm, so not for their own.

        `named` are those who could decide before it; None: who can now.
        """
        request = self.requests[number]
        firm = PEOPLE[actor].firm if actor and not neutral else None
        colleague = side == "owner" and firm is not None and firm == request.firm
        request.fresh = None
        people: frozenset[str] = frozenset()
        if is_told:
            owners, askers = self._whom(request, named or self.named_for(number), before)
            if event in WRITTEN | OF_CONDITIONS:  # only the other side is told
                owners, askers = (set(), askers) if side == "owner" else (owners - askers, set())
            elif event == "condition_missed" or event.startswith("elsewhere_"):
                askers = set()
            elif (side, before, after) == ("owner", "confirmed", "requested"):
                askers = set()  # they do not know of the confirmation either
            people = frozenset((owners | askers) - {actor})
        self.log.append(
            LogLine(
                number,
                event,
                before,
                after,
                side,
                actor,
                colleague,
                tuple(dates),
                reason,
                people,
            )
        )

    def _whom(
        self, request: Request, named: Named, before: str | None
    ) -> tuple[set[str], set[str]]:
        """Return who is notified: of the owners the approvers, or the coordinators where there is
        none; both once a requested date is overdue; and the requester, or for an entered booking
        all of the firm."""
        approvers, coordinators = named
        late = before == "requested" and request.due_at is not None and request.due_at <= self.now
        owners = set(approvers | coordinators if late else approvers or coordinators)
        askers: set[str] = set()
        if request.firm is not None and request.entered:
            askers = {n for n, p in PEOPLE.items() if p.firm == request.firm and p.is_active}
        elif request.firm is not None and PEOPLE[request.requester].firm == request.firm:
            askers = {request.requester}
        return owners, askers


@dataclass(frozen=True)
class Choice:
    """What somebody chose who confirms: until when, what need not be done, what is to be added."""

    by: date | None
    waived: frozenset[int] = frozenset()
    waive_reason: str = ""
    added: tuple[str, int] | None = None


@dataclass(frozen=True)
class Plan:
    """What must be done for dates, each with its stage and days before; or why not."""

    asked: tuple[tuple[int, str, int], ...] = ()
    waived: tuple[tuple[int, str, int], ...] = ()
    choice: Choice | None = None
    until: datetime | None = None
    no: Answer | None = None


def by_state(dates: Iterable[Date]) -> list[list[Date]]:
    """Return the dates of each state."""
    found: dict[str, list[Date]] = {}
    for one in dates:
        found.setdefault(one.state, []).append(one)
    return list(found.values())


def overlap(one: Date, other: Date) -> bool:
    """Return whether two dates share an instant, set-up and clean-up included."""
    first, last = max(one.around[0], other.around[0]), min(one.around[-1], other.around[-1])
    return first <= last


def meet(one: Date, other: Date) -> bool:
    """Return whether two dates share an instant and want places of one facility."""
    return overlap(one, other) and not one.seats.keys().isdisjoint(other.seats)


def places_taken(dates: Iterable[Date]) -> dict[tuple[str, int], int]:
    """Return how many places these dates take together, by facility and tick."""
    found: dict[tuple[str, int], int] = {}
    for one in dates:
        for facility, tick, places in one.taking():
            found[facility, tick] = found.get((facility, tick), 0) + places
    return found
