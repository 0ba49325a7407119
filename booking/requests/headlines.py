"""Sentences about a request: its state, who must act, and what happened."""

from collections.abc import Sequence

from flask_babel import gettext, ngettext

from booking.disruptions.detection import Cause
from booking.requests.queries import BookingLine, LogLine
from booking.rules.lifecycle import (
    OF_CONDITIONS,
    OF_ELSEWHERE,
    REMINDING,
    WRITTEN,
    Event,
    Headline,
    HeadlineKind,
    Side,
    State,
)
from booking.wording.automatic import automatic_rule_text
from booking.wording.conditions import condition_event_text, condition_text
from booking.wording.dates import date_days
from booking.wording.names import isolated
from booking.wording.states import StepDetails, words_of


def decided_text(headline: Headline, owner: str) -> str:
    """Return what is decided about some dates; empty while all of them wait."""
    if headline.is_completed:
        return _completed_text(headline)
    if headline.kind is HeadlineKind.PARTLY_FIRM:
        return ngettext(
            "%(num)s of %(total)s dates confirmed.",
            "%(num)s of %(total)s dates confirmed.",
            headline.count,
            total=headline.total,
        )
    if headline.kind is HeadlineKind.PARTLY_OPEN:
        if headline.waiting == headline.total:
            return ""
        return ngettext(
            "%(num)s of %(total)s dates has ended.",
            "%(num)s of %(total)s dates have ended.",
            headline.total - headline.waiting,
            total=headline.total,
        )
    if headline.state is None:
        return ngettext(
            "This date will not take place.",
            "None of the %(num)s dates will take place.",
            headline.total,
        )
    text = words_of(headline.state).headline
    return text(headline.total, owner) if text else ""


def _completed_text(headline: Headline) -> str:
    if headline.kind is HeadlineKind.ALL:
        return ngettext("Completed.", "All %(num)s dates completed.", headline.total)
    return ngettext(
        "%(num)s of %(total)s dates completed.",
        "%(num)s of %(total)s dates completed.",
        headline.count,
        total=headline.total,
    )


def title_text(headline: Headline, owner: str, causes: Sequence[Cause]) -> str:
    """Return the title of a request's page: its state, and who must act.

    `causes` say of each affected date by what it is affected; these come first.
    """
    if causes:
        if all(cause is Cause.CLOSURE for cause in causes):
            return ngettext(
                "%(num)d date affected by a closure",
                "%(num)d dates affected by a closure",
                len(causes),
            )
        return ngettext(
            "%(num)d date affected by a closure or new hours",
            "%(num)d dates affected by a closure or new hours",
            len(causes),
        )
    texts = (decided_text(headline, owner), waiting_text(headline, owner))
    return " ".join(text for text in texts if text).removesuffix(".")


def waiting_text(headline: Headline, owner: str) -> str:
    """Return who must act; empty when nobody must."""
    texts = [(words_of(state).waiting, count) for state, count in headline.open_counts]
    return " ".join(text(count, headline.total, owner) for text, count in texts if text)


def badge(headline: Headline) -> tuple[State, str | None]:
    """Return the state whose colour a group of dates has, and its text if it is not the state's."""
    if headline.state is None:
        return State.WITHDRAWN, gettext("cancelled or declined")
    if headline.is_completed:
        if headline.kind is HeadlineKind.ALL:
            return headline.state, gettext("completed")
        return headline.state, gettext(
            "%(count)s of %(total)s completed", count=headline.count, total=headline.total
        )
    partly = words_of(headline.state).partly
    if headline.kind is HeadlineKind.ALL or partly is None:
        return headline.state, None
    return headline.state, partly(headline.count, headline.total)


def log_text(line: LogLine, booking: BookingLine, reader_id: int) -> str:
    """Return one step of the log: who did what, to which dates."""
    who, what = _who(line, booking, reader_id), _what(line, booking)
    if line.event in REMINDING:
        return reminder_text(line.event, line.side, who, what)
    if line.event in OF_CONDITIONS and line.condition is not None:
        what = condition_text(*line.condition)
    if line.event is not Event.STEP:
        return event_text(line.event, who, what)
    step = StepDetails(
        what=what,
        who=who,
        cluster=booking.cluster_name,
        side=line.side,
        is_first=line.before is None,
        was_accepted=line.before == State.ACCEPTED,
        of_all=len(line.dates) == len(booking.dates),
        rule=automatic_rule_text(line.rule) if line.rule else "",
        was_proposed=line.before == State.PROPOSED,
        was_waiting=line.before == State.WAITING,
        by_nobody=line.actor_id is None,
        asks_for_change=line.before is None and bool(line.changes),
    )
    return words_of(line.after).requesters_log(step)


def _who(line: LogLine, booking: BookingLine, reader_id: int) -> str:
    if line.side == "owner":
        return booking.cluster_name
    if line.actor_id == reader_id:
        return gettext("You")
    return isolated(line.actor_name or gettext("Someone"))


def _what(line: LogLine, booking: BookingLine) -> str:
    if len(line.dates) == 1:
        return date_days(line.dates[0].slot, booking.rules)
    return ngettext("%(num)s date", "%(num)s dates", len(line.dates))


def reminder_text(event: Event, side: str, who: str, what: str) -> str:
    """Return who was reminded of the dates that `what` names: by the requester, or by itself."""
    if event is Event.OVERDUE:
        return gettext("Answer overdue. The coordinators were told: %(what)s", what=what)
    if side == Side.REQUESTER:
        return gettext("%(who)s sent a reminder: %(what)s", who=who, what=what)
    return gettext("Reminder sent to those who decide: %(what)s", what=what)


def event_text(event: Event, who: str, what: str) -> str:
    """Return what happened, other than a step, to the dates or the condition that `what` names."""
    if event in OF_CONDITIONS | OF_ELSEWHERE:
        text = condition_event_text if event in OF_CONDITIONS else _elsewhere_text
        return text(event, who, what)
    if event is Event.AFFECTED:
        return gettext("%(who)s changed closures or hours. Affected: %(what)s", who=who, what=what)
    if event is Event.LIFTED:
        return gettext(
            "%(who)s changed closures or hours. No longer affected: %(what)s", who=who, what=what
        )
    if event in WRITTEN:
        return _written_text(event, who)
    if event is Event.KEPT:
        return gettext("%(who)s keeps despite the closure: %(what)s", who=who, what=what)
    if event is Event.ARRIVING:
        return gettext("Reminder sent: %(what)s", what=what)
    if event is Event.CHANGED:
        return gettext("%(who)s changed the request: %(what)s", who=who, what=what)
    if event is Event.OPENED:
        return gettext("An administrator of this site read this booking: %(what)s", what=what)
    if event is Event.HANDED_OVER:
        return gettext("The person who sent it left; a colleague looks after: %(what)s", what=what)
    if event is Event.READERS:
        return gettext("%(who)s changed who of the organisation may read this", who=who)
    if event is Event.ATTENDANCE:
        return gettext("%(who)s noted arrival and leaving times: %(what)s", who=who, what=what)
    return gettext("%(who)s made an exception for: %(what)s", who=who, what=what)


def _written_text(event: Event, who: str) -> str:
    if event is Event.QUESTION:
        return gettext("%(who)s asked a question", who=who)
    if event is Event.ANSWER:
        return gettext("%(who)s answered a question", who=who)
    if event is Event.ANNOUNCEMENT:
        return gettext("%(who)s wrote to everybody with a date here on these days", who=who)
    return gettext("%(who)s wrote a message", who=who)


def _elsewhere_text(event: Event, who: str, what: str) -> str:
    """Return what became of dates at another facility, in the place of those in `what`."""
    if event is Event.ELSEWHERE_PROPOSED:
        return gettext("%(who)s proposed another facility instead of: %(what)s", who=who, what=what)
    if event is Event.ELSEWHERE_REQUESTED:
        return gettext(
            "%(who)s asked for a date at another facility instead of: %(what)s", who=who, what=what
        )
    if event is Event.ELSEWHERE_ACCEPTED:
        return gettext("Agreed on another facility, not final yet, instead of: %(what)s", what=what)
    if event is Event.ELSEWHERE_CONFIRMED:
        return gettext("Moved to another facility: %(what)s", what=what)
    return gettext("No longer open: another facility instead of %(what)s", what=what)
