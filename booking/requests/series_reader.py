"""The dates of a form: its series, if there is one, and the dates typed one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from flask_babel import gettext

from booking.availability.dates import FaultCode
from booking.availability.requestable import RequestableFacility
from booking.availability.series import SeriesDate, first_day_of, series_dates
from booking.requests.form_builder import (
    OF_THE_WHOLE,
    add_refusals,
    read_dates,
    renumbered,
    too_many_dates_text,
    typed_date,
)
from booking.requests.forms import RepeatForm, RequestForm
from booking.rules.recurrence import (
    Expansion,
    RepeatPattern,
    Series,
    SeriesFault,
    SeriesFaultCode,
    expand,
)
from booking.rules.refusals import Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.wording.formats import day, slot


@dataclass(frozen=True)
class ReadSeries:
    """The first date and its repetitions, in order, and the expansion they come from."""

    dates: tuple[SeriesDate, ...]
    expansion: Expansion

    @property
    def kept(self) -> list[SeriesDate]:
        """Return the dates that are requested and have a slot."""
        return [date for date in self.dates if not date.skipped and date.slot is not None]


@dataclass(frozen=True)
class FormDates:
    """All dates of a form. `rows` are those typed one by one, None where one cannot be read.

    A series takes the place of the first row.
    """

    rows: tuple[Slot | None, ...]
    series: ReadSeries | None = None

    @property
    def slots(self) -> list[Slot]:
        """Return the slots to request: those of the series, then those of the rows."""
        if self.series is None:
            return [slot for slot in self.rows if slot is not None]
        of_series = [date.slot for date in self.series.kept if date.slot is not None]
        return [*of_series, *(slot for slot in self.rows[1:] if slot is not None)]

    @property
    def is_complete(self) -> bool:
        """Return whether every date has its slot, so that none would be left out silently."""
        rows = self.rows if self.series is None else self.rows[1:]
        if any(slot is None for slot in rows):
            return False
        return self.series is None or all(d.skipped or d.slot for d in self.series.dates)


def read_form_dates(
    form: RequestForm, requestable: RequestableFacility, how_many: int
) -> FormDates:
    """Return the dates of a form, which now says what is wrong with them.

    Call it after `validate`, if only of the dates and of what comes again.
    """
    rows = tuple(read_dates(form, requestable, how_many))
    if "repeat" not in form:
        return FormDates(rows)
    repeat: RepeatForm = form.repeat.form
    if not repeat.is_used:
        if repeat.is_touched:
            form.add_error(
                repeat.pattern, gettext("Choose how it repeats, or clear the fields below.")
            )
        return FormDates(rows)
    if not rows or rows[0] is None or repeat.pattern.errors or repeat.weekdays.errors:
        return FormDates(rows)
    return FormDates(rows, _read_series(form, repeat, requestable))


def _read_series(
    form: RequestForm, repeat: RepeatForm, requestable: RequestableFacility
) -> ReadSeries | None:
    first = typed_date(form.date_forms()[0])
    if first is None:
        return None
    unread = {field.name for field in repeat if field.errors}
    expansion, faults = expand(first_day_of(first), _series_of(repeat), requestable.most_dates)
    for fault in faults:
        # A field that cannot be read has its error already, and is no missing end.
        ends = (repeat.until, repeat.count) if fault.code is SeriesFaultCode.NO_END else ()
        if unread.isdisjoint(field.name for field in (repeat[fault.field], *ends)):
            form.add_error(repeat[fault.field], series_fault_text(fault, form, requestable))
    if expansion is None or unread:
        return None
    dates = series_dates(first, expansion, requestable.rules, repeat.fold.fold)
    if any(f.code is FaultCode.TWICE for date in dates for f in date.faults) or repeat.fold.data:
        repeat.fold.choices = [
            ("0", gettext("the first time")),
            ("1", gettext("the second time, an hour later")),
        ]
    if any(f.code is FaultCode.TWICE for date in dates if not date.skipped for f in date.faults):
        form.add_error(
            repeat.fold,
            gettext(
                "On one of these dates the clock shows a time twice. Choose which one you mean."
            ),
        )
    return ReadSeries(tuple(dates), expansion)


def _series_of(repeat: RepeatForm) -> Series:
    pattern = RepeatPattern(repeat.pattern.data)
    by_the_week = pattern is RepeatPattern.WEEKLY
    return Series(
        pattern=pattern,
        every=1 if repeat.every.data is None else repeat.every.data,
        weekdays=frozenset(int(number) for number in repeat.weekdays.data or () if by_the_week),
        until=repeat.until.read,
        count=repeat.count.data,
        extra=repeat.extra.read,
        skipped=repeat.skipped.read,
    )


def add_series_refusals(
    form: RequestForm,
    refusals: Sequence[Refusal],
    form_dates: FormDates,
    requestable: RequestableFacility,
) -> dict[date, list[Refusal]]:
    """Add each refusal to its field; return those of dates of the series, by day.

    Refusals are numbered as `form_dates.slots`.
    """
    if form_dates.series is None:
        add_refusals(form, renumbered(refusals, form_dates.rows), requestable)
        return {}
    of_series = form_dates.series.kept
    rows = [number for number, slot in enumerate(form_dates.rows) if number and slot is not None]
    by_day: dict[date, list[Refusal]] = {}
    for refusal in refusals:
        index = refusal.date_index
        if index is None or refusal.code in OF_THE_WHOLE:
            add_refusals(form, [replace(refusal, date_index=None)], requestable)
        elif index < len(of_series):
            by_day.setdefault(of_series[index].day, []).append(refusal)
        elif refusal.code is RefusalCode.DATES_OVERLAP:
            field = form.date_forms()[rows[index - len(of_series)]].first_field()
            form.add_error(field, overlap_text(refusal, requestable))
        else:
            own = replace(refusal, date_index=rows[index - len(of_series)])
            add_refusals(form, [own], requestable)
    return by_day


def overlap_text(refusal: Refusal, requestable: RequestableFacility) -> str:
    """Return that a date overlaps another of the same form, which has no number of its own."""
    shared = cast("Slot", refusal.params["slot"])
    return gettext(
        "This overlaps with another of your dates: %(slot)s. Leave one out.",
        slot=slot(shared, requestable.zone),
    )


def series_fault_text(
    fault: SeriesFault, form: RequestForm, requestable: RequestableFacility
) -> str:
    """Return what is wrong with a series, and what to do."""
    if fault.code is SeriesFaultCode.TOO_MANY:
        return too_many_dates_text(form, requestable, cast("int", fault.params["asked"]))
    return _TEXTS[fault.code](fault)


def _day(fault: SeriesFault, name: str) -> str:
    return day(cast("date", fault.params[name]))


_TEXTS: dict[SeriesFaultCode, Callable[[SeriesFault], str]] = {
    SeriesFaultCode.NO_END: lambda fault: gettext("Enter an end date or a number of dates."),
    SeriesFaultCode.TWO_ENDS: lambda fault: gettext(
        "Enter an end date or a number of dates, not both."
    ),
    SeriesFaultCode.EVERY_BELOW_ONE: lambda fault: gettext("Enter a whole number, at least 1."),
    SeriesFaultCode.EVERY_TOO_LARGE: lambda fault: gettext(
        "Enter a smaller number, at most %(limit)s.", limit=fault.params["limit"]
    ),
    SeriesFaultCode.COUNT_BELOW_ONE: lambda fault: gettext("Enter a whole number, at least 1."),
    SeriesFaultCode.UNTIL_BEFORE_FIRST: lambda fault: gettext(
        "This is before the first date, %(day)s. Choose a later day.", day=_day(fault, "first")
    ),
    SeriesFaultCode.TOO_LONG: lambda fault: gettext(
        "Too far ahead: the dates may reach to %(day)s. Choose an earlier end.",
        day=_day(fault, "latest"),
    ),
    SeriesFaultCode.FIRST_NOT_IN_IT: lambda fault: gettext(
        "Your first date, %(first)s, is not one of these days. Start on %(following)s or "
        "choose other days.",
        first=_day(fault, "first"),
        following=_day(fault, "following"),
    ),
    SeriesFaultCode.EXTRA_TOO_FAR: lambda fault: gettext(
        "%(day)s is too far ahead: the dates may reach to %(latest)s.",
        day=_day(fault, "day"),
        latest=_day(fault, "latest"),
    ),
}
