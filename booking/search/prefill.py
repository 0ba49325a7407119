"""The arguments of an address that fill the request form with dates."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

MORNING, AFTERNOON = "0", "1"


def request_args(slot: Slot, rules: BookingTerms) -> dict[str, str]:
    """Return the arguments with which the request form opens on this date.

    Wall time of the facility. By the hour `from` and `to`; else `first_day` and `last_day`
    (inclusive), by the half day also `first_half` and `last_half`: 0 morning, 1 afternoon.
    """
    starts = slot.starts_at.astimezone(rules.zone)
    ends = slot.ends_at.astimezone(rules.zone)
    if rules.unit is Unit.HOUR:
        return {"from": f"{starts:%Y-%m-%dT%H:%M}", "to": f"{ends:%Y-%m-%dT%H:%M}"}
    last = (slot.ends_at - timedelta(microseconds=1)).astimezone(rules.zone)
    args = {"first_day": starts.date().isoformat(), "last_day": last.date().isoformat()}
    if rules.unit is Unit.HALF_DAY:
        noon = rules.half_day_time
        args["first_half"] = AFTERNOON if starts.time() >= noon else MORNING
        args["last_half"] = MORNING if last.time() < noon else AFTERNOON
    return args


def request_all_args(slots: Sequence[Slot], rules: BookingTerms) -> dict[str, Any]:
    """Return the arguments with which the request form opens on all these dates.

    Several dates repeat the arguments; the first values belong to the first date, and so on.
    """
    if len(slots) == 1:
        return dict(request_args(slots[0], rules))
    every = [request_args(slot, rules) for slot in slots]
    return {name: [args[name] for args in every] for name in every[0]}
