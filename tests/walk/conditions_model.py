"""Conditions in the model: what must be done before a yes is final, or before people arrive."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tests.rules.minute_model import instant_of
from tests.walk.federation import LISTED
from tests.walk.history import Condition, Date, Request
from tests.walk.model import NOT_FOUND, OK, Answer, Choice, Plan
from tests.walk.owners_model import OwnersModel
from tests.walk.working_days import WorkingDays

LONGEST_ACCEPTED = timedelta(days=60)
USUAL_DAYS = 10
#: Who may do it, from which status, to which, and what the log says.
STEPS = {
    "mark_done": ("requester", {"open", "not_yet"}, "done", "condition_done"),
    "find_met": ("owner", {"open", "done", "not_yet"}, "met", "condition_met"),
    "find_missing": ("owner", {"done"}, "not_yet", "condition_not_yet"),
    "waive": ("owner", {"open", "done", "not_yet"}, "waived", "condition_waived"),
}


class ConditionsModel(OwnersModel):
    """The clusters, with what their facilities ask for."""

    def __init__(self) -> None:
        super().__init__()
        #: By facility: the number, the stage and the days before of each condition on its list.
        self.lists = {name: [*listed] for name, listed in LISTED.items()}
        self.listed = sum(map(len, LISTED.values()))

    # --- lists --------------------------------------------------------------------------------

    def add_condition(self, person: str, name: str, stage: str, days_before: int) -> Answer:
        """Put a condition on the list of a facility."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        self.listed += 1
        self.lists.setdefault(name, []).append((self.listed, stage, days_before))
        return OK

    def remove_condition(self, person: str, name: str, index: int) -> Answer:
        """Take a condition off the list of a facility; bookings keep theirs."""
        if person not in self.deciders(name, None):
            return NOT_FOUND
        del self.lists[name][index]
        return OK

    def asks_something(self, name: str) -> bool:
        """Return whether a facility has conditions; those above it do not count."""
        return bool(self.lists.get(name))

    # --- with the yes -------------------------------------------------------------------------

    def plan(self, number: int, dates: Sequence[Date], choice: Choice | None) -> Plan:
        """Return what must be done for these dates if they are agreed on now."""
        request = self.requests[number]
        hung = {one.listed for one in request.counting}
        new = [one for one in self.lists.get(request.facility, ()) if one[0] not in hung]
        new.sort(key=lambda one: (one[1] != "before_final", one[0]))
        waived = tuple(one for one in new if choice and one[0] in choice.waived)
        asked = tuple(one for one in new if one not in waived)
        if waived and choice and not choice.waive_reason:
            return Plan(no=("Invalid",))
        stages = [stage for _, stage, _ in asked]
        stages += [choice.added[0]] if choice and choice.added else []
        if "before_final" not in stages and not any(one.is_pending for one in request.counting):
            return Plan(asked, waived, choice)
        running = [
            one.lapses_at
            for one in request.dates
            if one.state == "accepted" and one.lapses_at and one.lapses_at > self.now
        ]
        if running:
            return Plan(asked, waived, choice, max(running))
        days, latest = self.working_days(request), self.latest_acceptance(dates)
        day = choice.by if choice else self._usual_day(days, latest)
        if day is None:
            return Plan(no=("Invalid",))
        until = min(days.evening(day), latest)
        if choice and (
            until <= self.now
            or day > days.day_of(self.now) + LONGEST_ACCEPTED
            or day > days.day_of(latest)
        ):
            return Plan(no=("Invalid",))
        return Plan(asked, waived, choice, until)

    def _usual_day(self, days: WorkingDays, latest: datetime) -> date:
        """Return ten working days from now, or the last one before what would begin earlier."""
        today, starts_on = days.day_of(self.now), days.day_of(latest)
        day = max(min(days.later(today, USUAL_DAYS), days.earlier(starts_on, 1)), today)
        return day if min(days.evening(day), latest) > self.now else starts_on

    def hang(
        self, number: int, dates: Sequence[Date], plan: Plan, person: str, gone: set[Date]
    ) -> None:
        """Hang conditions on a booking; call it before its dates take their step."""
        request = self.requests[number]
        if plan.until is None:
            self._move_due(request, dates, gone)
        else:
            for one in request.counting:
                if one.is_pending:
                    one.due_at = plan.until
        first = min(instant_of(one.start) for one in dates)
        added = plan.choice.added if plan.choice else None
        new: list[tuple[int | None, str, int]] = [*plan.asked]
        new += [(None, *added)] if added else []
        for is_waived, those in ((False, new), (True, [*plan.waived])):
            for listed, stage, before in those:
                due = first - timedelta(days=before)
                due = due if due > self.now else first
                if stage == "before_final":
                    due = plan.until or first
                one = Condition(listed, stage, due, self.now)
                one.status = "waived" if is_waived else "open"
                request.conditions.append(one)
        for _ in plan.waived:
            assert plan.choice is not None
            state, reason = dates[0].state, plan.choice.waive_reason
            self.tell(
                number, dates, state, state, "owner", person, reason, "condition_waived",
                is_told=False,
            )  # fmt: skip

    def _move_due(self, request: Request, dates: Sequence[Date], gone: set[Date]) -> None:
        """Let what is due before arrival follow the first date as others take its place."""
        standing = [one for one in request.dates if one.state in ("accepted", "confirmed")]
        if not standing or not gone:
            return
        before = min(one.start for one in standing)
        after = min(one.start for one in (*dates, *(d for d in standing if d not in gone)))
        if before == after:
            return
        for one in request.counting:
            if one.stage == "before_arrival" and not one.is_settled and not one.is_missed:
                due = one.due_at + timedelta(minutes=after - before)
                one.due_at = due if due > self.now else instant_of(after)

    # --- afterwards ---------------------------------------------------------------------------

    def take_condition_step(
        self, person: str, number: int, index: int, act: str, words: str
    ) -> Answer:
        """Mark a condition as done, or check or waive it; the last one makes the yes final."""
        request = self.requests[number]
        one = request.conditions[index]
        side, before, after, event = STEPS[act]
        if one.is_off:
            return NOT_FOUND
        able = person in self.judges(number) if side == "owner" else self._asked(person, request)
        if not able:
            return NOT_FOUND
        if act in ("find_missing", "waive") and not words:
            return ("Invalid",)
        dates = self._concerned(request, one)
        if not dates:
            late = any(d.state == "accepted" and not d.is_open(self.now) for d in request.dates)
            return "conflict", "condition_expired" if late else "condition_over"
        if one.status not in before:
            return "conflict", "condition_settled" if one.is_settled else "condition_done"
        one.status = after
        is_last = one.stage == "before_final" and one.is_settled
        is_last = is_last and not any(other.is_pending for other in request.counting)
        state, named = dates[0].state, self.named_for(number)
        self.tell(
            number, dates, state, state, side, person, words, event, named=named,
            is_told=not is_last,
        )  # fmt: skip
        if is_last:
            self._complete(person, number, dates)
        return "ok", is_last

    def _concerned(self, request: Request, condition: Condition) -> list[Date]:
        return [
            one
            for one in request.dates
            if (one.state == "accepted" and one.is_open(self.now))
            or (
                condition.stage == "before_arrival"
                and one.state == "confirmed"
                and one.ends_at > self.now
            )
        ]

    def _complete(self, person: str, number: int, accepted: Sequence[Date]) -> None:
        """Confirm what was accepted; it has its places already."""
        request, named = self.requests[number], self.named_for(number)
        gone_before = {one.replaces for one in accepted}
        dates = [one for one in accepted if one not in gone_before]
        replaced = [one.replaces for one in dates if one.replaces and one.replaces.stands]
        beside = {one.replaces for one in dates if one.replaces}
        proposals = self.open_for(request, {*dates, *beside}, {"proposed"})
        others = [
            one
            for one in self.open_for(request, beside, {"requested", "accepted"})
            if one not in dates
        ]
        for one in (*proposals, *others, *replaced):
            one.seated = False
        for one in dates:
            if one.replaces is not None:
                assert self._fits(request.facility, one, without=[one]), "accepted without places"
                one.seats = self.seats(request.facility, one.whole, one.places)
            one.seated, one.held_until, one.part = True, None, None
        self._move_due(request, dates, set(replaced))
        self.end_quietly(proposals, "withdrawn", "owner", None)
        for one in (*others, *replaced):
            self._replace(one, "owner", person)
        self._step(number, dates, "confirmed", "owner", person, "", named=named)
        self.share_details(number)

    def tell_of_missed(self) -> Answer:
        """Tell who decides of what was to be done before arrival and was not; nothing ends."""
        told = 0
        for number, request in enumerate(self.requests):
            dates = [
                one for one in request.dates if one.state == "confirmed" and one.ends_at > self.now
            ]
            for one in request.counting:
                if (
                    not dates
                    or one.stage != "before_arrival"
                    or one.is_settled
                    or one.is_missed
                    or one.due_at > self.now
                ):
                    continue
                one.is_missed = True
                told += 1
                self.tell(
                    number, dates, "confirmed", "confirmed", "nobody", None, "", "condition_missed"
                )
        return "ok", told
