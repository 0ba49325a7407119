"""When an answer is due and when an undecided date lapses, in working days of the cluster."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, local_day, to_instant

DUE_TIME = time(18)
LAPSE_DAYS = 5
_SATURDAY = 5


@dataclass(frozen=True)
class Deadlines:
    """The working days a cluster has to answer, its zone, and its holidays (local dates).

    Raises:
        ValueError: fewer than one day to answer.
    """

    answer_days: int
    zone: ZoneInfo
    holidays: frozenset[date]

    def __post_init__(self) -> None:
        if self.answer_days < 1:
            raise ValueError("a cluster needs at least one working day to answer")


def is_working_day(day: date, holidays: Set[date]) -> bool:
    """Return whether the day is neither a Saturday, a Sunday nor one of the holidays."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_working_days(day: date, count: int, holidays: Set[date]) -> date:
    """Return the `count`-th working day after `day`, which itself does not count.

    Raises:
        ValueError: a negative count.
    """
    if count < 0:
        raise ValueError("working days are counted forwards")
    while count:
        day += ONE_DAY
        if is_working_day(day, holidays):
            count -= 1
    return day


def last_working_day_before(day: date, holidays: Set[date]) -> date:
    """Return the nearest working day that is earlier than `day`."""
    day -= ONE_DAY
    while not is_working_day(day, holidays):
        day -= ONE_DAY
    return day


def due_at(sent_at: datetime, first_start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant by which a request sent at `sent_at` is due for an answer.

    It is 18:00 cluster time on the last answer day, or on the last working day before the first
    date if that is earlier. It may be before `sent_at` if the first date is very near.
    """
    holidays = deadlines.holidays
    sent_on = local_day(sent_at, deadlines.zone)
    starts_on = local_day(first_start, deadlines.zone)
    due_on = min(
        add_working_days(sent_on, deadlines.answer_days, holidays),
        last_working_day_before(starts_on, holidays),
    )
    return to_instant(deadlines.zone, due_on, DUE_TIME)


def lapses_at(due: datetime, start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant at which an undecided date lapses.

    It is 18:00 cluster time five working days after the due day, at the latest the start.
    """
    due_on = local_day(due, deadlines.zone)
    lapses_on = add_working_days(due_on, LAPSE_DAYS, deadlines.holidays)
    return min(to_instant(deadlines.zone, lapses_on, DUE_TIME), start)


def first_day_in_time(now: datetime, deadlines: Deadlines) -> date:
    """Return the first day (cluster zone) for which a request sent now would not be overdue."""
    day = local_day(now, deadlines.zone)
    while not (
        is_working_day(day, deadlines.holidays) and to_instant(deadlines.zone, day, DUE_TIME) > now
    ):
        day += ONE_DAY
    return day + ONE_DAY
