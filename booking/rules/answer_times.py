"""How long answers take, as measured: the usual time of the last ones, once there are enough."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

#: With fewer answers one could tell single ones, and chance says more than habit.
FEWEST_ANSWERS = 10
#: The last so many count.
MOST_ANSWERS = 50
_DAY = timedelta(days=1)


def usual_days(lengths: Sequence[timedelta]) -> int | None:
    """Return within how many days half of these answers came, at least one; None: too few."""
    if len(lengths) < FEWEST_ANSWERS:
        return None
    middle = median(one.total_seconds() for one in lengths)
    return max(1, -int(-middle // _DAY.total_seconds()))
