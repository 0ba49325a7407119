"""Steps around the yes: the waiting list, conditions, and what requesters change afterwards."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from booking.bookings.details import RequestDetails
from booking.conditions.missed import tell_of_missed
from booking.conditions.service import ConditionStep, take_condition_step
from booking.db import clock
from booking.decisions.turns import offer_free_time
from booking.decisions.waiting_list import put_on_waiting_list
from booking.manage.conditions import service as condition_service
from booking.requests.changing import Change, DateChange, change_request, preview_change
from booking.rules.conditions import (
    ConditionAct,
    ConditionKind,
    ConditionsChoice,
    ConditionStage,
    NewCondition,
)
from booking.rules.slots import Slot
from tests.rules.minute_model import instant_of
from tests.walk.conditions_model import STEPS
from tests.walk.edits_model import EditsModel, Wish
from tests.walk.history import Request
from tests.walk.model import Choice
from tests.walk.world import Rows, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STAGES = ["before_final", "before_arrival"]
PARTNERS = ["anna", "bert", "carl"]
#: What becomes of a condition before the yes.
TALKS = [["mark_done", "find_met"], ["mark_done", "find_missing", "mark_done"], ["waive"], []]


class AgreementSteps:
    """Steps of both sides; a mixin of the walker, which chooses and takes them."""

    model: EditsModel
    chance: Random
    seen: Counter[tuple[str, str]]
    step: Callable[..., bool]
    decision: Callable[..., Any]
    some_dates: Callable[[str], tuple[int, list[int]] | None]
    some_facility: Callable[[], str]
    some_stretch: Callable[[str], tuple[int, int]]
    some_extent: Callable[[str], tuple[bool, int]]
    some_judge: Callable[[int], str]
    some_partner: Callable[[int], str]
    somebody: Callable[[Any], str]
    key_of: Callable[[Rows, int, int], int]
    send_these: Callable[..., bool]
    enter_these: Callable[..., bool]
    confirm_these: Callable[..., bool]
    cancel_these: Callable[..., bool]

    # --- the waiting list ---------------------------------------------------------------------

    def crowd(self) -> bool:
        """What some firms want is taken, and mostly becomes free while they wait."""
        lists = [one for one in self.model.nodes if self.model.stated(one, "waiting_list_days")]
        if not lists:
            return False
        name = self.chance.choice(lists)
        stretch, firms = self.some_stretch(name), self.chance.sample(PARTNERS, 3)
        extent = self.chance.choice([(True, 1), (False, 1)])
        competes = self.chance.random() < 0.4
        if competes:  # for the time that others get
            self.send_these(firms.pop(), name, [stretch], extent, may_wait=False)
            self.model.now += HOUR
        owner = self.somebody(self.model.deciders(name, None))
        self.enter_these(owner, name, [stretch], (True, 1), None, "It is ours.")
        entered = len(self.model.requests) - 1
        is_taken = bool(self.model.requests) and self.model.requests[-1].entered
        for person in firms:
            self.send_these(person, name, [stretch], extent, may_wait=True)
        if is_taken and self.chance.random() < 0.9:
            self.cancel_these(entered, [0])
        return self.turns()

    def agree(self) -> bool:
        """Somebody asks for something and gets it, mostly with something to be done before."""
        name = self.some_facility()
        number = len(self.model.requests)
        person, stretches = self.chance.choice(PARTNERS), [self.some_stretch(name)]
        self.send_these(person, name, stretches, self.some_extent(name), may_wait=False)
        if len(self.model.requests) == number:
            return True
        if self.model.requests[number].dates[0].state == "requested":
            self.confirm_these(number, [0])
        request, said = self.model.requests[number], self.chance.choice(TALKS)
        for act in said if request.dates[0].state == "accepted" else []:
            open_ones = [n for n, one in enumerate(request.conditions) if one.is_pending]
            if open_ones:
                self.condition_step(number, open_ones[0], act, "Seen.")
        dues = [one.due_at for one in request.counting if not one.is_settled]
        if request.dates[0].state == "confirmed" and dues and self.chance.random() < 0.4:
            self.model.now = max(self.model.now, min(dues))
            return self.missed()
        return True

    def wait(self) -> bool:
        """Somebody who decides puts dates on the waiting list."""
        if (dates := self.some_dates("requested")) is None:
            return False
        person = self.some_judge(dates[0])
        log_length = len(self.model.log)
        return self.step(
            "wait",
            self.model.wait(person, *dates, "Later."),
            lambda world, rows: put_on_waiting_list(
                world.account(person), self.decision(rows, *dates, "Later.")
            ),
            log_length,
        )

    def turns(self) -> bool:
        """The worker proposes what is free to who waits for it."""
        waits = any(one.state == "waiting" for one in self.model.all_dates())
        if not waits and self.chance.random() < 0.9:
            return False
        log_length = len(self.model.log)
        expected = self.model.turns()
        self.seen["turns", "some" if expected[1] else "none"] += 1
        return self.step("turns", expected, lambda world, rows: offer_free_time(), log_length)

    # --- conditions ---------------------------------------------------------------------------

    def list_condition(self) -> bool:
        """Somebody adds a condition to the list of a facility, or takes one off."""
        name = self.some_facility()
        person = self.somebody(self.model.deciders(name, None))
        log_length, listed = len(self.model.log), self.model.lists.get(name, [])
        if listed and self.chance.random() < 0.75:
            index = self.chance.randrange(len(listed))
            text = f"Condition {listed[index][0]}"

            def remove(world: World, rows: Rows) -> None:
                key = next(row["id"] for row in rows["facility_condition"] if row["text"] == text)
                condition_service.remove_condition(world.account(person), name, key)

            expected = self.model.remove_condition(person, name, index)
            return self.step("unlist condition", expected, remove, log_length)
        stage, days = self.chance.choice(STAGES), self.chance.choice([0, 0, 1, 3])
        expected = self.model.add_condition(person, name, stage, days)
        condition = new_condition(f"Condition {self.model.listed}", stage, days)
        return self.step(
            "list condition",
            expected,
            lambda world, rows: condition_service.add_condition(
                world.account(person), name, condition
            ),
            log_length,
        )

    def some_choice(self, number: int) -> Choice | None:
        """Return what somebody who confirms chooses, mostly the usual."""
        if self.chance.random() < 0.6:
            return None
        request = self.model.requests[number]
        today = self.model.today(request.facility)
        by = today + DAY * self.chance.choice([0, 1, 2, 4, 7, 61])
        listed = [one for one, _, _ in self.model.lists.get(request.facility, [])]
        waived = frozenset(one for one in listed if self.chance.random() < 0.3)
        added = None
        if self.chance.random() < 0.4:
            added = self.chance.choice(STAGES), self.chance.choice([0, 0, 2])
        words = "" if self.chance.random() < 0.1 else "Known."
        return Choice(by, waived, words, added)

    def as_chosen(self, choice: Choice | None, rows: Rows) -> ConditionsChoice | None:
        """Return what was chosen as the form would send it."""
        if choice is None:
            return None
        texts = {f"Condition {one}" for one in choice.waived}
        ids = {row["id"] for row in rows["facility_condition"] if row["text"] in texts}
        added = new_condition("Added", *choice.added) if choice.added else None
        return ConditionsChoice(choice.by, frozenset(ids), choice.waive_reason, added)

    def condition(self) -> bool:
        """Somebody marks a condition as done, or checks or waives it."""
        every = [
            (number, index, not one.is_settled and not one.is_off)
            for number, request in enumerate(self.model.requests)
            for index, one in enumerate(request.conditions)
        ]
        accepted, agreed = (
            [one for one in every if one[2] and self._has(one[0], states)]
            for states in ({"accepted"}, {"accepted", "confirmed"})
        )
        stray = self.chance.random() < 0.1
        open_ones = every if stray else accepted or agreed
        if self.chance.random() < 0.3:
            open_ones = agreed
        if not open_ones:
            return False
        number, index, _ = self.chance.choice(open_ones)
        act = self.chance.choice(["mark_done", "find_met", "find_met", *STEPS])
        return self.condition_step(number, index, act, self.chance.choice(["Seen.", "Seen.", ""]))

    def condition_step(self, number: int, index: int, act: str, words: str) -> bool:
        """Somebody does this with a condition of a request."""
        is_owner = STEPS[act][0] == "owner"
        person = self.some_judge(number) if is_owner else self.some_partner(number)
        log_length = len(self.model.log)
        expected = self.model.take_condition_step(person, number, index, act, words)

        def call(world: World, rows: Rows) -> bool:
            booking_id = rows["booking"][number]["id"]
            hung = [r["id"] for r in rows["booking_condition"] if r["booking_id"] == booking_id]
            step = ConditionStep(hung[index], ConditionAct(act), words)
            return take_condition_step(world.account(person), step)

        if expected == ("ok", True):
            self.seen["conditions", "final"] += 1
        return self.step(act.replace("_", " "), expected, call, log_length)

    def _has(self, number: int, states: set[str]) -> bool:
        return any(one.state in states for one in self.model.requests[number].dates)

    def missed(self) -> bool:
        """The worker tells of conditions that were not met before arrival."""
        due = any(
            one.due_at <= self.model.now and not one.is_missed and not one.is_settled
            for request in self.model.requests
            for one in request.conditions
        )
        if not due and self.chance.random() < 0.9:
            return False
        log_length = len(self.model.log)
        expected = self.model.tell_of_missed()
        self.seen["missed", "some missed" if expected[1] else "none missed"] += 1
        return self.step("missed", expected, lambda world, rows: tell_of_missed(), log_length)

    # --- what requesters change ---------------------------------------------------------------

    def edit(self) -> bool:
        """Somebody of the firm changes time or extent of a date, or what they said."""
        state = self.chance.choice(["requested", "confirmed", "confirmed", "accepted", "waiting"])
        dates = self.some_dates(state) or self.some_dates("confirmed")
        if dates is None or self.model.requests[dates[0]].firm is None:
            return False
        number, (index, *_) = dates
        request, person = self.model.requests[number], self.some_partner(number)
        wish = self.some_wish(request, index) if self.chance.random() < 0.75 else None
        said = request.details_of(request.dates[index]) if wish else dict(request.details)
        if wish is None or self.chance.random() < 0.3:
            said["title"] = self.chance.choice([said["title"], "Trial", "Another trial"])
            said["people"] = max(1, said["people"] + self.chance.choice([-2, -1, 1, 2]))
            said["hazards"] = self.chance.random() < 0.3
            said["hazards_note"] = "Smoke." if said["hazards"] else ""
        stale = self.chance.random() < 0.05
        log_length = len(self.model.log)
        expected = self.model.edit(person, number, said, wish, stale=stale)

        def call(world: World, rows: Rows) -> Any:
            booking_id = rows["booking"][number]["id"]
            date = None
            if wish is not None:
                slot = Slot(*map(instant_of, wish.stretch))
                key = self.key_of(rows, number, wish.index)
                date = DateChange(key, slot, wish.whole, wish.places)
            details = RequestDetails(purpose="To walk.", activity="experiment", **said)
            account, change = world.account(person), Change(booking_id, details, date, "Words.")
            if not stale:
                shown = preview_change(account, change, clock.now())
                assert world.rows_here() == rows, "I8 looking at a change changed something"
            key = "seen before" if stale else shown.key
            found = change_request(account, replace(change, expected=key))
            return kinds(found.at_once), kinds(found.to_answer)

        if expected[0] == "ok":
            at_once, to_answer = expected[1]
            self.seen.update(("at once", kind) for kind in at_once)
            self.seen.update(("to answer", kind) for kind in to_answer)
        return self.step("edit", expected, call, log_length)

    def some_wish(self, request: Request, index: int) -> Wish:
        """Return another time or extent for a date: mostly less, or more of the same."""
        one = request.dates[index]
        stretch, whole, places = (one.start, one.end), one.whole, one.places
        chance = self.chance.random()
        by_hour = self.model.rules(request.facility).unit == "hour"
        if by_hour and chance < 0.35 and one.end - one.start > 60:
            stretch = self.chance.choice(
                [(one.start + 60, one.end), (one.start, one.end - 60), (one.start, one.start + 60)]
            )
        elif by_hour and chance < 0.6:
            stretch = self.chance.choice(
                [
                    (one.start, one.end + 60),
                    (one.start - 60, one.end),
                    (one.start + 60, one.end + 60),
                ]
            )
        elif chance < 0.8:
            stretch = self.some_stretch(request.facility)
        if self.chance.random() < 0.3:
            whole, places = self.some_extent(request.facility)
        return Wish(index, stretch, whole, places)


def new_condition(text: str, stage: str, days: int) -> NewCondition:
    """Return a condition as the form would send it."""
    return NewCondition(ConditionKind.INDUCTION, text, ConditionStage(stage), days)


def kinds(edits: Any) -> frozenset[str]:
    """Return the kinds of these changes, by the names of the model."""
    found = {one.edit.kind.value for one in edits}
    return frozenset("title" if kind == "new_title" else kind for kind in found)
