"""The four steps of a booking, as its page shows them: requested, decision, confirmed, visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from booking.requests.queries import BookingLine
from booking.rules.lifecycle import FIRM, Event
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


def booking_steps(booking: BookingLine, sent_at: datetime, now: datetime) -> Sequence[ShownStep]:
    """Return the four steps of a booking; days are those of the facility."""

    def day(at: datetime) -> str:
        return formats.short_day(local_day(at, booking.zone))

    firm = [date for date in booking.dates if date.state in FIRM]
    return (
        ShownStep(gettext("Requested"), day(sent_at), "done"),
        _decision(booking, bool(firm), now),
        _confirmed(booking, len(firm)),
        _visit(booking, firm_only=bool(firm)),
    )


def _decision(booking: BookingLine, has_firm: bool, now: datetime) -> ShownStep:
    def day(at: datetime) -> str:
        return formats.short_day(local_day(at, booking.zone))

    if booking.to_withdraw:
        if booking.due_at is None:
            return ShownStep(gettext("Decision"), None, "current")
        text = gettext("answer due %(day)s") if booking.due_at > now else gettext("was due %(day)s")
        return ShownStep(gettext("Decision"), text % {"day": day(booking.due_at)}, "current")
    decided = [line.at for line in booking.log if line.event is Event.STEP and line.before]
    remark = day(decided[0]) if decided else None
    if has_firm or booking.headline.state is None:
        return ShownStep(gettext("Decision"), remark, "done")
    return ShownStep(_sentence(state_word(booking.headline.state)), remark, "ended")


def _confirmed(booking: BookingLine, firm: int) -> ShownStep:
    if not firm:
        return ShownStep(gettext("Confirmed"), None, "todo")
    total = len(booking.dates)
    remark = None
    if total > 1:
        remark = ngettext(
            "%(num)d of %(total)d dates", "%(num)d of %(total)d dates", firm, total=total
        )
    return ShownStep(gettext("Confirmed"), remark, "done")


def _visit(booking: BookingLine, *, firm_only: bool) -> ShownStep:
    if not firm_only and not booking.to_withdraw:
        return ShownStep(gettext("Visit"), None, "todo")
    dates = [date for date in booking.dates if date.state in FIRM or not firm_only]
    first = min(date.slot.starts_at for date in dates)
    day = formats.short_day(local_day(first, booking.zone))
    is_over = firm_only and all(date.is_over for date in dates)
    remark = day if len(dates) == 1 else gettext("first date %(day)s", day=day)
    return ShownStep(gettext("Visit"), remark, "done" if is_over else "todo")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
