"""Days on which a cluster answers nobody, beside weekends and public holidays."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from booking.rules.opening import ONE_DAY

#: So many days off in one go, and so many entries at most.
LONGEST = 60
MOST = 20
#: So far ahead deadlines know of public holidays, too.
FARTHEST = timedelta(days=730)


@dataclass(frozen=True, order=True)
class DaysOff:
    """One stretch of days off, both days included, and why."""

    first: date
    last: date
    name: str

    def __iter__(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += ONE_DAY


class DaysOffFault(StrEnum):
    """Why days off cannot be entered."""

    ENDS_BEFORE = "ends_before"
    OVER = "over"
    TOO_LONG = "too_long"
    TOO_FAR = "too_far"


def days_off_fault(entry: DaysOff, today: date) -> DaysOffFault | None:
    """Return why this cannot be entered today, or None if it can."""
    if entry.last < entry.first:
        return DaysOffFault.ENDS_BEFORE
    if entry.last < today:
        return DaysOffFault.OVER
    if entry.last - entry.first >= timedelta(days=LONGEST):
        return DaysOffFault.TOO_LONG
    if entry.last > today + FARTHEST:
        return DaysOffFault.TOO_FAR
    return None


def stored(entries: Iterable[DaysOff]) -> list[list[str]]:
    """Return entries as they are stored: first day, last day and name, by first day."""
    return [[one.first.isoformat(), one.last.isoformat(), one.name] for one in sorted(entries)]


def read_stored(rows: Iterable[Sequence[str]]) -> list[DaysOff]:
    """Return stored entries, by first day.

    Raises:
        ValueError: they are not stored ones.
    """
    return sorted(
        DaysOff(date.fromisoformat(first), date.fromisoformat(last), name)
        for first, last, name in rows
    )


def kept_past(entries: Collection[DaysOff], today: date) -> list[DaysOff]:
    """Return the entries that are over: deadlines that run count them still."""
    return [one for one in entries if one.last < today]
