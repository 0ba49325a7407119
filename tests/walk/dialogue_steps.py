"""Steps of both sides around an answer: proposals, other times, questions, second thoughts."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from booking.decisions.proposing import Proposal, propose, withdraw_proposals
from booking.decisions.undoing import undo_confirmation
from booking.messages.service import NewMessage, write
from booking.requests.answering import Suggestion, accept, decline_proposals, suggest
from booking.rules.lifecycle import Side
from booking.rules.slots import Slot
from tests.rules.minute_model import instant_of
from tests.walk.checks import ids_of_dates
from tests.walk.dialogue_model import DialogueModel
from tests.walk.world import Rows, World

DAY = timedelta(days=1)


class DialogueSteps:
    """Steps of owners and partners; a mixin of the walker, which chooses and takes them."""

    model: DialogueModel
    chance: Random
    seen: Counter[tuple[str, str]]
    step: Callable[..., bool]
    some_dates: Callable[[str], tuple[int, list[int]] | None]
    some_stretch: Callable[[str], tuple[int, int]]
    some_extent: Callable[[str], tuple[bool, int]]
    some_judge: Callable[[int], str]
    somebody: Callable[[Any], str]
    firm_of: Callable[[str | None], list[str]]

    def some_partner(self, number: int) -> str:
        """Return mostly somebody of the firm that asked."""
        return self.somebody(self.firm_of(self.model.requests[number].firm))

    def some_place(self, number: int, index: int) -> tuple[tuple[int, int], tuple[bool, int]]:
        """Return another time for a date, often near it, and as many places or others."""
        request = self.model.requests[number]
        one = request.dates[index]
        stretch = one.start, one.end
        chance = self.chance.random()
        if chance < 0.3 and self.model.rules(request.facility).unit == "hour":
            stretch = one.start + 60, one.end + 60
        elif chance < 0.9:
            stretch = self.some_stretch(request.facility)
        kept = one.whole, one.places
        return stretch, kept if self.chance.random() < 0.7 else self.some_extent(request.facility)

    def key_of(self, rows: Rows, number: int, index: int) -> int:
        """Return the id of a date."""
        return ids_of_dates(rows)[number, index]

    # --- proposals ----------------------------------------------------------------------------

    def propose(self) -> bool:
        """Somebody who decides proposes other times, of which the requester takes one or none."""
        dates = self.some_dates(self.chance.choice(["requested", "requested", "confirmed"]))
        if dates is None:
            return False
        number, (index, *_) = dates
        person = self.some_judge(number)
        stretch, extent = self.some_place(number, index)
        stretches = [stretch]
        while self.chance.random() < 0.3:
            stretches.append(self.some_stretch(self.model.requests[number].facility))
        facility = self.model.requests[number].facility
        until = self.model.today(facility) + DAY * self.chance.choice([1, 2, 3, 5, 8, 14, 15])
        log_length = len(self.model.log)
        kind = "move" if self.model.requests[number].dates[index].state == "confirmed" else ""
        expected = self.model.propose(person, number, index, stretches, extent, until)

        def call(world: World, rows: Rows) -> None:
            slots = tuple(Slot(instant_of(start), instant_of(end)) for start, end in stretches)
            booking_id = rows["booking"][number]["id"]
            key = self.key_of(rows, number, index)
            propose(world.account(person), Proposal(booking_id, key, slots, *extent, until))

        return self.step(kind or "propose", expected, call, log_length)

    def withdraw_proposals(self) -> bool:
        """Somebody who decides withdraws proposals."""
        return self._end_proposals(
            "withdraw proposals", self.model.withdraw_proposals, withdraw_proposals, owner=True
        )

    def none_of_these(self) -> bool:
        """Somebody of the firm declines proposals."""
        return self._end_proposals(
            "none of these", self.model.none_of_these, decline_proposals, owner=False
        )

    def _end_proposals(
        self,
        kind: str,
        foretell: Callable[..., Any],
        service: Callable[..., None],
        *,
        owner: bool,
    ) -> bool:
        if (dates := self.some_dates("proposed")) is None:
            return False
        return self._end_these(kind, foretell, service, dates, owner=owner)

    def refuse_these(self, number: int, chosen: list[int]) -> bool:
        """Somebody of the firm declines these proposals."""
        return self._end_these(
            "none of these",
            self.model.none_of_these,
            decline_proposals,
            (number, chosen),
            owner=False,
        )

    def withdraw_these_proposals(self, number: int, chosen: list[int]) -> bool:
        """Somebody who decides withdraws these proposals."""
        return self._end_these(
            "withdraw proposals",
            self.model.withdraw_proposals,
            withdraw_proposals,
            (number, chosen),
            owner=True,
        )

    def _end_these(
        self,
        kind: str,
        foretell: Callable[..., Any],
        service: Callable[..., None],
        dates: tuple[int, list[int]],
        *,
        owner: bool,
    ) -> bool:
        number, chosen = dates
        person = self.some_judge(number) if owner else self.some_partner(number)
        log_length = len(self.model.log)
        expected = foretell(person, number, chosen)

        def call(world: World, rows: Rows) -> None:
            keys = [self.key_of(rows, number, index) for index in chosen]
            service(world.account(person), rows["booking"][number]["id"], keys)

        return self.step(kind, expected, call, log_length)

    def take(self) -> bool:
        """Somebody of the firm takes a proposal."""
        if (dates := self.some_dates("proposed")) is None:
            return False
        turns = self._proposals(in_place=False)
        if turns and self.chance.random() < 0.6:
            dates = self.chance.choice(turns)
        number, (index, *_) = dates
        return self.take_this(number, index)

    def take_other_time(self) -> bool:
        """Somebody of the firm takes what was proposed in the place of a date."""
        proposals = [
            (number, dates)
            for number, dates in self._proposals(in_place=True)
            if self.model.requests[number].dates[dates[0]].is_open(self.model.now)
        ]
        if not proposals:
            return False
        number, (index, *_) = self.chance.choice(proposals)
        return self.take_this(number, index)

    def _proposals(self, *, in_place: bool) -> list[tuple[int, list[int]]]:
        """Return all proposals that are, or are not, in the place of another date."""
        return [
            (number, [index])
            for number, request in enumerate(self.model.requests)
            for index, one in enumerate(request.dates)
            if one.state == "proposed" and (one.replaces is not None) == in_place
        ]

    def take_this(self, number: int, index: int) -> bool:
        """Somebody of the firm takes this proposal."""
        person = self.some_partner(number)
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            key = self.key_of(rows, number, index)
            accept(world.account(person), rows["booking"][number]["id"], key)

        waited = self.model.requests[number].dates[index].replaces is None
        expected = self.model.take(person, number, index)
        if waited and expected == ("ok",):
            self.seen["a turn", "taken"] += 1
        return self.step("take", expected, call, log_length)

    def suggest(self) -> bool:
        """Somebody of the firm asks for another time: for a date, or instead of a proposal."""
        state = self.chance.choice(["requested", "confirmed"])
        proposed = self.some_dates("proposed") if self.chance.random() < 0.75 else None
        if (dates := proposed or self.some_dates(state)) is None:
            return False
        number, (index, *_) = dates
        return self.suggest_for(number, index)

    def suggest_for(self, number: int, index: int) -> bool:
        """Somebody of the firm asks for another time, for this date."""
        person = self.some_partner(number)
        (start, end), extent = self.some_place(number, index)
        log_length = len(self.model.log)
        was_proposed = self.model.requests[number].dates[index].state == "proposed"
        expected = self.model.suggest(person, number, index, (start, end), extent)

        def call(world: World, rows: Rows) -> None:
            slots = (Slot(instant_of(start), instant_of(end)),)
            booking_id, key = rows["booking"][number]["id"], self.key_of(rows, number, index)
            suggest(world.account(person), Suggestion(booking_id, key, slots, *extent))

        return self.step("counter" if was_proposed else "another time", expected, call, log_length)

    # --- questions ----------------------------------------------------------------------------

    def ask(self) -> bool:
        """Somebody who decides asks a question, which stops the clock until its own date."""
        if (dates := self.some_dates("requested")) is None:
            return False
        number = dates[0]
        facility = self.model.requests[number].facility
        day = self.model.today(facility) + DAY * self.chance.choice([0, 1, 1, 2, 3, 5, 29])
        return self._write("ask", number, "owner", self.some_judge(number), asks=True, day=day)

    def answer(self) -> bool:
        """Somebody writes to the other side, mostly where that has asked something."""
        asked = [
            (number, one.side)
            for number, request in enumerate(self.model.requests)
            for one in request.questions
        ]
        if asked and self.chance.random() < 0.8:
            number, other = self.chance.choice(asked)
            side = "requester" if other == "owner" else "owner"
        elif (dates := self.some_dates("requested")) is not None:
            number, side = dates[0], self.chance.choice(["requester", "owner"])
        else:
            return False
        by_owner = side == "owner"
        person = self.some_judge(number) if by_owner else self.some_partner(number)
        asks = not by_owner and self.chance.random() < 0.3
        return self._write("answer", number, side, person, asks=asks)

    def _write(
        self, kind: str, number: int, side: str, person: str, *, asks: bool, day: date | None = None
    ) -> bool:
        log_length = len(self.model.log)
        text = f"Text {log_length}"
        expected = self.model.write(person, number, side, asks=asks, day=day)

        def call(world: World, rows: Rows) -> None:
            message = NewMessage(rows["booking"][number]["id"], text, asks, day)
            write(world.account(person), Side(side), message)

        return self.step(kind, expected, call, log_length)

    # --- second thoughts ------------------------------------------------------------------------

    def undo(self) -> bool:
        """Somebody undoes a confirmation, mostly the last one."""
        fresh = [
            (number, [request.dates.index(one) for one in request.fresh[0]])
            for number, request in enumerate(self.model.requests)
            if request.fresh is not None and request.fresh[1] == self.model.now
        ]
        dates = self.chance.choice(fresh) if fresh else None
        if dates is None and (
            self.chance.random() < 0.9 or not (dates := self.some_dates("confirmed"))
        ):
            return False
        number, chosen = dates
        person = self.some_judge(number)
        log_length = len(self.model.log)

        def call(world: World, rows: Rows) -> None:
            keys = [self.key_of(rows, number, index) for index in chosen]
            undo_confirmation(world.account(person), rows["booking"][number]["id"], keys)

        return self.step("undo", self.model.undo(person, number, chosen), call, log_length)
