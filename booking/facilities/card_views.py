"""The card of one facility in an answer: its first free times, or what stands in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext

from booking import formats, wording
from booking.facilities.answering import Fit
from booking.facilities.prefilling import ask_args
from booking.facilities.search import Result
from booking.rules.asking import AskingRules, BookingMode
from booking.rules.opening import Unit, local_day
from booking.rules.slots import Slot


@dataclass(frozen=True)
class Card:
    """One facility of the answer, ready to be drawn.

    `times` are pairs of text and address, `ask` is one such pair where no times are shown. `note`
    says what stands in the way, `zone` whose time it is, `status` what is unusual about it.
    """

    result: Result
    times: Sequence[tuple[str, str]]
    zone: str | None
    note: str | None
    ask: tuple[str, str] | None
    status: str | None

    @property
    def is_almost(self) -> bool:
        """Tell whether it only almost fits."""
        return self.result.verdict is not None and self.result.verdict.fit is Fit.ALMOST


def card_of(result: Result) -> Card:
    """Return the card of one result."""
    rules, slug = result.effective.rules, result.facility.slug
    times = [(free_text(slot, rules), ask_url(slug, slot, rules)) for slot in result.times]
    note, ask = _note_and_ask(result)
    zone = formats.zone_name(rules.zone) if times and rules.unit is Unit.HOUR else None
    return Card(result, times, zone, note, ask, _status(result.facility.status))


def _status(status: str) -> str | None:
    """Return the status in words where it is more than what is true of most."""
    is_usual = status in ("open", "open-unverified", "unverified")
    return None if is_usual else wording.status_word(status)


def _note_and_ask(result: Result) -> tuple[str | None, tuple[str, str] | None]:
    """Return what stands where free times would, and the link beside it."""
    rules, slug = result.effective.rules, result.facility.slug
    if result.verdict is None:
        return None, None
    if result.verdict.fit is Fit.ALMOST:
        if result.verdict.why is None:
            return gettext("Nothing free for so long in this time."), None
        return wording.refusal_text(result.verdict.why, rules.zone), None
    if result.verdict.fit is Fit.FITS:
        return None, None
    if rules.mode is BookingMode.ELSEWHERE:
        return gettext("Booked on its own site."), None
    ask = (gettext("Propose dates"), url_for("requests.new", facility=slug))
    if rules.mode is BookingMode.BY_AGREEMENT:
        return gettext("Hours by agreement: no free times are shown, propose your dates."), ask
    return gettext("Its free times are not shown: ask for dates."), ask


def ask_url(slug: str, slot: Slot, rules: AskingRules) -> str:
    """Return the address at which the request form opens on this date."""
    args: dict[str, Any] = {"facility": slug, **ask_args(slot, rules)}
    return url_for("requests.new", **args)


def free_text(slot: Slot, rules: AskingRules) -> str:
    """Return a free date in short words, in the facility's time: `Mon 11 – Tue 12 Jan`."""
    first = local_day(slot.starts_at, rules.zone)
    last = local_day(slot.ends_at - timedelta(microseconds=1), rules.zone)
    start, end = formats.short_day(first), formats.short_day(last)
    if rules.unit is Unit.HOUR:
        return gettext("%(day)s, %(times)s", day=start, times=formats.times(slot, rules.zone))
    args = ask_args(slot, rules)
    halves = args.get("first_half", "0"), args.get("last_half", "1")
    if first == last:
        if halves == ("0", "0"):
            return gettext("%(day)s, morning", day=start)
        if halves == ("1", "1"):
            return gettext("%(day)s, afternoon", day=start)
        return start
    if halves == ("1", "0"):
        return gettext("%(start)s afternoon – %(end)s morning", start=start, end=end)
    if halves == ("1", "1"):
        return gettext("%(start)s afternoon – %(end)s", start=start, end=end)
    if halves == ("0", "0"):
        return gettext("%(start)s – %(end)s morning", start=start, end=end)
    if first.month == last.month:
        start = gettext("%(weekday)s %(day)s", weekday=formats.weekday(first), day=first.day)
    return gettext("%(start)s – %(end)s", start=start, end=end)
