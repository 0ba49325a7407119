"""The walker: takes random steps on each database and compares them with the model."""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from booking.bookings.details import RequestDetails
from booking.bookings.new_request import NewRequest
from booking.browse.facility_queries import times_of
from booking.db import clock
from booking.decisions import attendance
from booking.decisions import service as deciding
from booking.decisions.expiry import lapse_due
from booking.decisions.service import Decision, Entering
from booking.requests import service as asking
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from tests.lanes import IS_LONG
from tests.rules.minute_model import TICK, day_of, instant_of, minute_of
from tests.walk.agreement_steps import AgreementSteps
from tests.walk.checks import check_all, ids_of_dates, no_trace_is_left
from tests.walk.dialogue_steps import DialogueSteps
from tests.walk.edits_model import EditsModel
from tests.walk.elsewhere_steps import ElsewhereSteps
from tests.walk.federation import PEOPLE
from tests.walk.history import DETAILS, OPEN
from tests.walk.looking import Looking
from tests.walk.model import Answer
from tests.walk.owner_steps import OwnerSteps
from tests.walk.world import Rows, World

PARTNERS = ["anna", "bert", "carl"]
ACTORS = [name for name, person in PEOPLE.items() if person.is_active]
FIRMS = ["one", "two", "three"]
#: Few days, so that dates compete: before, in and after the night of the clock change.
DAYS = [date(2027, 3, 24) + timedelta(days=number) for number in range(22)]
MEETING_DAYS = 5
SATURDAY = 5
HOURS_AHEAD = [1, 6, 24, 49, 72, 120]

Call = Callable[[World, Rows], Any]


class Walker(OwnerSteps, DialogueSteps, AgreementSteps, ElsewhereSteps, Looking):
    """One walk. `seen` counts how often each kind of step had each result."""

    def __init__(self, worlds: Sequence[World], seen: Counter[tuple[str, str]]) -> None:
        self.model = EditsModel()
        #: Whether both sides say more than requests and answers.
        self.talks = True
        self.worlds = worlds
        self.seen = seen
        self.chance = Random()
        self.used: Counter[int] = Counter()
        clock.set_source(lambda: self.model.now)
        for world in worlds:
            world.reset()
        self.rows = [world.rows() for world in worlds]
        self.compare()

    def go(self, seed: int) -> str:
        """Take one step that is possible now; return its name."""
        # A seed that comes again gives another step: asking twice for the same proves little.
        self.chance = Random(seed + self.used[seed] * 2**32)
        self.used[seed] += 1
        weights = {
            self.send: 9,
            self.send_what_is_drawn: 4,
            self.confirm: 9,
            self.enter: 3,
            self.decline: 3,
            self.cancel: 4,
            self.no_show: 6,
            self.arrive: 6,
            self.withdraw: 2,
            self.propose: 8,
            self.take: 8,
            self.none_of_these: 4,
            self.withdraw_proposals: 5,
            self.suggest: 12,
            self.ask: 4,
            self.answer: 4,
            self.undo: 3,
            self.crowd: 5,
            self.agree: 5,
            self.wait: 3,
            self.turns: 7,
            self.list_condition: 2,
            self.condition: 8,
            self.missed: 4,
            self.edit: 12,
            self.lapse: 2,
            self.move_on: 4,
            self.close: 3,
            self.end_closure: 1,
            self.move_end: 1,
            self.change_week: 1,
            self.special_days: 1,
            self.drop_special_days: 1,
            self.open_on_holidays: 1,
            self.set_terms: 3,
            self.keep: 4,
            self.end_affected: 3,
            self.look: 4,
            self.find: 2,
        }
        if IS_LONG:  # else the few steps there are show all other things; see ELSEWHERE
            weights |= {self.propose_elsewhere: 4, self.elsewhere: 6}
        # What only the next step can, and what seldom comes about by itself.
        if self.talks and self.chance.random() < 0.04 and self.undo():
            return "undo"
        if self.talks and self.chance.random() < 0.35 and self.take_other_time():
            return "take_other_time"
        if not self.talks:
            weights = {thing: one for thing, one in weights.items() if not is_said(thing)}
        while True:
            thing = self.chance.choices(list(weights), list(weights.values()))[0]
            if thing():
                return thing.__name__

    # --- doing --------------------------------------------------------------------------------

    def step(self, name: str, expected: Answer, call: Call, log_length: int) -> bool:
        """Take the same step on each database, and check all; `log_length`: lines of log before."""
        allowed = expected[0] == "ok"
        self.seen.update(kinds_of(name, expected))
        self.seen.update(("state", one.state) for one in self.model.all_dates())
        if allowed and len(self.model.log) > log_length:
            self.seen["log", self.model.log[-1].side] += 1
            self.seen.update(("event", line.event) for line in self.model.log[log_length:])
        for number, world in enumerate(self.worlds):
            before = self.rows[number]
            answer = world.act(lambda world, before=before: call(world, before))
            after = self.rows[number] = world.rows()
            if expected == ("ok",):
                answer = answer[:1]  # what a call returns is compared only where it matters
            assert answer == expected, f"{world.name} {name}: {answer} and not {expected}"
            if allowed:
                check_all(world, self.model, before, after, log_length)
            else:
                no_trace_is_left(before, after)
        self.compare()
        return True

    def compare(self) -> None:
        """I22: the same steps on each database leave the same rows."""
        first, *others = (
            world.ranked(rows) for world, rows in zip(self.worlds, self.rows, strict=True)
        )
        for other in others:
            for name in first:
                assert first[name] == other[name], f"I22 {name}"

    def new_request(
        self,
        world: World,
        name: str,
        stretches: Any,
        extent: tuple[bool, int],
        *,
        may_wait: bool = False,
    ) -> NewRequest:
        """Return the request as the form would send it."""
        whole, places = extent
        return NewRequest(
            facility_id=world.facilities[name],
            slots=tuple(Slot(instant_of(start), instant_of(end)) for start, end in stretches),
            whole=whole,
            places=places,
            details=RequestDetails(purpose="To walk.", activity="experiment", **DETAILS),
            idempotency_key=secrets.token_hex(16),
            may_wait=may_wait,
        )

    def decision(
        self,
        rows: Rows,
        number: int,
        chosen: Sequence[int],
        reason: str,
        override: str = "",
        **others: Any,
    ) -> Decision:
        """Return the decision as the form would send it."""
        ids = ids_of_dates(rows)
        return Decision(
            booking_id=rows["booking"][number]["id"],
            occurrence_ids=frozenset(ids[number, index] for index in chosen),
            reason=reason,
            exception_reason=override,
            **others,
        )

    # --- choosing -----------------------------------------------------------------------------

    def some_facility(self) -> str:
        """Return a facility, the hall more often than others."""
        return self.chance.choice([*self.model.nodes, "hall"])

    def some_day(self) -> date:
        """Return one of the next few days, seldom a past one."""
        to_come = [day for day in DAYS if day > self.model.now.date()]
        if self.chance.random() < 0.04:
            return self.chance.choice(DAYS)
        return self.chance.choice(to_come[:MEETING_DAYS] or DAYS[-1:])

    def some_stretch(self, name: str) -> tuple[int, int]:
        """Return start and end of a date in the unit of the facility, mostly in opening hours."""
        rules = self.model.rules(name)
        day = self.some_day()
        if rules.unit is Unit.HOUR:
            night = day.weekday() == SATURDAY
            hour = self.chance.choice([20, 22, 23] if night else [8, 9, 10, 11, 14])
            start = day_of(rules.zone, day)[hour * 60 // TICK]
            return start, start + 60 * self.chance.choice([1, 2, 2, 3, 4, 7, 10])
        start = day_of(rules.zone, day)[0]
        around = self.model.count(name, whole=False).pieces_around(start, start + 4 * 24 * 60)
        pieces = [piece for piece in around if piece[0] >= start]
        if not pieces:
            return start + 8 * 60, start + 17 * 60
        first = min(self.chance.choice([0, 0, 1]), len(pieces) - 1)
        last = min(first + self.chance.choice([0, 0, 1, 2]), len(pieces) - 1)
        return pieces[first][0], pieces[last][1]

    def some_stretches(self, most: int) -> Callable[[str], list[tuple[int, int]]]:
        """Return a function that chooses one to `most` dates of a facility."""
        count = self.chance.choice([1, 1, 2, most])
        return lambda name: [self.some_stretch(name) for _ in range(count)]

    def some_extent(self, name: str) -> tuple[bool, int]:
        """Return whether the whole facility is requested, and how many places."""
        own = self.model.nodes[name].places
        if self.chance.random() < 0.05:
            return False, self.chance.choice([0, own + 1])
        return self.chance.choice([(False, 1), (False, 1), (False, own), (True, 1)])

    def some_dates(self, state: str) -> tuple[int, list[int]] | None:
        """Return a request, mostly one with dates in this state, and some of its dates."""
        requests = self.model.requests
        fitting = [n for n, r in enumerate(requests) if any(d.state == state for d in r.dates)]
        stray = self.chance.random() < 0.08
        if not requests or not (stray or fitting):
            return None
        number = self.chance.randrange(len(requests)) if stray else self.chance.choice(fitting)
        dates = requests[number].dates
        able = [index for index, one in enumerate(dates) if stray or one.state == state]
        return number, sorted(self.chance.sample(able, self.chance.randint(1, len(able))))

    def somebody(self, able: Any) -> str:
        """Return one of these people, now and then anybody."""
        names = sorted(able)
        if not names or self.chance.random() < 0.1:
            names = ACTORS
        return self.chance.choice(names)

    def some_judge(self, number: int) -> str:
        """Return mostly somebody who may decide on the request.

        Now and then its requester, or who could not for their firm competes.
        """
        request, chance = self.model.requests[number], self.chance.random()
        if chance < 0.07:
            return request.requester
        if chance < 0.2:
            return self.somebody(self.model.deciders(request.facility, request.asker))
        return self.somebody(self.model.judges(number))

    # --- asking and entering ------------------------------------------------------------------

    def send(self) -> bool:
        """A partner requests one to three dates."""
        name = self.some_facility()
        person = self.chance.choice([*PARTNERS * 6, "hana"])
        stretches, extent = self.some_stretches(3)(name), self.some_extent(name)
        may_wait = self.talks and self.chance.random() < 0.6
        return self.send_these(person, name, stretches, extent, may_wait=may_wait)

    def send_these(
        self,
        person: str,
        name: str,
        stretches: list[tuple[int, int]],
        extent: tuple[bool, int],
        *,
        may_wait: bool,
    ) -> bool:
        """Somebody requests these dates."""
        log_length = len(self.model.log)
        return self.step(
            "send",
            self.model.send(person, name, stretches, *extent, may_wait=may_wait),
            lambda world, rows: asking.send(
                world.account(person),
                self.new_request(world, name, stretches, extent, may_wait=may_wait),
            ),
            log_length,
        )

    def send_what_is_drawn(self) -> bool:
        """A partner requests a time drawn free, which succeeds, or drawn busy, which is refused."""
        name, day = self.some_facility(), self.some_day()
        person = self.chance.choice(PARTNERS)
        world = self.worlds[0]
        with world.inside():
            viewer = world.account(person).viewer
            drawn = times_of(name, day, day, viewer, clock.now()).days[0]
        free = bool(drawn.free) and self.chance.random() < 0.75
        slots = drawn.free if free else drawn.busy
        if not slots:
            return False
        slot = self.chance.choice(slots)
        start, end = minute_of(slot.starts_at), minute_of(slot.ends_at)
        if free and self.model.rules(name).unit is Unit.HOUR:
            start += 60 * self.chance.randrange((end - start) // 60)
            end = min(end, start + 60 * self.chance.randint(1, 12))
        log_length = len(self.model.log)
        expected = self.model.send(person, name, [(start, end)], False, 1)
        assert (expected[0] == "ok") is free, f"drawn {slot}, yet {expected}"
        return self.step(
            f"send what is drawn {'free' if free else 'busy'}",
            expected,
            lambda world, rows: asking.send(
                world.account(person), self.new_request(world, name, [(start, end)], (False, 1))
            ),
            log_length,
        )

    def enter(self) -> bool:
        """An owner enters own use, or a booking for a firm."""
        name = self.some_facility()
        person = self.somebody(self.model.deciders(name, None))
        firm = self.chance.choice([None, None, *FIRMS])
        stretches, extent = self.some_stretches(2)(name), self.some_extent(name)
        override = self.chance.choice(["", "", "It is ours."])
        return self.enter_these(person, name, stretches, extent, firm, override)

    def enter_these(
        self,
        person: str,
        name: str,
        stretches: list[tuple[int, int]],
        extent: tuple[bool, int],
        firm: str | None,
        override: str,
    ) -> bool:
        """Somebody enters these dates."""
        log_length = len(self.model.log)
        return self.step(
            "enter",
            self.model.enter(person, name, stretches, *extent, firm, override),
            lambda world, rows: deciding.enter(
                world.account(person),
                Entering(
                    self.new_request(world, name, stretches, extent),
                    world.organisations[firm] if firm else None,
                    override,
                ),
            ),
            log_length,
        )

    # --- deciding -----------------------------------------------------------------------------

    def confirm(self) -> bool:
        """Somebody confirms some dates of a request."""
        if (dates := self.some_dates("requested")) is None:
            return False
        return self.confirm_these(*dates)

    def confirm_these(self, *dates: Any) -> bool:
        """Somebody confirms these dates of a request."""
        person = self.some_judge(dates[0])
        override = self.chance.choice(["", "They know."])
        choice = self.some_choice(dates[0]) if self.talks else None
        changes = self.model.requests[dates[0]].changes
        seen = self.chance.choice([None, changes, changes, changes, changes - 1])
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            conditions = self.as_chosen(choice, rows)
            decision = self.decision(rows, *dates, "", override, conditions=conditions, seen=seen)
            deciding.confirm(world.account(person), decision)

        expected = self.model.confirm(person, *dates, override, choice, seen)
        accepts = self.model.log[log_length:] and self.model.log[-1].after == "accepted"
        return self.step("accept" if accepts else "confirm", expected, call, log_length)

    def decline(self) -> bool:
        """Somebody declines some dates of a request."""
        state = self.chance.choice(["requested", "requested", "waiting", "accepted"])
        if (dates := self.some_dates(state)) is None:
            return False
        person = self.some_judge(dates[0])
        log_length = len(self.model.log)
        return self.step(
            "decline",
            self.model.decline(person, *dates, "Full."),
            lambda world, rows: deciding.decline(
                world.account(person), self.decision(rows, *dates, "Full.")
            ),
            log_length,
        )

    def cancel(self) -> bool:
        """Somebody of either side cancels some confirmed dates."""
        if (dates := self.some_dates("confirmed")) is None:
            return False
        return self.cancel_these(*dates)

    def cancel_these(self, *dates: Any) -> bool:
        """Somebody cancels these dates."""
        request, owner = self.model.requests[dates[0]], self.chance.random() < 0.5
        owner = owner or request.firm is None
        person = self.some_judge(dates[0]) if owner else self.somebody(self.firm_of(request.firm))
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            decision = self.decision(rows, *dates, "Off.")
            ids = decision.occurrence_ids
            if owner:
                deciding.cancel(world.account(person), decision)
            else:
                asking.cancel(world.account(person), decision.booking_id, ids, "Off.")

        expected = self.model.cancel(person, *dates, "Off.", owner=owner)
        return self.step("cancel", expected, call, log_length)

    def no_show(self) -> bool:
        """Somebody who decides records that nobody came."""
        return self._visit("no show", self.model.no_show, attendance.mark_no_show)

    def arrive(self) -> bool:
        """Somebody who decides notes that the people have come."""
        return self._visit("arrive", self.model.arrive, attendance.note_arrival)

    def _visit(
        self, kind: str, foretell: Callable[..., Answer], service: Callable[..., None]
    ) -> bool:
        begun = [
            (number, [index])
            for number, request in enumerate(self.model.requests)
            for index, one in enumerate(request.dates)
            if one.state == "confirmed" and instant_of(one.start) <= self.model.now
        ]
        stray = self.some_dates("confirmed") if self.chance.random() < 0.2 else None
        if (dates := stray or (self.chance.choice(begun) if begun else None)) is None:
            return False
        number, (index, *_) = dates
        person = self.some_judge(number)
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            key = ids_of_dates(rows)[number, index]
            service(world.account(person), rows["booking"][number]["id"], key)

        return self.step(kind, foretell(person, number, index), call, log_length)

    def withdraw(self) -> bool:
        """Somebody withdraws dates that are still undecided."""
        state = self.chance.choice(["requested", "requested", "waiting", "accepted"])
        if (dates := self.some_dates(state)) is None:
            return False
        return self.withdraw_these(*dates)

    def withdraw_these(self, *dates: Any) -> bool:
        """Somebody withdraws these dates."""
        person = self.somebody(self.firm_of(self.model.requests[dates[0]].firm))
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            decision = self.decision(rows, *dates, "")
            asking.withdraw(world.account(person), decision.booking_id, decision.occurrence_ids)

        return self.step("take back", self.model.withdraw(person, *dates), call, log_length)

    def firm_of(self, firm: str | None) -> list[str]:
        """Return who works there."""
        return [name for name in PARTNERS if PEOPLE[name].firm == firm]

    # --- time passes --------------------------------------------------------------------------

    def move_on(self) -> bool:
        """Time passes; nothing happens by itself."""
        if self.model.now.date() >= DAYS[-MEETING_DAYS]:
            return False
        before = {one for one in self.model.all_dates() if one.sits(self.model.now)}
        ends = [one.lapses_at for one in self.model.all_dates() if one.state in OPEN]
        begins = [
            instant_of(one.start)
            for one in self.model.all_dates()
            if one.state == "confirmed" and instant_of(one.start) > self.model.now
        ]
        chance = self.chance.random()
        if ends and chance < 0.35:
            # To the very instant at which the next one ends, if that is in the future.
            self.model.now = max(self.model.now, min(ends))
        elif begins and chance < 0.5:
            self.model.now = min(begins)  # people come, or not
        else:
            self.model.now += timedelta(hours=self.chance.choice(HOURS_AHEAD))
        ended = any(not one.sits(self.model.now) for one in before)
        self.seen["move on", "a hold ended" if ended else "nothing ended"] += 1
        return True

    def lapse(self) -> bool:
        """The worker ends what nobody answered."""
        late = any(
            one.state in OPEN and not one.is_open(self.model.now) for one in self.model.all_dates()
        )
        if not late and self.chance.random() < 0.8:
            return False
        log_length = len(self.model.log)
        expected = self.model.lapse()
        self.seen["lapse", "some" if expected[1] else "none"] += 1
        return self.step("lapse", expected, lambda world, rows: lapse_due(), log_length)


def is_said(step: Callable[[], bool]) -> bool:
    """Return whether a step is more than requests and answers."""
    talking = (DialogueSteps, AgreementSteps, ElsewhereSteps)
    return any(hasattr(one, step.__name__) for one in talking)


def kinds_of(name: str, answer: Answer) -> list[tuple[str, str]]:
    """Return what is to be counted of an answer."""
    if answer[0] == "refused":
        return [(name, code) for _, code in answer[1]]
    return [(name, "ok" if answer[0] == "ok" else answer[-1])]
