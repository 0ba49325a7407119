"""When an answer is due and when an undecided date lapses, in working days of the cluster."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, local_day, to_instant

DUE_TIME = time(18)
LAPSE_DAYS = 5
#: Working days in which an organisation's members may object to somebody's joining.
OBJECTION_DAYS = 3
#: At most so many days a question waits for its answer.
LONGEST_WAIT = 28
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


def moved_back(due: datetime, days: int, now: datetime, deadlines: Deadlines) -> datetime:
    """Return a due instant so many working days earlier, as the clock goes on before it was to.

    It stays in the future, if it was there.
    """
    due_on = day = local_day(due, deadlines.zone)
    for _ in range(days):
        day = last_working_day_before(day, deadlines.holidays)
    tomorrow = add_working_days(local_day(now, deadlines.zone), 1, deadlines.holidays)
    day = max(day, min(due_on, tomorrow))
    return due if day == due_on else to_instant(deadlines.zone, day, DUE_TIME)


MOST_PROPOSAL_DAYS = 14
"""So many days ahead a proposal may be held."""

USUAL_PROPOSAL_DAYS = 5
"""So many working days it is held unless the approver names another day."""


def usual_proposal_day(now: datetime, deadlines: Deadlines) -> date:
    """Return the day (cluster zone) until which a proposal made now is usually held."""
    today = local_day(now, deadlines.zone)
    return min(
        add_working_days(today, USUAL_PROPOSAL_DAYS, deadlines.holidays),
        today + MOST_PROPOSAL_DAYS * ONE_DAY,
    )


def may_propose_until(until: date, now: datetime, deadlines: Deadlines) -> bool:
    """Return whether a proposal made now may be held until the evening of this local day."""
    today = local_day(now, deadlines.zone)
    is_late = to_instant(deadlines.zone, until, DUE_TIME) <= now
    return not is_late and until <= today + MOST_PROPOSAL_DAYS * ONE_DAY


def proposal_lapses_at(until: date, start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant at which a proposal lapses: 18:00 that day, at latest its start."""
    return min(to_instant(deadlines.zone, until, DUE_TIME), start)


def due_at(sent_at: datetime, first_start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant by which a request sent at `sent_at` is due for an answer.

    It is 18:00 cluster time on the last answer day, or on the last working day before the first
    date if that is earlier. It may be before `sent_at` if the first date is very near.
    """
    holidays = deadlines.holidays
    sent_on = local_day(sent_at, deadlines.zone)
    due_on = add_working_days(sent_on, deadlines.answer_days, holidays)
    return min(to_instant(deadlines.zone, due_on, DUE_TIME), latest_due(first_start, deadlines))


def lapses_at(due: datetime, start: datetime, deadlines: Deadlines) -> datetime:
    """Return the UTC instant at which an undecided date lapses.

    It is 18:00 cluster time five working days after the due day, at the latest the start.
    """
    due_on = local_day(due, deadlines.zone)
    lapses_on = add_working_days(due_on, LAPSE_DAYS, deadlines.holidays)
    return min(to_instant(deadlines.zone, lapses_on, DUE_TIME), start)


class AnswerDayFault(StrEnum):
    """Why nobody can be asked to answer by a day."""

    PAST = "past"  # 18:00 of that day is over
    TOO_FAR = "too_far"
    AFTER_START = "after_start"  # the first undecided date begins before


def answer_instant(day: date, deadlines: Deadlines) -> datetime:
    """Return the UTC instant until which an answer on `day` (cluster zone) is in time."""
    return to_instant(deadlines.zone, day, DUE_TIME)


def end_of_objections(now: datetime, deadlines: Deadlines) -> datetime:
    """Return until when members may object to what is announced now: the third working day, 18:00.

    The day of the announcement does not count.
    """
    today = local_day(now, deadlines.zone)
    return answer_instant(add_working_days(today, OBJECTION_DAYS, deadlines.holidays), deadlines)


def answer_day_fault(
    day: date, now: datetime, first_start: datetime | None, deadlines: Deadlines
) -> AnswerDayFault | None:
    """Return why a question cannot wait for its answer until this day, or None if it can.

    `first_start` is when the first undecided date begins; None: nothing is undecided.
    """
    if answer_instant(day, deadlines) <= now:
        return AnswerDayFault.PAST
    if day > local_day(now, deadlines.zone) + LONGEST_WAIT * ONE_DAY:
        return AnswerDayFault.TOO_FAR
    if first_start is not None and answer_instant(day, deadlines) >= first_start:
        return AnswerDayFault.AFTER_START
    return None


def usual_answer_day(now: datetime, first_start: datetime | None, deadlines: Deadlines) -> date:
    """Return the day by which to ask for an answer unless somebody chooses another.

    Five working days after today; earlier if the first undecided date is near.
    """
    today = local_day(now, deadlines.zone)
    day = add_working_days(today, LAPSE_DAYS, deadlines.holidays)
    if first_start is not None:
        starts_on = local_day(first_start, deadlines.zone)
        day = min(day, last_working_day_before(starts_on, deadlines.holidays))
    return max(day, today)


def pause(stopped_at: datetime, goes_on_at: datetime, deadlines: Deadlines) -> int:
    """Return by how many working days a clock that stood still moves its deadlines.

    Deadlines are at 18:00 of working days; it is the number of these instants that passed. So what
    remains when the clock goes on is what remained when it stopped.
    """
    day = local_day(stopped_at, deadlines.zone)
    last = local_day(goes_on_at, deadlines.zone)
    passed = 0
    while day <= last:
        is_deadline = is_working_day(day, deadlines.holidays)
        if is_deadline and stopped_at < to_instant(deadlines.zone, day, DUE_TIME) <= goes_on_at:
            passed += 1
        day += ONE_DAY
    return passed


def moved(deadline: datetime, days: int, deadlines: Deadlines, *, latest: datetime) -> datetime:
    """Return a deadline (UTC) so many working days later, at 18:00; never after `latest`.

    One that is not before `latest` stays.
    """
    if not days or deadline >= latest:
        return deadline
    day = add_working_days(local_day(deadline, deadlines.zone), days, deadlines.holidays)
    return min(to_instant(deadlines.zone, day, DUE_TIME), latest)


def latest_due(first_start: datetime, deadlines: Deadlines) -> datetime:
    """Return the latest UTC instant at which an answer may be due: before the first date."""
    starts_on = local_day(first_start, deadlines.zone)
    day = last_working_day_before(starts_on, deadlines.holidays)
    return to_instant(deadlines.zone, day, DUE_TIME)


def first_day_in_time(now: datetime, deadlines: Deadlines) -> date:
    """Return the first day (cluster zone) for which a request sent now would not be overdue."""
    day = local_day(now, deadlines.zone)
    while not (
        is_working_day(day, deadlines.holidays) and to_instant(deadlines.zone, day, DUE_TIME) > now
    ):
        day += ONE_DAY
    return day + ONE_DAY
