"""Conditions of a booking: what must be done before its yes is final, or before people arrive."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.rules.deadlines import (
    AnswerDayFault,
    Deadlines,
    add_working_days,
    answer_instant,
    last_working_day_before,
)
from booking.rules.lifecycle import FIRM, Event, Side, State, has_lapsed
from booking.rules.opening import ONE_DAY, local_day

#: Dates are accepted for at most so many days, and unless somebody chooses another day for so many
#: working days.
LONGEST_ACCEPTED = 60
USUAL_WORKING_DAYS = 10
#: A condition is due at most so many days before the first date.
MOST_DAYS_BEFORE = 60


class ConditionKind(StrEnum):
    """What a condition asks for; its words say more."""

    AGREEMENT = "agreement"
    INDUCTION = "induction"
    INSURANCE = "insurance"
    PERMIT = "permit"
    VISITOR_LIST = "visitor_list"
    INSPECTION = "inspection"
    OTHER = "other"


class ConditionStage(StrEnum):
    """When a condition must be met."""

    BEFORE_FINAL = "before_final"  # until then the dates are accepted, and not confirmed
    BEFORE_ARRIVAL = "before_arrival"  # the dates are confirmed already


class ConditionStatus(StrEnum):
    """How far a condition of a booking has come."""

    OPEN = "open"
    DONE = "done"  # the requester says so; the owner has not checked it
    NOT_YET = "not_yet"  # the owner has checked it, and something is missing
    MET = "met"
    WAIVED = "waived"

    @property
    def is_settled(self) -> bool:
        """Return whether nothing is to be done any more."""
        return self in (ConditionStatus.MET, ConditionStatus.WAIVED)


@dataclass(frozen=True)
class NewCondition:
    """What a condition asks for; `days_before` the first date, if it is before arrival."""

    kind: ConditionKind
    text: str
    stage: ConditionStage
    days_before: int = 0


@dataclass(frozen=True)
class ListedCondition:
    """A condition on the list of a facility."""

    id: int
    condition: NewCondition


@dataclass(frozen=True)
class ConditionsChoice:
    """What an approver chose while confirming.

    `by` is the day of the cluster until which the dates are accepted if something must be done
    before the yes is final. `waived` are conditions of the facility that need not be met, and
    `waive_reason` says why. `added` is one more condition.
    """

    by: date | None
    waived: frozenset[int] = frozenset()
    waive_reason: str = ""
    added: NewCondition | None = None


class ConditionAct(StrEnum):
    """What moves a condition on."""

    MARK_DONE = "mark_done"
    FIND_MET = "find_met"
    FIND_MISSING = "find_missing"
    WAIVE = "waive"


@dataclass(frozen=True)
class _Rule:
    side: Side
    before: Collection[ConditionStatus]
    after: ConditionStatus
    event: Event


_UNSETTLED = tuple(status for status in ConditionStatus if not status.is_settled)
_RULES: Mapping[ConditionAct, _Rule] = {
    ConditionAct.MARK_DONE: _Rule(
        Side.REQUESTER,
        (ConditionStatus.OPEN, ConditionStatus.NOT_YET),
        ConditionStatus.DONE,
        Event.CONDITION_DONE,
    ),
    ConditionAct.FIND_MET: _Rule(Side.OWNER, _UNSETTLED, ConditionStatus.MET, Event.CONDITION_MET),
    ConditionAct.FIND_MISSING: _Rule(
        Side.OWNER, (ConditionStatus.DONE,), ConditionStatus.NOT_YET, Event.CONDITION_NOT_YET
    ),
    ConditionAct.WAIVE: _Rule(
        Side.OWNER, _UNSETTLED, ConditionStatus.WAIVED, Event.CONDITION_WAIVED
    ),
}


def side_of(act: ConditionAct) -> Side:
    """Return the side that may do this."""
    return _RULES[act].side


def event_of(act: ConditionAct) -> Event:
    """Return what the log of the booking records when this is done."""
    return _RULES[act].event


def status_after(status: ConditionStatus, act: ConditionAct) -> ConditionStatus | None:
    """Return the status after the act; None: it cannot be done now."""
    rule = _RULES[act]
    return rule.after if status in rule.before else None


def needs_words(act: ConditionAct) -> bool:
    """Return whether who does this has to say why."""
    return act in (ConditionAct.FIND_MISSING, ConditionAct.WAIVE)


def concerns(
    stage: ConditionStage,
    state: State,
    *,
    lapses_at: datetime | None,
    ends_at: datetime,
    now: datetime,
) -> bool:
    """Return whether a condition of this stage can still matter for a date."""
    if state is State.ACCEPTED:
        return not has_lapsed(state, lapses_at, now)
    return stage is ConditionStage.BEFORE_ARRIVAL and state in FIRM and ends_at > now


def accepted_until(day: date, first_start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant until which dates are accepted: 18:00 of `day` in the cluster's zone.

    At the latest it is the start of the first date.
    """
    return min(answer_instant(day, deadlines), first_start)


def condition_day_fault(
    day: date, now: datetime, first_start: datetime, deadlines: Deadlines
) -> AnswerDayFault | None:
    """Return why conditions cannot wait until this day (cluster zone), or None if they can."""
    if accepted_until(day, first_start, deadlines) <= now:
        return AnswerDayFault.PAST
    if day > local_day(now, deadlines.zone) + LONGEST_ACCEPTED * ONE_DAY:
        return AnswerDayFault.TOO_FAR
    if day > local_day(first_start, deadlines.zone):
        return AnswerDayFault.AFTER_START
    return None


def usual_condition_day(now: datetime, first_start: datetime, deadlines: Deadlines) -> date:
    """Return the day (cluster zone) until which conditions wait unless somebody chooses another.

    Ten working days after today; earlier if the first date is near.
    """
    today = local_day(now, deadlines.zone)
    day = add_working_days(today, USUAL_WORKING_DAYS, deadlines.holidays)
    starts_on = local_day(first_start, deadlines.zone)
    day = max(min(day, last_working_day_before(starts_on, deadlines.holidays)), today)
    # After 18:00 of the last day before, the day of the date itself is left.
    return day if accepted_until(day, first_start, deadlines) > now else starts_on


def arrival_due(first_start: datetime, days_before: int, now: datetime) -> datetime:
    """Return the UTC instant by which a condition before arrival is due.

    That is so many days before the first date, or its start where that is past.
    """
    due = first_start - days_before * ONE_DAY
    return due if due > now else first_start
