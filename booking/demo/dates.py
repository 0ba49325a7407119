"""Finding dates that can be requested, whatever the day on which the demonstration starts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from booking.availability.checks import CheckContext, check_context
from booking.demo.plans import PlannedDates
from booking.rules.free_times import free_slots
from booking.rules.many_dates import why_not_all
from booking.rules.opening import (
    ONE_DAY,
    DayUnit,
    Unit,
    day_units,
    local_day,
    open_days,
    to_instant,
)
from booking.rules.refusals import RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms, RequestedDate

SEARCH_DAYS = 60
_WEEK = timedelta(days=7)
_EVES = {(12, 24), (12, 31)}


def find_dates(
    facility_id: int,
    planned: PlannedDates,
    today: date,
    now: datetime,
    ignore: frozenset[RefusalCode] = frozenset(),
) -> tuple[Slot, ...] | None:
    """Return the first dates from the planned day on that can be requested at `now`, or None."""
    first = today + ONE_DAY * planned.days_ahead
    last = first + ONE_DAY * SEARCH_DAYS + _WEEK * planned.weeks
    # A day more on both sides, as the zone is not known yet.
    window = Slot(
        datetime.combine(first - ONE_DAY, time(0), UTC),
        datetime.combine(last + 2 * ONE_DAY, time(0), UTC),
    )
    facts = check_context(facility_id, [window], now, whole=planned.whole)
    rules = facts.effective.rules
    free = free_slots(
        rules,
        facts.deadlines,
        facts.room,
        facts.closures,
        window,
        now,
        whole=planned.whole,
        places=planned.places,
        ignore=ignore,
    )
    candidates = list(_candidates(rules, planned, first, last, free))
    # Holidays can be requested, but hardly anybody would.
    candidates.sort(key=lambda dates: _touches_holiday(dates, facts))
    for dates in candidates:
        requested_dates = [
            RequestedDate(slot, planned.places, planned.whole, planned.people) for slot in dates
        ]
        if not _refused(facts, requested_dates, now, ignore):
            return dates
    return None


def _touches_holiday(dates: tuple[Slot, ...], facts: CheckContext) -> bool:
    zone, holidays = facts.effective.rules.zone, facts.deadlines.holidays
    for slot in dates:
        day, last = local_day(slot.starts_at, zone), local_day(slot.ends_at, zone)
        while day <= last:
            if day in holidays or (day.month, day.day) in _EVES:
                return True
            day += ONE_DAY
    return False


def _refused(
    facts: CheckContext,
    requested_dates: list[RequestedDate],
    now: datetime,
    ignore: frozenset[RefusalCode],
) -> bool:
    return bool(
        why_not_all(
            facts.effective.rules,
            facts.deadlines,
            facts.room,
            facts.closures,
            requested_dates,
            now,
            ignore=ignore,
        )
    )


def _candidates(
    rules: BookingTerms, planned: PlannedDates, first: date, last: date, free: list[Slot]
) -> Iterator[tuple[Slot, ...]]:
    """Yield series of dates in free time, the nearest first."""
    if rules.unit is Unit.HOUR:
        for offset in range(SEARCH_DAYS):
            day = first + ONE_DAY * offset
            dates = tuple(
                _hours(rules, planned, day + _WEEK * week) for week in range(planned.weeks)
            )
            if all(any(one.contains(slot) for one in free) for slot in dates):
                yield dates
        return
    units = day_units(
        open_days(rules.hours, rules.zone, first, last), rules.unit, rules.zone, rules.half_day_time
    )
    # First what needs no night or weekend more than its length does, then what can be had.
    for compact in (True, False):
        pieces = dict(_pieces(units, set(free), planned.units, compact=compact))
        for day, half in pieces:
            series = [(day + _WEEK * week, half) for week in range(planned.weeks)]
            if all(piece in pieces for piece in series):
                yield tuple(pieces[piece] for piece in series)


def _hours(rules: BookingTerms, planned: PlannedDates, day: date) -> Slot:
    starts_at = to_instant(rules.zone, day, planned.at_time)
    return Slot(starts_at, starts_at + timedelta(hours=planned.units))


def _pieces(
    units: list[DayUnit], free: set[Slot], count: int, *, compact: bool
) -> Iterator[tuple[tuple[date, int | None], Slot]]:
    """Give each stretch of `count` free units by its first day and half."""
    for index in range(len(units) - count + 1):
        run = units[index : index + count]
        if not all(unit.slot in free for unit in run):
            continue
        nights = (run[-1].day - run[0].day).days
        fewest = count - 1 if run[0].half is None else (count - 1) // 2
        if not compact or (nights == fewest and run[0].half in (None, 0)):
            yield (run[0].day, run[0].half), Slot(run[0].slot.starts_at, run[-1].slot.ends_at)
