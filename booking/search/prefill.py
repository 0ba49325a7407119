"""The arguments of an address that fill the request form with dates."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from booking.rules.date_days import days_of_date
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

#: How addresses call the halves of a day: morning, afternoon.
HALVES = ("morning", "afternoon")


def request_args(slot: Slot, rules: BookingTerms) -> dict[str, str]:
    """Return the arguments with which the request form opens on this date.

    Wall time of the facility. By the hour `from` and `to`; else `first_day` and `last_day`
    (inclusive), by the half day also `first_half` and `last_half`, one of `HALVES`.
    """
    if rules.unit is Unit.HOUR:
        starts, ends = (_wall(at, rules.zone) for at in slot)
        return {"from": starts, "to": ends}
    days = days_of_date(rules, slot)
    args = {"first_day": days.first.isoformat(), "last_day": days.last.isoformat()}
    if days.first_half is not None and days.last_half is not None:
        args["first_half"] = HALVES[days.first_half]
        args["last_half"] = HALVES[days.last_half]
    return args


# A timeline has hundreds of links to the same few hours, each twice.
@lru_cache(maxsize=8192)
def hours_text(slot: Slot, zone: ZoneInfo) -> str:
    """Return `from` and `to` in the wall time of `zone`, as they stand in an address."""
    return f"from={_wall(slot.starts_at, zone)}&to={_wall(slot.ends_at, zone)}"


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")


def request_all_args(slots: Sequence[Slot], rules: BookingTerms) -> dict[str, Any]:
    """Return the arguments with which the request form opens on all these dates.

    Several dates repeat the arguments; the first values belong to the first date, and so on.
    """
    if len(slots) == 1:
        return dict(request_args(slots[0], rules))
    every = [request_args(slot, rules) for slot in slots]
    return {name: [args[name] for args in every] for name in every[0]}
