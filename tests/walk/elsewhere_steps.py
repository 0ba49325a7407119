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

    def elsewhere(self) -> bool:
        """Somebody asks for something, is proposed another facility, and says what they think."""
        name, number = self.some_facility(), len(self.model.requests)
        if name == "lab":  # alone in its cluster
            name = "hall"
        person = self.chance.choice(PARTNERS)
        stretches = [self.some_stretch(name)]
        self.send_these(person, name, stretches, self.some_extent(name), may_wait=False)
        if len(self.model.requests) == number:
            return True
        request = self.model.requests[number]
        if request.dates[0].state == "requested" and self.chance.random() < 0.3:
            self.confirm_these(number, [0])
        there = len(self.model.requests)
        self.propose_there(number, 0)
        if len(self.model.requests) > there:
            ending = self.chance.choice(ENDINGS)
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

    def propose_there(self, number: int, index: int) -> bool:
        """Somebody who decides proposes one or more dates at another facility for this date."""
        request = self.model.requests[number]
        one, here = request.dates[index], self.model.nodes[request.facility]
        near = [n.name for n in self.model.nodes.values() if n.cluster == here.cluster]
        others = [other for other in near if other != here.name]
        if not others or self.chance.random() < 0.05:
            others = [*self.model.nodes]
        there = self.chance.choice(others)
        both = self.model.judges(number) & self.model.deciders(there, request.asker)
        person = self.somebody(both) if self.chance.random() < 0.85 else self.some_judge(number)
        stretches = [self.some_stretch(there)]
        if self.chance.random() < 0.5 and self.model.rules(there).unit == "hour":
            stretches = [(one.start, one.end)]  # the same time there
        while self.chance.random() < 0.3:
            stretches.append(self.some_stretch(there))
        extent = self.some_extent(there)
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
