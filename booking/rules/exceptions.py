"""Exceptions: for which broken rules a decider may grant one, with a reason."""

from collections.abc import Iterable

from booking.rules.opening import Unit
from booking.rules.refusals import NEVER_LIFTED, Refusal, RefusalCode
from booking.rules.terms import LONGEST_DAYS


def allows_exception(refusal: Refusal) -> bool:
    """Return whether a decider may grant an exception to this refusal.

    Not if the time is taken, past, impossible or for others to enter. The horizon does not apply to
    deciders; if it is refused for them, the date is beyond all bounds. So is a date of impossible
    length.
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
