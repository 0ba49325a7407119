"""How much one organisation may have open at one facility: requests, and days held by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from booking.rules.opening import ONE_DAY, local_day
from booking.rules.refusals import Param, Refusal, RefusalCode
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class OpenDate:
    """A date that nobody has decided on, and the reference of its request.

    `is_named`: whoever asks may read it, so that the reference is shown.
    """

    reference: str
    slot: Slot
    is_named: bool = True


def limits_what_is_open(rules: BookingTerms) -> bool:
    """Return whether these terms limit it at all, so that open dates must be known."""
    return rules.most_open_requests is not None or rules.most_held_days is not None


def why_too_much_open(
    rules: BookingTerms,
    open_dates: Sequence[OpenDate],
    slots: Sequence[Slot],
    added_to: str | None = None,
) -> list[Refusal]:
    """Return why an organisation with these open dates cannot send a request for more.

    Days are the local days that its dates touch, each counted once; they count only where a
    requested date holds its places. The refusals are about the whole request. More for the request
    of the reference `added_to` is no further open request if it is open already.
    """
    references = sorted({one.reference for one in open_dates})
    named = sorted({one.reference for one in open_dates if one.is_named})
    known: dict[str, Param] = {
        "references": ", ".join(named),
        "unnamed": len(references) - len(named),
    }
    found = []
    most = rules.most_open_requests
    if most is not None and len(references) >= most and added_to not in references:
        params: dict[str, Param] = {"limit": most, "open": len(references), **known}
        found.append(Refusal(RefusalCode.TOO_MANY_OPEN, params))
    most = rules.most_held_days
    if most is not None and rules.pending_holds:
        held = _days((one.slot for one in open_dates), rules.zone)
        asked = len(_days(slots, rules.zone) - held)
        if asked and len(held) + asked > most:
            params = {"limit": most, "held": len(held), "asked": asked, **known}
            found.append(Refusal(RefusalCode.TOO_MANY_HELD_DAYS, params))
    return found


def _days(slots: Iterable[Slot], zone: ZoneInfo) -> set[date]:
    found = set()
    for slot in slots:
        day, last = local_day(slot.starts_at, zone), local_day(slot.ends_at - _INSTANT, zone)
        found |= {day + ONE_DAY * number for number in range((last - day).days + 1)}
    return found
