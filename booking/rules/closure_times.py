"""Closures as typed, in the facility's wall time, turned into closed times; changing their end."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, day_starts_at, local_day, to_instant
from booking.rules.recurrence import Series, SeriesFaultCode, expand
from booking.rules.slots import Slot, merge
from booking.rules.terms import FARTHEST_DAYS

MOST_STRETCHES = 200
_MIDNIGHT = time(0)


@dataclass(frozen=True)
class PlannedClosure:
    """A closure as typed, in wall time of the facility.

    Without `starts_time` it begins with the first day; without `ends_time` it ends with the last
    day; without `last_day` it has one day. An end at 00:00 on the first day means the following
    midnight. `series` repeats it on other days, each time as long. An open-ended closure has no
    end, may name a day for news (`next_word_on`), and does not repeat.
    """

    first_day: date
    last_day: date | None = None
    starts_time: time | None = None
    ends_time: time | None = None
    open_ended: bool = False
    next_word_on: date | None = None
    series: Series | None = None

    @property
    def final_day(self) -> date:
        """Return the day on which its first occurrence ends."""
        return self.last_day or self.first_day


@dataclass(frozen=True)
class ClosedTime:
    """One closed time, in UTC; `ends_at` None is open-ended."""

    starts_at: datetime
    ends_at: datetime | None


class ClosingFaultCode(StrEnum):
    """What is wrong with a closure; in brackets the params that come with it."""

    BEGINS_IN_PAST = "begins_in_past"  # today
    OVER_ALREADY = "over_already"
    END_BEFORE_START = "end_before_start"
    TOO_FAR = "too_far"  # latest: the last day that a closure may reach
    WORD_IN_PAST = "word_in_past"  # today
    REPEATS_WITHOUT_END = "repeats_without_end"
    ONLY_EARLIER = "only_earlier"  # latest: the day on which the last closed time begins


@dataclass(frozen=True)
class ClosingFault:
    """One thing that is wrong, at one field of `PlannedClosure`, or of its series."""

    field: str
    code: ClosingFaultCode | SeriesFaultCode
    params: Mapping[str, int | date] = dataclasses.field(default_factory=dict)


def closed_times(
    closing: PlannedClosure, zone: ZoneInfo, now: datetime
) -> tuple[list[ClosedTime], list[ClosingFault]]:
    """Return the closed times, sorted and apart, or an empty list and all faults.

    They begin now at the earliest. A wall time that the clock skips counts as the end of the gap;
    of a time that it shows twice, a closure begins with the first and ends with the second.
    """
    today = local_day(now, zone)
    faults = _faults_of_days(closing, today)
    days: Sequence[date] = [closing.first_day]
    if closing.series is not None and not faults:
        expansion, found = expand(closing.first_day, closing.series, MOST_STRETCHES)
        faults += [ClosingFault(one.field, one.code, one.params) for one in found]
        days = expansion.days if expansion else ()
    if faults:
        return [], faults
    if closing.open_ended:
        starts_at = to_instant(zone, closing.first_day, closing.starts_time or _MIDNIGHT)
        return [ClosedTime(max(starts_at, _this_minute(now)), None)], []
    slots = [slot for day in days if (slot := _slot(closing, day, zone)) is not None]
    if not slots:
        return [], [_wrong_end(closing, ClosingFaultCode.END_BEFORE_START)]
    coming = [slot for slot in merge(slots) if slot.ends_at > now]
    if not coming:
        return [], [_wrong_end(closing, ClosingFaultCode.OVER_ALREADY)]
    return [ClosedTime(max(one.starts_at, _this_minute(now)), one.ends_at) for one in coming], []


def with_end(
    closed: Sequence[ClosedTime],
    last_day: date,
    ends_time: time | None,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[list[ClosedTime], list[ClosingFault]]:
    """Return the closed times with another end, or an empty list and the faults.

    A closure that comes once then ends earlier or later. One that repeats loses the times that
    begin after `last_day`; it cannot be extended.
    """
    today = local_day(now, zone)
    if last_day > today + ONE_DAY * FARTHEST_DAYS:
        return [], [_too_far("last_day", today)]
    if len(closed) > 1:
        latest = local_day(closed[-1].starts_at, zone)
        if last_day > latest:
            code = ClosingFaultCode.ONLY_EARLIER
            return [], [ClosingFault("last_day", code, {"latest": latest})]
        left = [
            one
            for one in closed
            if one.starts_at <= now or local_day(one.starts_at, zone) <= last_day
        ]
        return left, []
    (only,) = closed
    ends_at = _end_of(last_day, ends_time, zone)
    where = "ends_time" if ends_time is not None else "last_day"
    if ends_at <= now:
        return [], [ClosingFault(where, ClosingFaultCode.OVER_ALREADY)]
    if ends_at <= only.starts_at:
        return [], [ClosingFault(where, ClosingFaultCode.END_BEFORE_START)]
    return [ClosedTime(only.starts_at, ends_at)], []


def ended_now(closed: Sequence[ClosedTime], now: datetime) -> list[ClosedTime]:
    """Return the closed times of a closure that ends now: only its past."""
    return [
        ClosedTime(one.starts_at, now if one.ends_at is None else min(one.ends_at, now))
        for one in closed
        if one.starts_at < now
    ]


def fault_of_word(next_word_on: date | None, today: date) -> ClosingFault | None:
    """Return what is wrong with the day for news, or None."""
    if next_word_on is None:
        return None
    if next_word_on < today:
        return ClosingFault("next_word_on", ClosingFaultCode.WORD_IN_PAST, {"today": today})
    if next_word_on > today + ONE_DAY * FARTHEST_DAYS:
        return _too_far("next_word_on", today)
    return None


def _faults_of_days(closing: PlannedClosure, today: date) -> list[ClosingFault]:
    latest = today + ONE_DAY * FARTHEST_DAYS
    found = []
    if closing.first_day < today:
        code = ClosingFaultCode.BEGINS_IN_PAST
        found.append(ClosingFault("first_day", code, {"today": today}))
    elif closing.first_day > latest:
        found.append(_too_far("first_day", today))
    if closing.open_ended:
        if closing.series is not None:
            found.append(ClosingFault("pattern", ClosingFaultCode.REPEATS_WITHOUT_END))
        word = fault_of_word(closing.next_word_on, today)
        return [*found, word] if word else found
    if closing.final_day < closing.first_day:
        found.append(ClosingFault("last_day", ClosingFaultCode.END_BEFORE_START))
    elif closing.final_day > latest and closing.first_day <= latest:
        found.append(_too_far("last_day", today))
    return found


def _too_far(field: str, today: date) -> ClosingFault:
    latest = today + ONE_DAY * FARTHEST_DAYS
    return ClosingFault(field, ClosingFaultCode.TOO_FAR, {"latest": latest})


def _wrong_end(closing: PlannedClosure, code: ClosingFaultCode) -> ClosingFault:
    return ClosingFault("ends_time" if closing.ends_time is not None else "last_day", code)


def _slot(closing: PlannedClosure, day: date, zone: ZoneInfo) -> Slot | None:
    """Return the slot that begins on this day; None if it would end before it starts."""
    starts_at = to_instant(zone, day, closing.starts_time or _MIDNIGHT)
    final = day + (closing.final_day - closing.first_day)
    ends_time = closing.ends_time
    if ends_time == _MIDNIGHT and closing.final_day == closing.first_day:
        ends_time = None
    ends_at = _end_of(final, ends_time, zone)
    return Slot(starts_at, ends_at) if starts_at < ends_at else None


def _end_of(day: date, ends_time: time | None, zone: ZoneInfo) -> datetime:
    if ends_time is None:
        return day_starts_at(zone, day + ONE_DAY)
    return to_instant(zone, day, ends_time, True)


def _this_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
