"""One step in the life of some dates of a booking: state, log and notices together."""

from collections.abc import Sequence
from datetime import datetime

from booking.bookings.log import Side, write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import free_all
from booking.bookings.resolutions import Resolution, resolve
from booking.errors import Conflict
from booking.rules.lifecycle import ENDED, Act, State, may_follow, outcome
from booking.rules.routing import Deciders


def take_step(
    booking: Booking,
    occurrences: Sequence[Occurrence],
    act: Act,
    now: datetime,
    *,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
    reason: str = "",
    colleague: bool = False,
) -> None:
    """Move these dates on, write one line of the log, and tell everybody whom it concerns.

    A date that ends gives back what it takes, and nothing that had hit it is left to settle.
    Call it inside `writing`.

    Raises:
        Conflict: `already_decided`, when one of the dates has moved on meanwhile.
    """
    after = outcome(act)
    before = {occurrence.state for occurrence in occurrences}
    if not all(may_follow(state, after) for state in before) or len(before) != 1:
        raise Conflict("already_decided")
    for occurrence in occurrences:
        occurrence.state = after
        occurrence.revision += 1
        occurrence.changed_at = now
    if after is not State.CONFIRMED:
        free_all(occurrences)
    if after in ENDED:
        resolve([o.id for o in occurrences], now, Resolution.ENDED, person_id=actor_id)
    write_log(
        booking,
        occurrences,
        now,
        before=before.pop(),
        after=after,
        deciders=deciders,
        actor_id=actor_id,
        side=side,
        reason=reason,
        colleague=colleague,
    )
