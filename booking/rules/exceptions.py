"""Exceptions: which broken rules a decider may set aside for one date, with a reason."""

from collections.abc import Iterable

from booking.rules.opening import Unit
from booking.rules.refusals import NEVER_LIFTED, Refusal, RefusalCode
from booking.rules.terms import LONGEST_DAYS


def allows_exception(refusal: Refusal) -> bool:
    """Tell whether a decider may set this refusal aside.

    Not if the time is taken, past or impossible. The horizon does not bind deciders; if it is
    refused all the same, the date is beyond all bounds, and so is a date of impossible length.
    """
    if refusal.code in NEVER_LIFTED or refusal.code is RefusalCode.BEYOND_HORIZON:
        return False
    return not (
        refusal.code is RefusalCode.TOO_LONG
        and refusal.params.get("unit") == Unit.DAY
        and refusal.params.get("maximum") == LONGEST_DAYS
    )


def exception_keys(date: str, refusals: Iterable[Refusal]) -> frozenset[str]:
    """Return one key for each rule that a date breaks, as `date:code`.

    The page sends the keys back, so an exception covers only the rules that it showed: others may
    have come to be broken since. `date` is any stable name of the date.
    """
    return frozenset(f"{date}:{refusal.code}" for refusal in refusals)
