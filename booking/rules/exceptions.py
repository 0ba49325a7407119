"""Which broken rules somebody who decides may set aside for one date, with a reason."""

from collections.abc import Iterable

from booking.rules.opening import Unit
from booking.rules.refusals import NEVER_LIFTED, Refusal, RefusalCode
from booking.rules.terms import LONGEST_DAYS


def allows_exception(refusal: Refusal) -> bool:
    """Tell whether a reason is one to set aside: all but taken, past and non-existent time.

    The horizon does not count for those who decide; where it is told all the same, the time is
    out of all bounds, as is a date that is longer than any can be.
    """
    if refusal.code in NEVER_LIFTED or refusal.code is RefusalCode.BEYOND_HORIZON:
        return False
    return not (
        refusal.code is RefusalCode.TOO_LONG
        and refusal.params.get("unit") == Unit.DAY
        and refusal.params.get("maximum") == LONGEST_DAYS
    )


def exception_keys(date: str, refusals: Iterable[Refusal]) -> frozenset[str]:
    """Return the rules that a date breaks as a page names them that has told them.

    A reason sets aside only what was told: rules may break after the page was read. `date` is any
    name of the date that stays as it is.
    """
    return frozenset(f"{date}:{refusal.code}" for refusal in refusals)
