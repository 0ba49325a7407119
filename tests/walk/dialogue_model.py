"""What both sides say in the model: proposals, other times, questions, second thoughts."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.rules.minute_model import instant_of
from tests.walk.history import OPEN, Date, Question, Request
from tests.walk.model import NOT_FOUND, OK, Answer, Plan, Stretches
from tests.walk.waiting_model import WaitingModel

MOST_PROPOSALS = 5
UNDO_FOR = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=28)


class DialogueModel(WaitingModel):
    """The clusters, with all that is said about a date before and after the answer."""

    def _in_place_of(self, one: Date) -> Date:
        """Return the date in whose place something else for this one would be."""
        while one.replaces is not None and one.replaces.stands:
            one = one.replaces
        return one

    def _same(
        self, dates: Sequence[Date], name: str, stretches: Stretches, whole: bool, places: int
    ) -> bool:
        return any(
            one.facility == name
            and (one.start, one.end) in stretches
            and (one.whole if whole else not one.whole and one.places == places)
            for one in dates
        )

    def _add(
        self,
        number: int,
        replaced: Date,
        stretch: tuple[int, int],
        whole: bool,
        places: int,
        state: str,
        own: dict[str, Any] | None = None,
    ) -> Date:
        """Put a date in the place of another one among those of its request, in their order."""
        request = self.requests[number]
        one = self._date(request.facility, *stretch, whole, places, state, None)
        one.replaces, one.own = replaced, dict(own or {})
        before = [other for other in request.dates if other.start <= one.start]
        request.dates.insert(len(before), one)
        return one

    # --- proposals ----------------------------------------------------------------------------

    def propose(
        self,
        person: str,
        number: int,
        index: int,
        stretches: Stretches,
        extent: tuple[bool, int],
        until: date,
        there: str | None = None,
    ) -> Answer:
        """Propose other dates for one, held until the evening of a day; `there` is where, if not
        at its own facility: then they belong to another booking of its request."""
        request, (whole, places) = self.requests[number], extent
        chosen, name = request.dates[index], request.facility
        if person not in self.judges(number) or request.firm is None:
            return NOT_FOUND
        no = self._not_replaced(chosen)
        if no is not None:
            return no
        replaced, days = self._in_place_of(chosen), self.working_days(request)
        ending = [replaced, *self.open_for(request, [replaced], {"requested", "accepted"})]
        if there not in (None, name):
            other = self._booking_there(person, request, there)
            if other is None:
                return ("Invalid",)
            number, name = other, there
        standing = self.open_for(request, [replaced], {"proposed"})
        if (
            not self.now < days.evening(until)
            or until > days.longest_hold(self.now)
            or self._same(ending, name, stretches, whole, places)
            or len(standing) + len(stretches) > MOST_PROPOSALS
        ):
            return ("Invalid",)
        reasons = self.reasons_to_enter(person, name, stretches, whole, places, ending)
        if reasons:
            return "refused", frozenset(reasons)
        if number == len(self.requests):
            self.requests.append(
                Request(
                    name, request.firm, request.requester, request.entered, None, [],
                    request.sent_at, bookings=request.bookings,
                )
            )  # fmt: skip
        named = self.named_for(number)
        ends = [min(days.evening(until), instant_of(start)) for start, _ in stretches]
        asked = self.open_for(request, [replaced], {"requested"})
        for which, _ in self.by_booking([replaced, *asked]):
            self._move_clock(self.requests[which], max(ends), forwards=True)
        made = []
        for stretch, lapses_at in sorted(zip(stretches, ends, strict=True)):
            one = self._add(number, replaced, stretch, whole, places, "proposed", replaced.own)
            one.lapses_at = lapses_at
            made.append(one)
        for one in made:
            assert self.hold_beside(one, ending), "proposed although there is no room"
        self.tell(number, made, None, "proposed", "owner", person, named=named)
        self.tell_elsewhere(made, None, "proposed", "owner", person, named)
        return OK

    def _not_replaced(self, chosen: Date) -> Answer | None:
        """Return why nothing can be proposed in the place of a date."""
        if chosen.state not in ("requested", "accepted", "confirmed"):
            return "conflict", "already_decided"
        if chosen.state in OPEN and not chosen.is_open(self.now):
            return "conflict", "expired"
        if chosen.ends_at <= self.now:
            return "conflict", "over"
        return None

    def _booking_there(self, person: str, request: Request, there: str) -> int | None:
        """Return the number of the booking at another facility, a new one if there is none.

        None: this person cannot propose anything there.
        """
        if self.nodes[there].cluster != self.nodes[request.facility].cluster:
            return None
        if person not in self.deciders(there, request.asker):
            return None
        for one in request.bookings:
            if one.facility == there:
                number = self.requests.index(one)
                return number if person in self.judges(number) else None
        return len(self.requests)

    def withdraw_proposals(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Withdraw proposals that nobody has answered."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if person not in self.judges(number):
            return NOT_FOUND
        return self._end_proposals(number, dates, "withdrawn", "owner", person, "expired")

    def none_of_these(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Decline proposals; the date stays."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if not self._asked(person, request):
            return NOT_FOUND
        late = "proposal_expired"
        return self._end_proposals(number, dates, "declined", "requester", person, late)

    def _end_proposals(
        self, number: int, dates: Sequence[Date], after: str, side: str, person: str, late: str
    ) -> Answer:
        if any(one.state != "proposed" for one in dates):
            return "conflict", "already_decided"
        if not all(one.is_open(self.now) for one in dates):
            return "conflict", late
        until = max(
            (one.lapses_at for one in dates if one.replaces and one.lapses_at), default=None
        )
        self._step(number, dates, after, side, person, "")
        if until is not None:  # what was proposed from the waiting list stops no clock
            self.move_clock(dates, until, forwards=False)
        return OK

    def take(self, person: str, number: int, index: int) -> Answer:
        """Take a proposal: it is confirmed, what it is in the place of is replaced.

        Where something must be done before, it is accepted, and the other date stays meanwhile.
        """
        request = self.requests[number]
        one = request.dates[index]
        if not self._asked(person, request):
            return NOT_FOUND
        if one.state != "proposed":
            return "conflict", "already_decided"
        if not one.is_open(self.now):
            return "conflict", "proposal_expired"
        assert one.lapses_at is not None
        beside = self.open_for(request, [one.replaces] if one.replaces else [], OPEN)
        others = [other for other in beside if other.state == "proposed" and other is not one]
        replaced = [other for other in beside if other.state != "proposed"]
        standing = [one.replaces] if one.replaces and one.replaces.stands else []
        broken = self._broken(request, [one])
        if broken:
            return "refused", frozenset(broken)
        plan = self.plan(number, [one], None)
        assert plan.no is None
        until = one.lapses_at if one.replaces else None
        if plan.until is not None:
            if not self.hold_accepted(number, [one], [*others, *replaced], plan.until):
                return "conflict", "taken"
            self._agree(number, one, plan, person, others, replaced, standing)
            if until is not None:
                self.move_clock([one], until, forwards=False)
            self.answer_after(dict.fromkeys([one], standing[0]) if standing else {})
            return OK
        replaced += standing
        if not self._fits(request.facility, one, without=[one, *others, *replaced]):
            return "conflict", "taken"
        for other in (*others, *replaced):
            other.seated = False
        one.seated, one.held_until, one.part = True, None, None
        one.seats = self.seats(request.facility, one.whole, one.places)
        self._agree(number, one, plan, person, others, replaced, standing)
        self.share_details(number)
        if until is not None:
            self.move_clock([one], until, forwards=False)
        return OK

    def _agree(
        self,
        number: int,
        one: Date,
        plan: Plan,
        person: str,
        proposals: Sequence[Date],
        replaced: Sequence[Date],
        standing: Sequence[Date],
    ) -> None:
        named, after = self.named_for(number), "accepted" if plan.until else "confirmed"
        self.hang(number, [one], plan, person, set(standing))
        self.end_quietly(proposals, "withdrawn", "owner", None)
        for other in replaced:
            self._replace(other, "requester", person)
        self._step(number, [one], after, "requester", person, "", named=named)

    def suggest(
        self,
        person: str,
        number: int,
        index: int,
        stretch: tuple[int, int],
        extent: tuple[bool, int],
    ) -> Answer:
        """Ask for another time in the place of a date, also instead of what was proposed."""
        request, (whole, places) = self.requests[number], extent
        if not self._asked(person, request):
            return NOT_FOUND
        chosen, name = request.dates[index], request.facility
        replaced = self._in_place_of(chosen)
        before = self.open_for(request, [replaced], OPEN)
        stands = replaced.state == "confirmed" or (
            replaced.state in ("requested", "accepted") and replaced.is_open(self.now)
        )
        if not stands and not before:
            return "conflict", "already_decided"
        if stands and replaced.ends_at <= self.now:
            return "conflict", "over"
        if self._same([replaced, chosen], name, [stretch], whole, places):
            return ("Invalid",)
        reasons = self.reasons(name, [stretch], whole, places, set(), [replaced, *before])
        if reasons:
            return "refused", frozenset(reasons)
        named = self.named_for(number)
        proposed = [one for one in before if one.state == "proposed"]
        requested = [one for one in before if one.state == "requested"]
        self.end_quietly(proposed, "declined", "requester", person)
        for which, some in self.by_booking(requested):
            self._step(which, some, "withdrawn", "requester", person, "", is_told=False)
        accepted = [one for one in before if one.state == "accepted"]
        new = self._save(number, replaced, stretch, extent, chosen.own)
        if self.stated(name, "pending_holds", False):
            held = self.hold_beside(new, [replaced, *accepted])
            assert held, "requested although it does not fit"
        self.tell(number, [new], None, "requested", "requester", person, named=named)
        self.tell_elsewhere([new], None, "requested", "requester", person, named)
        return OK

    def _save(
        self,
        number: int,
        replaced: Date,
        stretch: tuple[int, int],
        extent: tuple[bool, int],
        own: dict[str, Any],
    ) -> Date:
        request, start = self.requests[number], instant_of(stretch[0])
        days = self.working_days(request)
        due = days.due_at(self.now, start)
        lapses_at = days.lapses_at(due, start)
        others = [
            one
            for one in request.dates
            if one.state == "requested" and one is not replaced and one.is_open(self.now)
        ]
        if request.due_at is None or not others:
            request.due_at = due
        if replaced.is_open(self.now) and replaced.lapses_at is not None:
            until = min(lapses_at, instant_of(replaced.start))
            self.let_lapse(replaced, max(replaced.lapses_at, until))
        new = self._add(number, replaced, stretch, *extent, "requested", own)
        new.lapses_at = lapses_at
        return new

    # --- questions ----------------------------------------------------------------------------

    def write(
        self, person: str, number: int, side: str, *, asks: bool, day: date | None = None
    ) -> Answer:
        """Write a message that nobody has written yet; it answers the questions of the others.

        A question of the owner, to be answered by the evening of a day, stops the clock.
        """
        request = self.requests[number]
        if request.firm is None:
            return NOT_FOUND
        able = person in self.judges(number) if side == "owner" else self._asked(person, request)
        if not able:
            return NOT_FOUND
        own = [one for one in request.questions if one.side == side]
        if asks and any(one.until is None or one.until > self.now for one in own):
            return "conflict", "question_open"
        days, stops = self.working_days(request), asks and side == "owner"
        waiting = [
            one for one in request.dates if one.state == "requested" and one.is_open(self.now)
        ]
        if stops:
            assert day is not None
            until = days.evening(day)
            starts = [instant_of(one.start) for one in waiting]
            if (
                until <= self.now
                or day > days.day_of(self.now) + LONGEST_WAIT
                or any(until >= start for start in starts)
            ):
                return ("Invalid",)
        others = [one for one in request.questions if one.side != side]
        for question in others:
            request.questions.remove(question)
            if question.until is not None and question.until > self.now:
                passed = days.evenings(question.asked_at, self.now)
                self._put_off(request, question, waiting, passed)
        event = "question" if asks else "answer" if others else "message"
        if asks:
            asked = Question(side, self.now, until if stops else None)
            request.questions.append(asked)
            if stops and waiting and request.due_at is not None:
                asked.due_before = request.due_at
                for one in waiting:
                    if one.lapses_at is not None:
                        asked.lapses_before[id(one)] = one, one.lapses_at
                self._put_off(request, asked, waiting, days.evenings(self.now, until))
        state = request.dates[0].state
        self.tell(number, [], state, state, side, person, event=event)
        return OK

    def _put_off(
        self, request: Request, question: Question, waiting: Sequence[Date], days: int
    ) -> None:
        """Set due date and lapses to so many working days after those before the question."""
        asked = [one for one in waiting if id(one) in question.lapses_before]
        if not asked:
            return
        calendar = self.working_days(request)
        if question.due_before is not None:
            latest = calendar.latest_due(min(instant_of(one.start) for one in asked))
            request.due_at = calendar.put_off(question.due_before, days, latest)
        for one in asked:
            start = instant_of(one.start)
            ends = calendar.put_off(question.lapses_before[id(one)][1], days, start)
            for other in self.open_for(request, [one], {"proposed", "accepted"}):
                if other.lapses_at is not None:
                    ends = max(ends, min(other.lapses_at, start))
            self.let_lapse(one, ends)

    # --- second thoughts ------------------------------------------------------------------------

    def undo(self, person: str, number: int, chosen: Sequence[int]) -> Answer:
        """Undo a confirmation at once, before its requester knows of it."""
        request = self.requests[number]
        dates = [request.dates[index] for index in chosen]
        if person not in self.judges(number):
            return NOT_FOUND
        confirmed, at, held = request.fresh or ([], self.now, [])
        if (
            {*confirmed} != {*dates}
            or self.now >= at + UNDO_FOR
            or any(one.state != "confirmed" or one.replaces is not None for one in dates)
            or any(one.lapses_at is None or one.lapses_at <= self.now for one in dates)
        ):
            return "conflict", "too_late"
        named = self.named_for(number)
        for condition in request.conditions:
            condition.is_off = condition.is_off or condition.added_at == at
        for one in dates:
            one.state, one.changed_at = "requested", self.now
            one.seated = one in held
            one.held_until = one.lapses_at if one.seated else None
        self.tell(number, dates, "confirmed", "requested", "owner", person, named=named)
        return OK
