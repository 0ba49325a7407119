"""Steps around a proposal at another facility of the cluster: a second booking of the request."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from booking.decisions.proposing import Proposal, propose
from booking.rules.slots import Slot
from tests.rules.minute_model import instant_of
from tests.walk.edits_model import EditsModel
from tests.walk.history import Request
from tests.walk.world import Rows, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TRIES = 6
PARTNERS = ["anna", "bert", "carl"]
#: What becomes of a proposal at another facility; what is not said of it stays open.
ENDINGS = [
    "take", "take", "refuse", "counter", "counter", "withdraw", "confirm old", "give up old",
    "expire", "",
]  # fmt: skip


class ElsewhereSteps:
    """Steps of both sides; a mixin of the walker, which chooses and takes them."""

    model: EditsModel
    chance: Random
    seen: Counter[tuple[str, str]]
    step: Callable[..., bool]
    some_dates: Callable[[str], tuple[int, list[int]] | None]
    some_facility: Callable[[], str]
    some_stretch: Callable[[str], tuple[int, int]]
    some_extent: Callable[[str], tuple[bool, int]]
    some_judge: Callable[[int], str]
    some_partner: Callable[[int], str]
    somebody: Callable[[Any], str]
    key_of: Callable[[Rows, int, int], int]
    send_these: Callable[..., bool]
    confirm_these: Callable[..., bool]
    cancel_these: Callable[..., bool]
    withdraw_these: Callable[..., bool]
    take_this: Callable[..., bool]
    suggest_for: Callable[..., bool]
    refuse_these: Callable[..., bool]
    withdraw_these_proposals: Callable[..., bool]
    lapse: Callable[[], bool]

    def propose_elsewhere(self) -> bool:
        """Somebody who decides proposes another facility, of which the requester takes one date."""
        states = ["requested", "requested", "confirmed", "accepted"]
        dates = self.some_dates(self.chance.choice(states))
        if dates is None:
            return False
        number, (index, *_) = dates
        return self.propose_there(number, index)

    def elsewhere(self, ending: str | None = None) -> bool:
        """Somebody asks for something, is proposed another facility, and says what they think.

        `ending` is how it is to end; None: in some way.
        """
        name, number = self.some_facility(), len(self.model.requests)
        if name == "lab":  # alone in its cluster
            name = "hall"
        person = self.chance.choice(PARTNERS)
        extent = self.some_extent(name)
        stretches = [
            self.some_free_stretch(
                name, lambda one: self.model.reasons(name, [one], *extent, set())
            )
        ]
        self.send_these(person, name, stretches, extent, may_wait=False)
        if len(self.model.requests) == number:
            return True
        request = self.model.requests[number]
        if request.dates[0].state == "requested" and self.chance.random() < 0.3:
            self.confirm_these(number, [0])
        there = len(self.model.requests)
        self.propose_there(number, 0, mostly_possible=True)
        if len(self.model.requests) > there:
            ending = self.chance.choice(ENDINGS) if ending is None else ending
            if self.chance.random() < 0.4:
                self.model.now += HOUR * self.chance.choice([1, 24, 48])
            self._end(ending, request, number, there)
        return True

    def _end(self, ending: str, request: Request, number: int, there: int) -> None:
        """Let a proposal in the newest booking, for the first date of its request, end so."""
        proposed = [
            index
            for index, one in enumerate(self.model.requests[there].dates)
            if one.state == "proposed"
        ]
        some = self.chance.sample(proposed, self.chance.randint(1, len(proposed)))
        old = request.dates[0]
        if ending == "take":
            self.take_this(there, some[0])
        elif ending == "refuse":
            self.refuse_these(there, sorted(some))
        elif ending == "counter":
            self.suggest_for(there, some[0])
            asked = [n for n, d in enumerate(self.model.requests[there].dates)
                     if d.state == "requested"]  # fmt: skip
            if asked and self.chance.random() < 0.6:
                self.confirm_these(there, asked)
        elif ending == "withdraw":
            self.withdraw_these_proposals(there, sorted(some))
        elif ending == "confirm old" and old.state == "requested":
            self.confirm_these(number, [0])
        elif ending == "give up old":
            if old.state == "confirmed":
                self.cancel_these(number, [0])
            elif old.state in ("requested", "accepted"):
                self.withdraw_these(number, [0])
        elif ending == "expire":
            ends = [self.model.requests[there].dates[index].lapses_at for index in proposed]
            self.model.now = max([self.model.now, *(at for at in ends if at)])
            self.lapse()
        self.seen["elsewhere", ending or "left open"] += 1

    def some_free_stretch(
        self, name: str, reasons: Callable[[tuple[int, int]], object]
    ) -> tuple[int, int]:
        """Return a time of a facility, mostly one against which there are no reasons."""
        found = self.some_stretch(name)
        for _ in range(TRIES):
            if not reasons(found):
                break
            found = self.some_stretch(name)
        return found

    def propose_there(self, number: int, index: int, *, mostly_possible: bool = False) -> bool:
        """Somebody who decides proposes one or more dates at another facility for this date."""
        request = self.model.requests[number]
        one, here = request.dates[index], self.model.nodes[request.facility]
        near = [n.name for n in self.model.nodes.values() if n.cluster == here.cluster]
        others = [other for other in near if other != here.name]
        if not others or (not mostly_possible and self.chance.random() < 0.05):
            others = [*self.model.nodes]
        there = self.chance.choice(others)
        both = self.model.judges(number) & self.model.deciders(there, request.asker)
        able = sorted(both) if mostly_possible else ()
        person = self.somebody(both) if self.chance.random() < 0.85 else self.some_judge(number)
        person = self.chance.choice(able) if able else person
        extent = self.some_extent(there)
        stretches = [self.some_stretch(there)]
        if mostly_possible:
            stretches[0] = self.some_free_stretch(
                there,
                lambda stretch: self.model.reasons_to_enter(
                    person, there, [stretch], *extent, [one]
                ),
            )
        elif self.chance.random() < 0.5 and self.model.rules(there).unit == "hour":
            stretches = [(one.start, one.end)]  # the same time there
        while self.chance.random() < 0.3:
            stretches.append(self.some_stretch(there))
        until = self.model.today(there) + DAY * self.chance.choice([2, 3, 5, 8, 8, 14, 15])
        log_length = len(self.model.log)
        expected = self.model.propose(person, number, index, stretches, extent, until, there)

        def call(world: World, rows: Rows) -> None:
            slots = tuple(Slot(instant_of(start), instant_of(end)) for start, end in stretches)
            booking_id, key = rows["booking"][number]["id"], self.key_of(rows, number, index)
            proposal = Proposal(
                booking_id, key, slots, *extent, until, facility_id=world.facilities[there]
            )
            propose(world.account(person), proposal)

        kind = "move elsewhere" if one.state == "confirmed" else "propose elsewhere"
        return self.step(kind, expected, call, log_length)
