"""What the address of a calendar says: the day to show, and the date that is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.db.times import DoesNotExist, ExistsTwice, to_utc
from booking.rules.opening import ONE_DAY, Unit, day_starts_at, day_units, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

#: How many days back and ahead of today calendars can show.
FARTHEST_DAYS = 400
CHOICE_ARGS = ("from", "to", "first_day", "last_day", "first_half", "last_half")
_MOST_CHOSEN_DAYS = 92


class DayFault(StrEnum):
    """What is wrong with the day in the address."""

    UNREADABLE = "unreadable"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class ChosenDay:
    """The day that the address names; None when it names none that can be shown."""

    day: date | None
    fault: DayFault | None = None


def day_or_none(text: str | None) -> date | None:
    """Return the date written as YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(text) if text and len(text) == len("2027-01-14") else None
    except ValueError:
        return None


def chosen_day(text: str | None, today: date) -> ChosenDay:
    """Return the day that the address names, or what is wrong with it."""
    if not text:
        return ChosenDay(None)
    day = day_or_none(text)
    if day is None:
        return ChosenDay(None, DayFault.UNREADABLE)
    if not in_calendar_range(day, today):
        return ChosenDay(None, DayFault.TOO_FAR)
    return ChosenDay(day)


def in_calendar_range(day: date, today: date) -> bool:
    """Return whether calendars can show this day."""
    return abs((day - today).days) <= FARTHEST_DAYS


def chosen_slot(args: Mapping[str, str], rules: BookingTerms, today: date) -> Slot | None:
    """Return the chosen date, given in the facility's wall time, or None.

    Half days and days run from the first opening to the last closing; where nothing is open,
    over whole local days.
    """
    if rules.unit is Unit.HOUR:
        starts_at, ends_at = (_instant(args.get(name), rules, today) for name in ("from", "to"))
        if starts_at is None or ends_at is None or starts_at >= ends_at:
            return None
        return Slot(starts_at, ends_at)
    first, last = day_or_none(args.get("first_day")), day_or_none(args.get("last_day"))
    if first is None or last is None or not first <= last or not in_calendar_range(first, today):
        return None
    if (last - first).days > _MOST_CHOSEN_DAYS:
        return None
    units = day_units(
        open_days(rules.hours, rules.zone, first, last), rules.unit, rules.zone, rules.half_day_time
    )
    if args.get("first_half") == "afternoon":
        units = [unit for unit in units if unit.day > first or unit.half != 0]
    if args.get("last_half") == "morning":
        units = [unit for unit in units if unit.day < last or unit.half != 1]
    if units:
        return Slot(units[0].slot.starts_at, units[-1].slot.ends_at)
    return Slot(day_starts_at(rules.zone, first), day_starts_at(rules.zone, last + ONE_DAY))


def _instant(text: str | None, rules: BookingTerms, today: date) -> datetime | None:
    try:
        wall = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if wall.tzinfo is not None or not in_calendar_range(wall.date(), today):
        return None
    try:
        return to_utc(wall, rules.zone)
    except ExistsTwice:
        return to_utc(wall, rules.zone, fold=0)
    except DoesNotExist:
        return None
