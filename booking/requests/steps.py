"""One step in the life of some dates of a booking: state, log and notices together."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from booking.errors import Conflict
from booking.extensions import db
from booking.notices.service import tell_all
from booking.requests.models import Booking, LogEntry, Occurrence
from booking.requests.seating import free_all
from booking.requests.settling import Settled, settle
from booking.rules.lifecycle import ENDED, Act, Event, State, may_follow, outcome
from booking.rules.routing import Deciders


class Side(StrEnum):
    """As whom somebody acts or is told."""

    REQUESTER = "requester"
    OWNER = "owner"
    NOBODY = "nobody"


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
        settle([o.id for o in occurrences], now, Settled.ENDED, person_id=actor_id)
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


def write_log(
    booking: Booking,
    occurrences: Sequence[Occurrence],
    now: datetime,
    *,
    before: State | None,
    after: State,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
    reason: str = "",
    colleague: bool = False,
    event: Event = Event.STEP,
) -> None:
    """Append one line to the booking's log and write the notices that go with it.

    Of a rule that was set aside nobody is told but by the step that it goes with.
    """
    entry = LogEntry(
        booking_id=booking.id,
        at=now,
        actor_id=actor_id,
        side=side,
        colleague=colleague,
        event=event,
        before=before,
        after=after,
        reason=reason,
        occurrence_ids=[occurrence.id for occurrence in occurrences],
    )
    db.session.add(entry)
    db.session.flush()
    if event is not Event.OVERRIDE:
        tell_all([(entry, booking, deciders)], now)
