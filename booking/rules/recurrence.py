"""Series: a repeated date, expanded by its pattern into the local days on which it begins."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from itertools import takewhile

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from booking.rules.opening import ONE_DAY
from booking.rules.terms import FARTHEST_DAYS

LONGEST_DAYS = FARTHEST_DAYS
"""A series ends at most so many days after its first date: nothing later can be requested."""

MOST_EVERY = 366
"""The largest step: with a larger one no second date could be requested."""

_LAST = -1
_MONDAY = 0


class RepeatPattern(StrEnum):
    """The pattern of a series, anchored at its first day."""

    DAILY = "daily"
    WEEKLY = "weekly"  # on the series' weekdays, else on that of the first day
    MONTHLY_DATE = "monthly_date"  # on the same date; months without it are left out
    MONTHLY_WEEKDAY = "monthly_weekday"  # on the third Tuesday, if the first day is one
    MONTHLY_LAST = "monthly_last"  # on the last Friday, if the first day is one


@dataclass(frozen=True)
class Series:
    """A series as typed. It ends either on the day `until` (inclusive) or after `count` dates.

    `every` 2 means every second day, week (from Monday) or month. `weekdays` (0 is Monday) are
    only for WEEKLY. `count` includes skipped days, but neither `extra` days nor months without
    such a date.
    """

    pattern: RepeatPattern
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    until: date | None = None
    count: int | None = None
    extra: tuple[date, ...] = ()
    skipped: frozenset[date] = frozenset()


class SeriesFaultCode(StrEnum):
    """What is wrong with a series; in brackets the params that come with it."""

    NO_END = "no_end"
    TWO_ENDS = "two_ends"
    EVERY_BELOW_ONE = "every_below_one"
    EVERY_TOO_LARGE = "every_too_large"  # limit
    COUNT_BELOW_ONE = "count_below_one"
    UNTIL_BEFORE_FIRST = "until_before_first"  # first
    TOO_MANY = "too_many"  # limit, asked
    TOO_LONG = "too_long"  # latest: the last day that it may reach
    FIRST_NOT_IN_IT = "first_not_in_it"  # first; following: the first day after it that fits
    EXTRA_TOO_FAR = "extra_too_far"  # day, latest


@dataclass(frozen=True)
class SeriesFault:
    """One thing that is wrong, at one field of `Series`."""

    field: str
    code: SeriesFaultCode
    params: Mapping[str, int | date] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Expansion:
    """The local days on which the dates of a series begin; each list sorted, without duplicates.

    `days` are requested, `skipped` are left out on request. `missing_months` are months (by
    their first day) that have no such date; `duplicates` are extra days that were given twice or
    that the pattern has anyway.
    """

    days: tuple[date, ...]
    skipped: tuple[date, ...] = ()
    missing_months: tuple[date, ...] = ()
    duplicates: tuple[date, ...] = ()

    @property
    def all_days(self) -> list[date]:
        """Return the requested and the skipped days, in order."""
        return sorted((*self.days, *self.skipped))


def expand(first: date, series: Series, limit: int) -> tuple[Expansion | None, list[SeriesFault]]:
    """Return the days of a series that begins on `first`, or None and all faults.

    At most `limit` days, skipped ones included. Wall times on these days are checked when slots
    are made of them.
    """
    faults = _faults_of_numbers(first, series, limit)
    if faults:
        return None, faults
    latest = first + timedelta(days=LONGEST_DAYS)
    by_rule = list(_days(first, series))
    if not by_rule or by_rule[0] != first:
        return None, [_first_not_in_it(first, series)]
    if by_rule[-1] > latest:
        faults.append(SeriesFault("count", SeriesFaultCode.TOO_LONG, {"latest": latest}))
    faults += [
        SeriesFault("extra", SeriesFaultCode.EXTRA_TOO_FAR, {"day": day, "latest": latest})
        for day in series.extra
        if day > latest
    ]
    every_day = sorted({*by_rule, *series.extra})
    if not faults and len(every_day) > limit:
        where = "until" if series.count is None else "count"
        faults.append(_too_many(where, limit, len(every_day)))
    if faults:
        return None, faults
    return Expansion(
        days=tuple(day for day in every_day if day not in series.skipped),
        skipped=tuple(day for day in every_day if day in series.skipped),
        missing_months=tuple(_missing_months(first, series, by_rule)),
        duplicates=tuple(_duplicates(by_rule, series.extra)),
    ), []


def _faults_of_numbers(first: date, series: Series, limit: int) -> list[SeriesFault]:
    found = []
    if series.every < 1:
        found.append(SeriesFault("every", SeriesFaultCode.EVERY_BELOW_ONE))
    elif series.every > MOST_EVERY:
        found.append(SeriesFault("every", SeriesFaultCode.EVERY_TOO_LARGE, {"limit": MOST_EVERY}))
    if series.until is None and series.count is None:
        found.append(SeriesFault("until", SeriesFaultCode.NO_END))
    elif series.until is not None and series.count is not None:
        found.append(SeriesFault("count", SeriesFaultCode.TWO_ENDS))
    if series.count is not None and series.count < 1:
        found.append(SeriesFault("count", SeriesFaultCode.COUNT_BELOW_ONE))
    elif series.count is not None and series.count > limit:
        found.append(_too_many("count", limit, series.count))
    latest = first + timedelta(days=LONGEST_DAYS)
    if series.until is not None and series.until < first:
        found.append(SeriesFault("until", SeriesFaultCode.UNTIL_BEFORE_FIRST, {"first": first}))
    elif series.until is not None and series.until > latest:
        found.append(SeriesFault("until", SeriesFaultCode.TOO_LONG, {"latest": latest}))
    return found


def _too_many(field_name: str, limit: int, asked: int) -> SeriesFault:
    return SeriesFault(field_name, SeriesFaultCode.TOO_MANY, {"limit": limit, "asked": asked})


def _days(first: date, series: Series) -> Iterator[date]:
    """Yield the days of the pattern until its end, at most one beyond the longest series."""
    if series.count is None and series.until is not None:
        until = series.until
        yield from takewhile(lambda day: day <= until, _endless(first, series))
        return
    latest = first + timedelta(days=LONGEST_DAYS)
    for _, day in zip(range(series.count or 0), _endless(first, series), strict=False):
        yield day
        if day > latest:
            return


def _endless(first: date, series: Series) -> Iterator[date]:
    rule = partial(
        rrule, dtstart=datetime.combine(first, time(0)), interval=series.every, wkst=_MONDAY
    )
    if series.pattern is RepeatPattern.DAILY:
        found = rule(DAILY)
    elif series.pattern is RepeatPattern.WEEKLY:
        found = rule(WEEKLY, byweekday=sorted(series.weekdays) or [first.weekday()])
    elif series.pattern is RepeatPattern.MONTHLY_DATE:
        found = rule(MONTHLY, bymonthday=first.day)
    else:
        nth = _LAST if series.pattern is RepeatPattern.MONTHLY_LAST else _nth_in_month(first)
        found = rule(MONTHLY, byweekday=weekday(first.weekday(), nth))
    return (at.date() for at in found)


def _nth_in_month(day: date) -> int:
    return (day.day - 1) // 7 + 1


def _first_not_in_it(first: date, series: Series) -> SeriesFault:
    where = "weekdays" if series.pattern is RepeatPattern.WEEKLY else "pattern"
    following = next(_endless(first, replace(series, every=1)))
    params = {"first": first, "following": following}
    return SeriesFault(where, SeriesFaultCode.FIRST_NOT_IN_IT, params)


def _duplicates(by_rule: list[date], extra: tuple[date, ...]) -> list[date]:
    given = Counter(extra)
    known = set(by_rule)
    return sorted(day for day, times in given.items() if times > 1 or day in known)


def _missing_months(first: date, series: Series, by_rule: list[date]) -> Iterator[date]:
    """Yield the first days of the months that have no such date."""
    if series.pattern not in (RepeatPattern.MONTHLY_DATE, RepeatPattern.MONTHLY_WEEKDAY):
        return
    found = {(day.year, day.month) for day in by_rule}
    last = series.until or by_rule[-1]
    month = first.replace(day=1)
    while _month_after(month) - ONE_DAY <= last:
        if (month.year, month.month) not in found:
            yield month
        for _ in range(series.every):
            month = _month_after(month)


def _month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
