"""The waiting list in the model: who waits, and whose turn it is when time is free."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.rules.minute_model import instant_of
from tests.walk.conditions_model import ConditionsModel
from tests.walk.history import OPEN, Date
from tests.walk.model import OK, Answer, meet

MARGIN = timedelta(days=1)
PROPOSED = {"proposed"}


class WaitingModel(ConditionsModel):
    """The clusters, with dates that did not fit and wait for free time."""

    def wait(self, person: str, number: int, chosen: Sequence[int], reason: str) -> Answer:
        """Put requested dates on the waiting list instead of declining them.

        What was proposed instead is withdrawn; what is asked for in the place of another date is
        declined, as that stays.
        """
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        no = self._undecided(person, number, dates)
        if no is not None:
            return no
        if self.stated(request.facility, "waiting_list_days") is None:
            return "conflict", "no_waiting_list"
        named = self.named_for(number)
        if any(one not in request.dates for one in self.open_for(request, dates, OPEN - PROPOSED)):
            return "conflict", "asked_elsewhere"
        beside = self.open_for(request, dates, {"requested", "proposed"})
        proposals = [one for one in beside if one.state == "proposed"]
        self.end_quietly(proposals, "withdrawn", "owner", None)
        moves = [
            one
            for one in dict.fromkeys((*dates, *beside))
            if one.replaces is not None and one.state == "requested"
        ]
        waiting = [one for one in dates if one not in moves]
        for one in waiting:
            one.lapses_at = self.waits_until(request.facility, instant_of(one.start))
        if moves:
            self._step(number, moves, "declined", "owner", person, reason, named=named)
        if waiting:
            self._step(number, waiting, "waiting", "owner", person, reason, named=named)
        return OK

    def turns(self) -> Answer:
        """Propose what is free to who waits for it, in the order in which they asked."""
        order = sorted(
            (self.chain(request.facility)[-1].name, request.sent_at, number)
            for number, request in enumerate(self.requests)
            if any(one.is_waiting(self.now) for one in request.dates)
        )
        looked = [
            number
            for _, _, number in order
            if self.stated(self.requests[number].facility, "waiting_list_days") is None
            or self._turn_of(number)
        ]
        offered = 0
        for number in looked:
            request, named = self.requests[number], self.named_for(number)
            waiting = [one for one in request.dates if one.is_waiting(self.now)]
            if self.stated(request.facility, "waiting_list_days") is None:
                self._step(number, waiting, "lapsed", "nobody", None, "", named=named)
                continue
            found = self._turn_of(number)
            if not found:
                continue
            for one, until in found.items():
                one.lapses_at = one.held_until = until
                one.seated, one.part = True, None
                one.seats = self.seats(request.facility, one.whole, one.places)
            self._step(number, [*found], "proposed", "nobody", None, "", named=named)
            offered += 1
        return "ok", offered

    def _turn_of(self, number: int) -> dict[Date, datetime]:
        """Return which waiting dates of a request can be proposed now, and until when."""
        request = self.requests[number]
        waiting = [one for one in request.dates if one.is_waiting(self.now)]
        broken = {index for index, _ in self._broken(request, waiting)}
        days = self.working_days(request)
        count = self.stated(request.facility, "waiting_list_days")
        found: dict[Date, datetime] = {}
        for index, one in enumerate(waiting):
            evening = days.evening(days.later(days.day_of(self.now), count))
            until = min(evening, instant_of(one.start))
            if index in broken or until <= self.now:
                continue
            if not self._fits(request.facility, one, beside=found):
                continue
            if not self._takes_from_earlier(number, one, [*found]):
                found[one] = until
        return found

    def _takes_from_earlier(self, number: int, one: Date, beside: Sequence[Date]) -> bool:
        """Return whether what was requested earlier, and holds nothing, would not fit any more."""
        request = self.requests[number]
        tree = self._tree(request.facility)
        return any(
            meet(one, other)
            and self._fits(earlier.facility, other, beside=beside)
            and not self._fits(earlier.facility, other, beside=[*beside, one])
            for index, earlier in enumerate(self.requests)
            if index != number and earlier.facility in tree and earlier.sent_at < request.sent_at
            for other in earlier.dates
            if other.state == "requested"
            and other.is_open(self.now)
            and not other.holds_something(self.now)
        )
