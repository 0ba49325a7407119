"""How dates, times, zones and lengths are written, by the reader's locale."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, ParamSpec
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal

from booking.db.times import CENTRAL_EUROPEAN
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.wording.translator import gettext, language, ngettext, page_begun_at


def _locale() -> str:
    return language() or "en"


P = ParamSpec("P")


def once(write: Callable[P, str], *values: P.args, **named: P.kwargs) -> str:
    """Return what `write` writes of these values, from memory if it did before on such a page.

    For texts that repeat from row to row. They may depend on the language, and on whether the
    year is left out; on nothing else.
    """
    return _written_once(write, values, tuple(named.items()), year_left_out(), _locale())


@lru_cache(maxsize=16_384)
def _written_once(
    write: Callable[..., str],
    values: tuple[Any, ...],
    named: tuple[tuple[str, Any], ...],
    _year_left_out: int | None,
    _locale: str,
) -> str:
    return write(*values, **dict(named))


# Cached: a page of timelines writes the same few days and times thousands of times.
@lru_cache(maxsize=4096)
def _date(value: date, pattern: str, locale: str) -> str:
    return format_date(value, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, locale: str) -> str:
    return format_time(time(hour, minute), "HH:mm", locale=locale)


def day(value: date) -> str:
    """Return a date as people read it: `Thu 14 Jan 2027`; on a page of that year `Thu 14 Jan`."""
    return _day(value, year_left_out(), _locale())


def _day(value: date, year_left_out: int | None, locale: str) -> str:
    return _date(value, "EEE d MMM" if value.year == year_left_out else "EEE d MMM yyyy", locale)


def year_left_out() -> int | None:
    """Return the year that dates on a page leave out: this one. Mails always name it: None."""
    begun = page_begun_at()
    return _central_european_year(begun) if begun else None


@lru_cache(maxsize=16)
def _central_european_year(at: datetime) -> int:
    return at.astimezone(CENTRAL_EUROPEAN).year


def short_day(value: date) -> str:
    """Return a date without its year: `Thu 14 Jan`."""
    return _date(value, "EEE d MMM", _locale())


def long_day(value: date) -> str:
    """Return a date in full: `Thursday 14 January 2027`."""
    return _date(value, "EEEE d MMMM yyyy", _locale())


def month(value: date) -> str:
    """Return month and year: `January 2027`."""
    return _date(value, "LLLL yyyy", _locale())


def quarter(value: date) -> str:
    """Return the quarter of a year: `1st quarter 2027`."""
    return _date(value, "QQQQ yyyy", _locale())


def hours(minutes: int) -> str:
    """Return minutes as hours, never as days: `40 h`, `40.5 h`."""
    return gettext(
        "%(hours)s\u00a0h", hours=format_decimal(round(minutes / 60, 2), locale=_locale())
    )


def weekday(value: date) -> str:
    """Return the short name of the day of the week: `Thu`."""
    return _date(value, "EEE", _locale())


def weekday_abbreviation(value: date) -> str:
    """Return the day of the week in two letters, for narrow columns: "Mo"."""
    return _date(value, "EEEEEE", _locale())


def weekday_name(value: date) -> str:
    """Return the full name of the day of the week: `Thursday`."""
    return _date(value, "EEEE", _locale())


def day_number(value: date) -> str:
    """Return the day's number, on the first with its month: `14`, `1 Jan`."""
    return _date(value, "d MMM" if value.day == 1 else "d", _locale())


def clock_time(value: time | datetime) -> str:
    """Return a time of day on the 24-hour clock: `08:30`."""
    return _time(value.hour, value.minute, _locale())


def wall(instant: datetime, zone: ZoneInfo) -> str:
    """Return the time of day that clocks in `zone` show at `instant`, with its offset if doubled.

    A time that the clock shows twice carries its offset: `02:30 (UTC+2)`.
    """
    local = instant.astimezone(zone)
    text = clock_time(local)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return f"{text} ({offset(zone, instant)})"
    return text


def offset(zone: ZoneInfo, at: datetime) -> str:
    """Return the offset of `zone` from UTC at an instant: `UTC+1`, `UTC+5:30`."""
    minutes = round((at.astimezone(zone).utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def zone_name(zone: ZoneInfo) -> str:
    """Return what the time of `zone` is called: `Copenhagen time`."""
    return _zone_name(zone.key, _locale())


@lru_cache(maxsize=256)
def _zone_name(key: str, locale: str) -> str:
    if key == CENTRAL_EUROPEAN.key:
        return gettext("Central European time")
    city = get_timezone_location(key, locale=locale, return_city=True)
    return gettext("%(city)s time", city=city)


def instant(value: datetime, zone: ZoneInfo) -> str:
    """Return an instant in `zone`, without naming the zone: `Thu 14 Jan 2027, 18:00`."""
    return gettext(
        "%(day)s, %(time)s", day=day(value.astimezone(zone).date()), time=wall(value, zone)
    )


def zoned_instant(value: datetime, zone: ZoneInfo) -> str:
    """Return an instant with its zone named: `Thu 14 Jan 2027, 18:00, Copenhagen time`."""
    return gettext("%(instant)s, %(zone)s", instant=instant(value, zone), zone=zone_name(zone))


def times(slot: Slot, zone: ZoneInfo) -> str:
    """Return the times of a slot within one day: `09:00 – 12:00`; 24:00 for midnight."""
    return _times(slot, zone, _locale())


@lru_cache(maxsize=4096)
def _times(slot: Slot, zone: ZoneInfo, locale: str) -> str:
    start, end = _local(slot.starts_at, zone, locale), _local(slot.ends_at, zone, locale)
    return _from_to(start.text, end.end_text)


class _Local(NamedTuple):
    """An instant on clocks in a zone: its day, the day that ends with it or goes on, and texts."""

    day: date
    day_before: date
    text: str

    @property
    def end_text(self) -> str:
        """Return the time as the end of a slot: 24:00 for midnight."""
        return "24:00" if self.text == "00:00" else self.text


@lru_cache(maxsize=8192)
def _local(at: datetime, zone: ZoneInfo, _locale: str) -> _Local:
    """Return the day and time of an instant in UTC, such as an end of a slot."""
    before = (at - timedelta(microseconds=1)).astimezone(zone)
    return _Local(at.astimezone(zone).date(), before.date(), wall(at, zone))


class TimesOfDay(NamedTuple):
    """The times of a slot that lies within one local day, in words."""

    day: date
    start: str
    end: str


def times_of_day(slot: Slot, zone: ZoneInfo) -> TimesOfDay | None:
    """Return day and times of a slot in `zone`; None: it does not lie within one day."""
    locale = _locale()
    start, end = _local(slot.starts_at, zone, locale), _local(slot.ends_at, zone, locale)
    return TimesOfDay(start.day, start.text, end.end_text) if start.day == end.day_before else None


def zoned_times(times: TimesOfDay, zone: ZoneInfo) -> str:
    """Return the times of a day, with the zone named."""
    return _zoned(_on_day(times), zone)


def _on_day(times: TimesOfDay) -> str:
    on = _from_to(times.start, times.end)
    return gettext("%(day)s, %(times)s", day=day(times.day), times=on)


def _from_to(start: str, end: str) -> str:
    return gettext("%(start)s – %(end)s", start=start, end=end)


def slot(value: Slot, zone: ZoneInfo) -> str:
    """Return a slot in the time of `zone`, without naming it.

    `Tue 12 Jan 2027, 09:00 – 12:00`, or `Thu 14 Jan, 08:00 – Fri 15 Jan 2027, 18:00`.
    """
    return _slot(value, zone, year_left_out(), _locale())


@lru_cache(maxsize=4096)
def _slot(value: Slot, zone: ZoneInfo, _year_left_out: int | None, _locale: str) -> str:
    within = times_of_day(value, zone)
    if within:
        return _on_day(within)
    first = value.starts_at.astimezone(zone).date()
    start, end = instant(value.starts_at, zone), instant(value.ends_at, zone)
    if first.year == value.ends_at.astimezone(zone).year:
        start = gettext("%(day)s, %(time)s", day=short_day(first), time=wall(value.starts_at, zone))
    return gettext("%(start)s – %(end)s", start=start, end=end)


def zoned_slot(value: Slot, zone: ZoneInfo) -> str:
    """Return a slot with its zone named."""
    return _zoned(slot(value, zone), zone)


def _zoned(slot: str, zone: ZoneInfo) -> str:
    return gettext("%(slot)s, %(zone)s", slot=slot, zone=zone_name(zone))


def days(value: Slot, zone: ZoneInfo) -> str:
    """Return the local days that a slot touches, as in `day_range`.

    For a date of a facility it is `wording.dates.date_days`.
    """
    last = (value.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return day_range(value.starts_at.astimezone(zone).date(), last)


def day_range(first: date, last: date) -> str:
    """Return the days, both inclusive: `Thu 14 Jan 2027` or `Thu 14 – Fri 15 Jan 2027`."""
    return _day_range(first, last, year_left_out(), _locale())


@lru_cache(maxsize=4096)
def _day_range(first: date, last: date, _year_left_out: int | None, locale: str) -> str:
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        start = _date(first, "EEE d", locale)
    elif first.year == last.year:
        start = short_day(first)
    else:
        start = day(first)
    return gettext("%(start)s – %(end)s", start=start, end=day(last))


def days_of_month(first: date, last: date) -> str:
    """Return days of one month without the year: `Thu 14 Jan` or `Thu 14 – Fri 15 Jan`."""
    if first == last:
        return short_day(first)
    start = _date(first, "EEE d", _locale())
    return gettext("%(start)s – %(end)s", start=start, end=short_day(last))


def duration(value: timedelta) -> str:
    """Return a length in words: `2 hours`, `1 hour 30 minutes`, `3 days`."""
    minutes = round(value.total_seconds() / 60)
    whole_days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [
        ngettext("%(num)d day", "%(num)d days", whole_days) if whole_days else "",
        ngettext("%(num)d hour", "%(num)d hours", hours) if hours else "",
        ngettext("%(num)d minute", "%(num)d minutes", minutes)
        if minutes or not (whole_days or hours)
        else "",
    ]
    return " ".join(part for part in parts if part)


def units(number: int, unit: Unit) -> str:
    """Return a number of access units in words: `3 half days`."""
    if unit is Unit.HOUR:
        return ngettext("%(num)d hour", "%(num)d hours", number)
    if unit is Unit.HALF_DAY:
        return ngettext("%(num)d half day", "%(num)d half days", number)
    return ngettext("%(num)d day", "%(num)d days", number)


def open_units(number: int, unit: Unit) -> str:
    """Return a number of access units without those that are not open: `3 open half days`."""
    if unit is Unit.HALF_DAY:
        return ngettext("%(num)d open half day", "%(num)d open half days", number)
    if unit is Unit.DAY:
        return ngettext("%(num)d open day", "%(num)d open days", number)
    return units(number, unit)


def in_city(name: str, city: str | None) -> str:
    """Return a name with its city: `KIT, Karlsruhe`; the name alone where it has the city."""
    if not city or city.casefold() in name.casefold():
        return name
    return gettext("%(name)s, %(city)s", name=name, city=city)


def counts(items: Iterable[str]) -> str:
    """Return counts, each in words, as one line: `3 match, 2 close`."""
    return format_list(list(items), style="unit", locale=_locale())


def listed(items: Iterable[str]) -> str:
    """Return texts joined by dots: `a · b · c`."""
    return " · ".join(items)
