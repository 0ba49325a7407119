"""The dates of a series: its first date repeated on each of its days, at the same wall time."""

from dataclasses import dataclass, replace
from datetime import date

from booking.availability.dates import DayDate, Fault, HourDate, slot_of
from booking.rules.recurrence import Expansion
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms


@dataclass(frozen=True)
class SeriesDate:
    """One date of a series; `day` is the local day on which it begins.

    `slot` is None where the clock skips or repeats one of its times: see `faults`.
    """

    day: date
    slot: Slot | None
    faults: tuple[Fault, ...]
    skipped: bool


def series_dates(
    first: HourDate | DayDate, expansion: Expansion, rules: BookingTerms, fold: int | None
) -> list[SeriesDate]:
    """Return the dates of a series in order, skipped ones included.

    `fold` chooses (0 first, 1 second) where the clock shows a time twice, unless the first date
    has a fold of its own.
    """
    skipped = set(expansion.skipped)
    found = []
    for day in expansion.all_days:
        slot, faults = slot_of(_on(first, day, fold), rules)
        found.append(SeriesDate(day, slot, tuple(faults), day in skipped))
    return found


def first_day_of(typed: HourDate | DayDate) -> date:
    """Return the local day on which a typed date begins."""
    return typed.day if isinstance(typed, HourDate) else typed.first_day


def _on(first: HourDate | DayDate, day: date, fold: int | None) -> HourDate | DayDate:
    """Return the first date moved to another day, with the same times and length."""
    later = day - first_day_of(first)
    if isinstance(first, DayDate):
        return replace(first, first_day=day, last_day=first.last_day + later)
    return replace(
        first,
        day=day,
        ends_day=None if first.ends_day is None else first.ends_day + later,
        starts_fold=fold if first.starts_fold is None else first.starts_fold,
        ends_fold=fold if first.ends_fold is None else first.ends_fold,
    )
