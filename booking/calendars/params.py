"""What a calendar's address says: the view, the day it stands on, the dates that are chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from booking.db.times import DoesNotExist, ExistsTwice, to_utc
from booking.rules.opening import ONE_DAY, Unit, atoms, day_starts_at, open_days
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

#: So many days back and ahead from today calendars are drawn.
FARTHEST_DAYS = 400
CHOICE_ARGS = ("from", "to", "first_day", "last_day", "first_half", "last_half")
_MOST_CHOSEN_DAYS = 92


class Trouble(StrEnum):
    """What was wrong with the day in the address."""

    UNREADABLE = "unreadable"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class Day:
    """The day a calendar stands on; None where the address names none that can be shown."""

    day: date | None
    trouble: Trouble | None = None


def day_or_none(text: str | None) -> date | None:
    """Return the date written as YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(text) if text and len(text) == len("2027-01-14") else None
    except ValueError:
        return None


def chosen_day(text: str | None, today: date) -> Day:
    """Return the day that the address names, unless it cannot be read or lies too far away."""
    if not text:
        return Day(None)
    day = day_or_none(text)
    if day is None:
        return Day(None, Trouble.UNREADABLE)
    if not in_reach(day, today):
        return Day(None, Trouble.TOO_FAR)
    return Day(day)


def in_reach(day: date, today: date) -> bool:
    """Tell whether calendars are drawn for this day."""
    return abs((day - today).days) <= FARTHEST_DAYS


def choice_of(args: Mapping[str, str], rules: BookingTerms, today: date) -> Slot | None:
    """Return the date that the address names as chosen, in the facility's wall time, or None.

    Half days and days run from the first opening to the last closing, or over whole local days
    where nothing is open.
    """
    if rules.unit is Unit.HOUR:
        starts_at, ends_at = (_instant(args.get(name), rules, today) for name in ("from", "to"))
        if starts_at is None or ends_at is None or starts_at >= ends_at:
            return None
        return Slot(starts_at, ends_at)
    first, last = day_or_none(args.get("first_day")), day_or_none(args.get("last_day"))
    if first is None or last is None or not first <= last or not in_reach(first, today):
        return None
    if (last - first).days > _MOST_CHOSEN_DAYS:
        return None
    units = atoms(
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
    if wall.tzinfo is not None or not in_reach(wall.date(), today):
        return None
    try:
        return to_utc(wall, rules.zone)
    except ExistsTwice:
        return to_utc(wall, rules.zone, fold=0)
    except DoesNotExist:
        return None
