"""The dates of a series before it is sent: each with its state and reasons, and how many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from flask_babel import gettext, ngettext

from booking.availability.dates import FaultCode
from booking.availability.requestable import RequestableFacility, why_not_now_and_left_out
from booking.availability.series import SeriesDate
from booking.bookings.new_request import NewRequest
from booking.requests.form_builder import date_fault_text, filled_form
from booking.requests.forms import RequestForm
from booking.requests.series_reader import (
    ReadSeries,
    add_series_refusals,
    overlap_text,
    read_form_dates,
)
from booking.requests.submission import new_request_of
from booking.rules.quotas import Period, amounts_of
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingMode
from booking.rules.visibility import Viewer
from booking.wording.dates import date_days
from booking.wording.formats import day, listed, month
from booking.wording.refusals import refusal_text

FOLDED_AFTER = 12
_FREE, _REQUESTABLE, _TWICE, _NONE = "free", "requestable", "twice", "none"


class Tone(StrEnum):
    """The colour of a state."""

    GOOD = "yes"
    BAD = "no"
    OFF = "over"


@dataclass(frozen=True)
class PreviewDate:
    """One date as it is shown. `value` is its day as its box posts it (ISO)."""

    value: str
    text: str
    word: str
    sign: str
    tone: Tone
    reasons: tuple[str, ...]
    left_out: bool

    @property
    def conflicts(self) -> bool:
        """Return whether it is not left out although it cannot be requested."""
        return self.tone is not Tone.GOOD and not self.left_out


@dataclass(frozen=True)
class SeriesPreview:
    """All dates of a series, with notes on the whole."""

    dates: tuple[PreviewDate, ...]
    notes: tuple[str, ...]

    @property
    def conflicts(self) -> list[str]:
        """Return the days (ISO) that would be requested and cannot be."""
        return [date.value for date in self.dates if date.conflicts]

    @property
    def can_leave_out(self) -> bool:
        """Return whether a date remains if all conflicts are left out."""
        return bool(self.conflicts) and any(
            not date.conflicts and not date.left_out for date in self.dates
        )

    @property
    def folded(self) -> tuple[PreviewDate, ...]:
        """Return the dates beyond those that are always shown."""
        return self.dates[FOLDED_AFTER:]

    @property
    def summary(self) -> str:
        """Return how many dates there are, and how many of them can be requested."""
        total, bad = len(self.dates), len(self.conflicts)
        left_out = sum(date.left_out for date in self.dates)
        if total > 1 and not bad and not left_out:
            return gettext("%(count)s dates: all can be requested", count=total)
        dates = ngettext("%(num)s date", "%(num)s dates", total)
        parts = [
            ngettext(
                "%(num)s can be requested", "%(num)s can be requested", total - bad - left_out
            ),
            ngettext("%(num)s conflicts", "%(num)s conflict", bad) if bad else "",
            ngettext("%(num)s left out", "%(num)s left out", left_out) if left_out else "",
        ]
        return gettext(
            "%(dates)s: %(parts)s", dates=dates, parts=listed(part for part in parts if part)
        )

    @property
    def problem(self) -> str | None:
        """Return why the series cannot be sent and what to do, or None."""
        bad = len(self.conflicts)
        if not bad:
            return None
        if not self.can_leave_out:
            return gettext("None of these dates can be requested. Change the dates or the time.")
        return ngettext(
            "%(num)s of the %(total)s dates conflicts. Leave it out, or change the dates.",
            "%(num)s of the %(total)s dates conflict. Leave them out, or change the dates.",
            bad,
            total=len(self.dates),
        )


#: Returns the refusals of a request, and those of dates that are left out of it.
Check = Callable[[NewRequest, Sequence[Slot]], tuple[Sequence[Refusal], Sequence[Refusal]]]


def requesters_check(requestable: RequestableFacility, viewer: Viewer, now: datetime) -> Check:
    """Return the check of what a requester may send."""
    return lambda new_request, left_out: why_not_now_and_left_out(
        requestable, new_request, left_out, viewer, now
    )


def series_preview(
    requestable: RequestableFacility, form: RequestForm, check: Check
) -> SeriesPreview | None:
    """Return the preview of a form's series, or None if the series cannot be expanded.

    It works on a copy, so that the form gets no errors of it.
    """
    if not form.repeat.form.is_used:
        return None
    copy = filled_form(requestable, form.typed())
    copy.drop_blank_dates()
    validate_dates(copy)
    form_dates = read_form_dates(copy, requestable, len(copy.dates.entries))
    if form_dates.series is None:
        return None
    apart = [date for date in form_dates.series.dates if date.skipped and date.slot is not None]
    refusals, refusals_apart = check(
        new_request_of(requestable, copy, form_dates.slots),
        [date.slot for date in apart if date.slot is not None],
    )
    by_day = add_series_refusals(copy, refusals, form_dates, requestable)
    _spread_quotas(by_day, form_dates.series, requestable)
    for refusal in refusals_apart:
        if refusal.date_index is not None:
            by_day.setdefault(apart[refusal.date_index].day, []).append(refusal)
    return SeriesPreview(
        dates=tuple(
            _shown(date, by_day.get(date.day, []), requestable) for date in form_dates.series.dates
        ),
        notes=tuple(notes_on(form_dates.series)),
    )


def _spread_quotas(
    by_day: dict[date, list[Refusal]], series: ReadSeries, requestable: RequestableFacility
) -> None:
    """Add a quota's refusal to all dates over it: the rule names the first in each period only."""
    found = [
        (first_over, refusal)
        for first_over, refusals in by_day.items()
        for refusal in refusals
        if refusal.code is RefusalCode.OVER_QUOTA
    ]
    for first_over, refusal in found:
        period = Period(str(refusal.params["period"]))
        for other in series.kept:
            if other.day > first_over and _touches(other, refusal, period, requestable):
                by_day.setdefault(other.day, []).append(refusal)


def _touches(
    date: SeriesDate, refusal: Refusal, period: Period, requestable: RequestableFacility
) -> bool:
    parts = amounts_of(date.slot, period, requestable.zone) if date.slot is not None else []
    return any(part.first == refusal.params["first"] for part in parts)


def validate_dates(form: RequestForm) -> None:
    """Validate the dates and the repetition of a form, even if other fields are still empty."""
    form.dates.validate(form)
    form.repeat.validate(form)


def notes_on(series: ReadSeries) -> list[str]:
    """Return what somebody who typed the series may not have expected of it."""
    found = []
    if series.expansion.missing_months:
        found.append(
            gettext(
                "No such day, so no date: %(months)s.",
                months=listed(month(first) for first in series.expansion.missing_months),
            )
        )
    if series.expansion.duplicates:
        found.append(
            gettext(
                "Entered twice and counted once: %(days)s.",
                days=listed(day(double) for double in series.expansion.duplicates),
            )
        )
    return found


def _shown(
    date: SeriesDate, refusals: list[Refusal], requestable: RequestableFacility
) -> PreviewDate:
    free = (
        _FREE
        if requestable.sees_calendar and requestable.rules.mode is BookingMode.HERE
        else _REQUESTABLE
    )
    if date.faults:
        twice = date.faults[0].code is FaultCode.TWICE
        word, sign = _WORDS[_TWICE if twice else _NONE]()
        reasons = [date_fault_text(fault, requestable.zone) for fault in date.faults]
        tone = Tone.BAD
    else:
        word, sign = _WORDS[refusals[0].code if refusals else free]()
        reasons = [_reason(refusal, requestable) for refusal in refusals]
        tone = Tone.BAD if refusals else Tone.GOOD
    return PreviewDate(
        value=date.day.isoformat(),
        text=day(date.day) if date.slot is None else date_days(date.slot, requestable.rules),
        word=word,
        sign=sign,
        tone=tone,
        reasons=tuple(dict.fromkeys(reasons)),
        left_out=date.skipped,
    )


def _reason(refusal: Refusal, requestable: RequestableFacility) -> str:
    if refusal.code is RefusalCode.DATES_OVERLAP:
        return overlap_text(refusal, requestable)
    return refusal_text(refusal, requestable.zone)


def _not_possible() -> tuple[str, str]:
    return gettext("not possible"), "✕"


_WORDS: dict[str, Callable[[], tuple[str, str]]] = {
    **dict.fromkeys(RefusalCode, _not_possible),
    _FREE: lambda: (gettext("free"), "✓"),
    _REQUESTABLE: lambda: (gettext("can be requested"), "✓"),
    _NONE: lambda: (gettext("does not exist"), "∅"),
    _TWICE: lambda: (gettext("happens twice"), "?"),
    RefusalCode.TAKEN: lambda: (gettext("busy"), "▮"),
    RefusalCode.CLOSURE: lambda: (gettext("closed"), "▨"),
    RefusalCode.NOT_OPEN: lambda: (gettext("not open"), "–"),
    RefusalCode.IN_THE_PAST: lambda: (gettext("past"), "«"),
    RefusalCode.TOO_LATE: lambda: (gettext("notice too short"), "«"),
    RefusalCode.DUE_ALREADY: lambda: (gettext("notice too short"), "«"),
    RefusalCode.BEYOND_HORIZON: lambda: (gettext("too far ahead"), "»"),
    RefusalCode.OVER_QUOTA: lambda: (gettext("over the limit"), "∑"),
    RefusalCode.DATES_OVERLAP: lambda: (gettext("overlaps"), "∩"),
}
