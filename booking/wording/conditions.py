"""Conditions of bookings in words: their kinds, how far they are, what happened to them."""

from collections.abc import Mapping
from typing import Any

from booking.rules.conditions import ConditionKind, ConditionStage, ConditionStatus
from booking.rules.deadlines import AnswerDayFault
from booking.rules.lifecycle import Event
from booking.wording.translator import gettext, lazy_gettext

KIND_WORDS: Mapping[ConditionKind, Any] = {
    ConditionKind.AGREEMENT: lazy_gettext("Agreement"),
    ConditionKind.INDUCTION: lazy_gettext("Induction"),
    ConditionKind.INSURANCE: lazy_gettext("Insurance"),
    ConditionKind.PERMIT: lazy_gettext("Permit"),
    ConditionKind.VISITOR_LIST: lazy_gettext("Visitor list"),
    ConditionKind.INSPECTION: lazy_gettext("Inspection"),
    ConditionKind.OTHER: lazy_gettext("Other"),
}
"""What each kind is called."""

STAGE_WORDS: Mapping[ConditionStage, Any] = {
    ConditionStage.BEFORE_FINAL: lazy_gettext("Before the booking is final"),
    ConditionStage.BEFORE_ARRIVAL: lazy_gettext("Before arrival"),
}
"""When a condition must be met."""

STATUS_WORDS: Mapping[ConditionStatus, Any] = {
    ConditionStatus.OPEN: lazy_gettext("to do"),
    ConditionStatus.DONE: lazy_gettext("done, not checked yet"),
    ConditionStatus.NOT_YET: lazy_gettext("something is missing"),
    ConditionStatus.MET: lazy_gettext("met"),
    ConditionStatus.WAIVED: lazy_gettext("waived"),
}
"""How far a condition is, as both sides read it."""


def condition_text(kind: str, text: str) -> str:
    """Return a stored condition in one line: `Insurance: at least 5 million euros`."""
    word = str(KIND_WORDS[ConditionKind(kind)])
    return gettext("%(kind)s: %(what)s", kind=word, what=text)


def condition_stage_word(stage: str) -> str:
    """Return when a stored condition must be met."""
    return str(STAGE_WORDS[ConditionStage(stage)])


def condition_status_word(status: str) -> str:
    """Return how far a condition is."""
    return str(STATUS_WORDS[ConditionStatus(status)])


def condition_choices() -> list[tuple[str, Any]]:
    """Return the kinds as choices of a form."""
    return [(kind.value, words) for kind, words in KIND_WORDS.items()]


def stage_choices() -> list[tuple[str, Any]]:
    """Return the stages as choices of a form."""
    return [(stage.value, words) for stage, words in STAGE_WORDS.items()]


def condition_event_text(event: Event, who: str, what: str) -> str:
    """Return a line of the log about the condition `what`, without a full stop."""
    if event is Event.CONDITION_DONE:
        return gettext("%(who)s marked as done: %(what)s", who=who, what=what)
    if event is Event.CONDITION_MET:
        return gettext("%(who)s checked and found met: %(what)s", who=who, what=what)
    if event is Event.CONDITION_NOT_YET:
        return gettext("%(who)s checked and found something missing: %(what)s", who=who, what=what)
    if event is Event.CONDITION_WAIVED:
        return gettext("%(who)s waived: %(what)s", who=who, what=what)
    return gettext("Not met in time: %(what)s", what=what)


def condition_day_text(code: str) -> str:
    """Return why conditions cannot be due on a day, from an `AnswerDayFault` or `missing`."""
    if code == AnswerDayFault.PAST:
        return gettext("This day is over. Choose a later one.")
    if code == AnswerDayFault.TOO_FAR:
        return gettext("Choose a day within the next 60 days.")
    if code == AnswerDayFault.AFTER_START:
        return gettext("The first date has begun by then. Choose an earlier day.")
    return gettext("Choose by which day the conditions must be met.")
