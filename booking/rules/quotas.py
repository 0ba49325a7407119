"""Quotas and fair shares: how much of a facility one organisation may have in a period.

Hours are the duration of dates, however many places they take. Days are the local days that
dates touch, each counted once. A date over the end of a period counts in both, by its parts.
Set-up and clean-up do not count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, OpeningHours, day_starts_at, local_day, open_days
from booking.rules.refusals import Param, Refusal, RefusalCode
from booking.rules.slots import Slot, common, merge

_INSTANT = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_MONTHS_OF_QUARTER = 3
_HOUR_MINUTES = 60


class Period(StrEnum):
    """The period of a quota, by the local calendar of the facility."""

    WEEK = "week"  # ISO: from Monday on
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Measure(StrEnum):
    """What a quota counts."""

    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True)
class QuotaRule:
    """At most `most` hours or days for one organisation, in `facility` and all below it."""

    facility: str
    period: Period
    measure: Measure
    most: int

    @property
    def most_counted(self) -> int:
        """Return `most` as `Amount.of` counts: in minutes (for hours) or days."""
        return self.most * (_HOUR_MINUTES if self.measure is Measure.HOURS else 1)


@dataclass(frozen=True)
class QuotaUsage:
    """A quota and the dates of the organisation that already count towards it."""

    rule: QuotaRule
    used: Sequence[Slot]


@dataclass(frozen=True)
class Amount:
    """The use in one period, which begins on the local day `first`.

    `minutes` is the duration of the dates in it, `days` the local days they touch.
    """

    first: date
    minutes: int = 0
    days: frozenset[date] = frozenset()

    def of(self, measure: Measure) -> int:
        """Return the number of minutes (for hours) or of days."""
        return self.minutes if measure is Measure.HOURS else len(self.days)

    def plus(self, other: "Amount") -> "Amount":
        """Return the sum of both."""
        return Amount(self.first, self.minutes + other.minutes, self.days | other.days)


def first_day(day: date, period: Period) -> date:
    """Return the day on which the period of this day begins."""
    match period:
        case Period.WEEK:
            return day - ONE_DAY * day.weekday()
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            months = (day.month - 1) // _MONTHS_OF_QUARTER * _MONTHS_OF_QUARTER
            return day.replace(month=months + 1, day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)


def next_first_day(first: date, period: Period) -> date:
    """Return the first day of the period after the one that begins on `first`."""
    longest = {Period.WEEK: 7, Period.MONTH: 31, Period.QUARTER: 92, Period.YEAR: 366}
    return first_day(first + ONE_DAY * longest[period], period)


def period_slot(first: date, period: Period, zone: ZoneInfo) -> Slot:
    """Return the period that begins on the local day `first` as a slot."""
    ends = next_first_day(first, period)
    return Slot(day_starts_at(zone, first), day_starts_at(zone, ends))


def amounts_of(slot: Slot, period: Period, zone: ZoneInfo) -> list[Amount]:
    """Return the use of one date in each period that it touches, in order."""
    last = local_day(slot.ends_at - _INSTANT, zone)
    first = first_day(local_day(slot.starts_at, zone), period)
    found = []
    while first <= last:
        part = slot.intersection(period_slot(first, period, zone))
        if part is not None:
            found.append(Amount(first, part.duration // _MINUTE, _days_of(part, zone)))
        first = next_first_day(first, period)
    return found


def _days_of(slot: Slot, zone: ZoneInfo) -> frozenset[date]:
    first, last = local_day(slot.starts_at, zone), local_day(slot.ends_at - _INSTANT, zone)
    return frozenset(first + ONE_DAY * number for number in range((last - first).days + 1))


def amounts(slots: Iterable[Slot], period: Period, zone: ZoneInfo) -> dict[date, Amount]:
    """Return the use of all these dates by the first day of each period they touch."""
    found: dict[date, Amount] = {}
    for slot in slots:
        for part in amounts_of(slot, period, zone):
            found[part.first] = found.get(part.first, Amount(part.first)).plus(part)
    return found


def why_over(usages: Iterable[QuotaUsage], slots: Sequence[Slot], zone: ZoneInfo) -> list[Refusal]:
    """Return one refusal for each quota and period that these dates would exceed.

    Its `date_index` is the first date, in the order given, that exceeds it. Params are those of
    `OVER_QUOTA`; hours are rounded up, and exact in `used_minutes` and `asked_minutes`.
    """
    found = []
    for usage in usages:
        rule = usage.rule
        before = amounts(usage.used, rule.period, zone)
        asked = amounts(slots, rule.period, zone)
        for first in sorted(asked):
            used = before.get(first, Amount(first))
            more = used.plus(asked[first]).of(rule.measure) - used.of(rule.measure)
            if more and _exceeds(rule, used.plus(asked[first])):
                index = _first_over(rule, used, slots, zone)
                found.append(Refusal(RefusalCode.OVER_QUOTA, _params(rule, used, more), index))
    return found


def _exceeds(rule: QuotaRule, amount: Amount) -> bool:
    return amount.of(rule.measure) > rule.most_counted


def _first_over(rule: QuotaRule, used: Amount, slots: Sequence[Slot], zone: ZoneInfo) -> int:
    for index, slot in enumerate(slots):
        for part in amounts_of(slot, rule.period, zone):
            if part.first == used.first:
                used = used.plus(part)
        if _exceeds(rule, used):
            return index
    raise ValueError("these dates keep the quota")


def _params(rule: QuotaRule, used: Amount, more: int) -> dict[str, Param]:
    params: dict[str, Param] = {
        "most": rule.most,
        "used": used.of(rule.measure),
        "asked": more,
        "period": rule.period.value,
        "first": used.first,
        "measure": rule.measure.value,
        "facility": rule.facility,
    }
    if rule.measure is Measure.HOURS:
        params |= {"used_minutes": used.minutes, "asked_minutes": more}
        params |= {"used": -(-used.minutes // _HOUR_MINUTES), "asked": -(-more // _HOUR_MINUTES)}
    return params


@dataclass(frozen=True)
class QuotaBalance:
    """What is used and left of a quota in the period that begins on the local day `first`.

    `used` and `left` are minutes (for hours) or days.
    """

    rule: QuotaRule
    first: date
    used: int
    left: int

    @property
    def is_over(self) -> bool:
        """Return whether more is used than may be."""
        return self.used > self.rule.most_counted


def quota_balances(
    usages: Iterable[QuotaUsage], days: Iterable[date], zone: ZoneInfo
) -> list[QuotaBalance]:
    """Return the balance of each quota in the periods that contain these local days."""
    wanted = list(days)
    found = []
    for usage in usages:
        rule = usage.rule
        before = amounts(usage.used, rule.period, zone)
        for first in sorted({first_day(day, rule.period) for day in wanted}):
            used = before.get(first, Amount(first)).of(rule.measure)
            found.append(QuotaBalance(rule, first, used, max(0, rule.most_counted - used)))
    return found


@dataclass(frozen=True)
class Share:
    """A month (from `first`) in which an organisation would exceed its fair share.

    It would have `percent` of the open hours, rounded; `fair` is the highest fair percentage.
    """

    first: date
    percent: int
    fair: int


def unfair_shares(
    fair: int, used: Iterable[Slot], slots: Sequence[Slot], hours: OpeningHours, zone: ZoneInfo
) -> list[Share]:
    """Return the months in which these dates give the organisation more than its fair share.

    Its open hours count, those of its other dates (`used`) included. Months without open hours
    are left out.
    """
    there = merge([*used, *slots])
    months = {part.first for slot in slots for part in amounts_of(slot, Period.MONTH, zone)}
    found = []
    for first in sorted(months):
        last = next_first_day(first, Period.MONTH) - ONE_DAY
        days = open_days(hours, zone, first, last)
        open_slots = merge(slot for day in days for slot in day.slots)
        whole = _seconds(open_slots)
        own = _seconds(common(there, open_slots))
        if own * 100 > fair * whole:
            found.append(Share(first, round(own * 100 / whole), fair))
    return found


def _seconds(slots: Iterable[Slot]) -> float:
    return sum(slot.duration.total_seconds() for slot in slots)


def hull_of_periods(periods: Iterable[Period], slots: Sequence[Slot], zone: ZoneInfo) -> Slot:
    """Return the slot that covers every period touched by these dates.

    Raises:
        ValueError: there is no period, or no date.
    """
    firsts = [local_day(slot.starts_at, zone) for slot in slots]
    lasts = [local_day(slot.ends_at - _INSTANT, zone) for slot in slots]
    around = [
        period_slot(first_day(day, period), period, zone)
        for period in periods
        for day in (min(firsts), max(lasts))
    ]
    return Slot(min(one.starts_at for one in around), max(one.ends_at for one in around))
