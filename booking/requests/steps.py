"""The steps of a booking, as its page shows them: requested, decision, confirmed, visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from booking.requests.queries import BookingLine
from booking.rules.lifecycle import FIRM, Event, State
from booking.rules.opening import local_day
from booking.wording import formats
from booking.wording.states import state_word


@dataclass(frozen=True)
class ShownStep:
    """One step: its name, a remark or None, and whether it is done, current, ended or to come.

    `status` is "done", "current", "ended" or "todo", the end of a CSS class.
    """

    name: str
    remark: str | None
    status: str


def booking_steps(
    booking: BookingLine, sent_at: datetime, now: datetime, *, entered: bool, asked: bool = False
) -> Sequence[ShownStep]:
    """Return the steps of a booking; days are those of the facility.

    A booking that has ended shows only the steps that it took. `entered`: by the owner, so that
    nobody requested or decided. `asked`: the owner waits for the answer to a question.
    """

    def day(at: datetime) -> str:
        return formats.short_day(local_day(at, booking.zone))

    firm = [date for date in booking.dates if date.state in FIRM]
    begun = ShownStep(gettext("Entered") if entered else gettext("Requested"), day(sent_at), "done")
    decision = _decision(booking, bool(firm), now, asked=asked)
    if not firm and not booking.to_withdraw and not booking.proposals:
        agreed = [line.at for line in booking.log if line.after in FIRM and not entered]
        confirmed = [ShownStep(gettext("Confirmed"), day(agreed[-1]), "done")] if agreed else []
        return (begun, *confirmed, decision)
    visit = _visit(booking, firm_only=bool(firm))
    if entered:
        return (begun, visit)
    if any(line.rule for line in booking.log):  # nobody decided
        return (begun, _confirmed(booking, len(firm)), visit)
    conditions = _conditions(booking)
    return (begun, decision, *conditions, _confirmed(booking, len(firm)), visit)


def _decision(booking: BookingLine, has_firm: bool, now: datetime, *, asked: bool) -> ShownStep:
    def day(at: datetime) -> str:
        return formats.short_day(local_day(at, booking.zone))

    proposed = [date for one in booking.proposals for date in one.dates]
    proposed += [one.date for one in booking.instead_elsewhere if one.date.state is State.PROPOSED]
    if proposed:
        until = max(date.lapses_at or now for date in proposed)
        remark = gettext("your answer by %(day)s", day=day(until))
        return ShownStep(gettext("Proposal"), remark, "current")
    if booking.undecided:
        if asked:
            return ShownStep(gettext("Decision"), gettext("waits for your answer"), "current")
        if booking.due_at is None:
            return ShownStep(gettext("Decision"), None, "current")
        text = gettext("answer due %(day)s") if booking.due_at > now else gettext("was due %(day)s")
        return ShownStep(gettext("Decision"), text % {"day": day(booking.due_at)}, "current")
    if booking.on_waiting_list and not has_firm:
        until = max(date.lapses_at or now for date in booking.on_waiting_list)
        remark = gettext("until %(day)s", day=day(until))
        return ShownStep(gettext("Waiting list"), remark, "current")
    decided = [line.at for line in booking.log if line.event is Event.STEP and line.before]
    remark = day(decided[0]) if decided else None
    if has_firm or booking.accepted:
        return ShownStep(gettext("Decision"), remark, "done")
    if booking.headline.state is None:
        return ShownStep(gettext("Cancelled or declined"), remark, "ended")
    return ShownStep(_sentence(state_word(booking.headline.state)), remark, "ended")


def _conditions(booking: BookingLine) -> Sequence[ShownStep]:
    """Return the step of conditions, while dates wait for them and for nothing else."""
    until = booking.accepted_until
    if until is None or booking.proposals:
        return ()
    day = formats.short_day(local_day(until, booking.zone))
    return (ShownStep(gettext("Conditions"), gettext("due %(day)s", day=day), "current"),)


def _confirmed(booking: BookingLine, firm: int) -> ShownStep:
    if not firm:
        return ShownStep(gettext("Confirmed"), None, "todo")
    total = len(booking.standing_states)
    remark = None
    if total > 1:
        remark = ngettext(
            "%(num)d of %(total)d dates", "%(num)d of %(total)d dates", firm, total=total
        )
    return ShownStep(gettext("Confirmed"), remark, "done")


def _visit(booking: BookingLine, *, firm_only: bool) -> ShownStep:
    dates = [date for date in booking.listed if date.state in FIRM or not firm_only]
    first = min(date.slot.starts_at for date in dates)
    day = formats.short_day(local_day(first, booking.zone))
    is_over = firm_only and all(date.is_over for date in dates)
    remark = day if len(dates) == 1 else gettext("first date %(day)s", day=day)
    if is_over:
        return ShownStep(gettext("Completed"), remark, "done")
    return ShownStep(gettext("Visit"), remark, "todo")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
