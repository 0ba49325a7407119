"""Opening hours in words: the week, future changes, and special days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from booking.rules.opening import ONE_DAY, OpeningHours, SpecialDay, WeeklySpan
from booking.rules.timetables import Timetable, changes_to_come, weekly_on
from booking.wording import formats
from booking.wording.translator import gettext

#: A Monday, from which the names of the days are counted.
_MONDAY = date(2024, 1, 1)
_MIDNIGHT = time(0)
#: How far ahead other weekly hours and single days are announced.
CHANGES_AHEAD = timedelta(days=366)
SPECIAL_AHEAD = timedelta(days=60)


def hours_text(spans: Iterable[WeeklySpan]) -> str:
    """Return weekly hours in words: `Mon – Fri 08:00 – 17:00, Sat 09:00 – 12:00`."""
    on_day: dict[int, list[tuple[time, time]]] = defaultdict(list)
    for span in spans:
        on_day[span.weekday].append((span.opens_time, span.closes_time))
    runs: list[tuple[int, int, list[tuple[time, time]]]] = []
    for weekday in sorted(on_day):
        hours = sorted(on_day[weekday])
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], weekday, hours)
        else:
            runs.append((weekday, weekday, hours))
    if not runs:
        return gettext("never")
    return ", ".join(
        gettext("%(days)s %(hours)s", days=_weekdays(first, last), hours=times_text(hours))
        for first, last, hours in runs
    )


def times_text(hours: Iterable[tuple[time, time]]) -> str:
    """Return openings of one day: `08:00 – 12:00, 22:00 – 06:00 (next day)`."""
    return ", ".join(_span_text(opens, closes) for opens, closes in hours)


def _span_text(opens: time, closes: time) -> str:
    start = formats.clock_time(opens)
    if closes == _MIDNIGHT:
        return gettext("%(start)s – %(end)s", start=start, end="24:00")
    end = formats.clock_time(closes)
    if closes <= opens:
        return gettext("%(start)s – %(end)s (next day)", start=start, end=end)
    return gettext("%(start)s – %(end)s", start=start, end=end)


def weekday_of_number(weekday: int) -> str:
    """Return the full name of a day of the week; 0 is Monday."""
    return formats.weekday_name(_MONDAY + timedelta(days=weekday))


def _weekdays(first: int, last: int) -> str:
    start = formats.weekday(_MONDAY + timedelta(days=first))
    if first == last:
        return start
    end = formats.weekday(_MONDAY + timedelta(days=last))
    return gettext("%(start)s – %(end)s", start=start, end=end)


def in_force_text(timetable: Timetable) -> str:
    """Return from when to when weekly hours hold: `from Sat 1 May to Thu 30 Sep 2027`."""
    first, last = timetable.valid_from, timetable.valid_to
    if first is None and last is None:
        return gettext("always")
    if first is None and last is not None:
        return gettext("until %(last)s", last=formats.day(last))
    if first is not None and last is None:
        return gettext("from %(first)s", first=formats.day(first))
    return days_text(first, last) if first and last else ""


def days_text(first: date, last: date) -> str:
    """Return days from the first to the last, both included: `Thu 24 Dec 2026 – Sun 3 Jan 2027`."""
    if first == last:
        return formats.day(first)
    start = formats.short_day(first) if first.year == last.year else formats.day(first)
    return gettext("%(start)s – %(end)s", start=start, end=formats.day(last))


@dataclass(frozen=True)
class SpecialRun:
    """Consecutive special days with the same hours and note."""

    first: date
    last: date
    spans: tuple[tuple[time, time], ...]
    note: str

    @property
    def days(self) -> str:
        """Return its days in words."""
        return days_text(self.first, self.last)

    @property
    def text(self) -> str:
        """Return what is open in words, with the owner's note."""
        hours = times_text(self.spans) if self.spans else gettext("not open")
        if not self.note:
            return hours
        return gettext("%(hours)s (%(note)s)", hours=hours, note=self.note)


def special_runs(special: Sequence[SpecialDay], first: date, last: date) -> list[SpecialRun]:
    """Return the special days from `first` to `last`, consecutive equal ones together."""
    runs: list[SpecialRun] = []
    for one in special:
        if not first <= one.day <= last:
            continue
        before = runs[-1] if runs else None
        if (
            before is not None
            and before.last + ONE_DAY == one.day
            and (before.spans, before.note) == (one.spans, one.note)
        ):
            runs[-1] = SpecialRun(before.first, one.day, one.spans, one.note)
        else:
            runs.append(SpecialRun(one.day, one.day, one.spans, one.note))
    return runs


def open_lines(hours: OpeningHours, today: date) -> list[str]:
    """Return the opening hours for a visitor, one line for each thing to know.

    First this week's hours, then weekly hours that begin within a year, public holidays, and
    special days of the coming 60 days. Empty where hours are not stated and no special day comes.
    """
    lines = []
    if hours.spans is not None:
        lines.append(hours_text(weekly_on(hours.spans, today)))
        lines += [
            gettext("from %(day)s: %(hours)s", day=formats.day(day), hours=hours_text(week))
            for day, week in changes_to_come(hours.spans, today, today + CHANGES_AHEAD)
        ]
        lines.append(
            gettext("not open on public holidays")
            if hours.holidays
            else gettext("open on public holidays too")
        )
    lines += [
        gettext("%(days)s: %(hours)s", days=run.days, hours=run.text)
        for run in special_runs(hours.special, today, today + SPECIAL_AHEAD)
    ]
    return lines
