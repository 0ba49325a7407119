"""Sentences for deciders: answer dates, what happened, what the organisation booked before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext

from booking.decisions.review import BookingForReview, Earlier, OwnerLogLine
from booking.requests.headlines import event_text, reminder_text
from booking.rules.lifecycle import OF_CONDITIONS, REMINDING, Event, State
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.wording.automatic import automatic_rule_text
from booking.wording.conditions import condition_text
from booking.wording.dates import date_days, dates_text
from booking.wording.formats import short_day
from booking.wording.names import isolated
from booking.wording.states import StepDetails, words_of


def due_text(due_at: datetime, now: datetime, zone: ZoneInfo) -> tuple[str, bool]:
    """Return by which of the cluster's days an answer is due, and whether that is today or past."""
    today, day = now.astimezone(zone).date(), due_at.astimezone(zone).date()
    if due_at <= now:
        return gettext("overdue"), True
    if day == today:
        return gettext("answer due today"), True
    if day == today + timedelta(days=1):
        return gettext("answer due tomorrow"), False
    return gettext("answer due %(day)s", day=short_day(day)), False


def listed_dates(dates: Sequence[Slot], rules: BookingTerms) -> str:
    """Return the days of one date, or how many dates there are from which day on."""
    first = date_days(dates[0], rules)
    if len(dates) == 1:
        return first
    return ngettext(
        "%(num)s date from %(first)s", "%(num)s dates from %(first)s", len(dates), first=first
    )


def earlier_text(earlier: Earlier, cluster: str) -> str:
    """Return what the organisation booked before in a cluster."""
    if not earlier.kept and not earlier.cancelled and not earlier.no_shows:
        return gettext("%(cluster)s: none yet", cluster=cluster)
    text = ngettext(
        "%(cluster)s: %(num)s completed",
        "%(cluster)s: %(num)s completed",
        earlier.kept,
        cluster=cluster,
    )
    if earlier.cancelled:
        text = ngettext(
            "%(kept)s, %(num)s was cancelled",
            "%(kept)s, %(num)s were cancelled",
            earlier.cancelled,
            kept=text,
        )
    if earlier.no_shows:
        text = ngettext(
            "%(earlier)s, %(num)s no-show",
            "%(earlier)s, %(num)s no-shows",
            earlier.no_shows,
            earlier=text,
        )
    return text


def step_text(line: OwnerLogLine, booking: BookingForReview) -> str:
    """Return one step of a booking's log: who did what, to which dates."""
    who = gettext("You") if line.is_viewer else isolated(line.actor or gettext("Nobody"))
    if line.stood_in_for:
        who = gettext("%(who)s (for %(absent)s)", who=who, absent=isolated(line.stood_in_for))
    what = dates_text(line.slots, booking.zone, booking.rules)
    if line.event in REMINDING:
        return reminder_text(line.event, line.side, who, what)
    if line.event in OF_CONDITIONS and line.condition is not None:
        what = condition_text(*line.condition)
    if line.event is not Event.STEP:
        return event_text(line.event, who, what)
    step = StepDetails(
        what=what,
        who=who,
        cluster=booking.cluster,
        side=line.side,
        is_first=line.before is None,
        rule=automatic_rule_text(line.rule) if line.rule else "",
        was_proposed=line.before == State.PROPOSED,
        was_waiting=line.before == State.WAITING,
        by_nobody=line.actor is None,
        was_accepted=line.before == State.ACCEPTED,
        asks_for_change=line.before is None and bool(line.changes),
    )
    return words_of(line.after).owners_log(step)
