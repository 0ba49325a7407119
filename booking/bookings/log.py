"""The log of a booking: one line for each thing that happens, announced in its transaction."""

from collections.abc import Sequence
from datetime import datetime

from blinker import Signal

from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.extensions import db
from booking.rules.lifecycle import Event, Side, State
from booking.rules.routing import Deciders

#: Sent with `lines`, a list of (entry, booking, deciders), and `now`, inside the transaction that
#: writes the entries. Who listens tells people; whatever it raises undoes the step.
announced = Signal()


def announce(lines: Sequence[tuple[LogEntry, Booking, Deciders]], now: datetime) -> None:
    """Let those who tell people know of new lines, whose rows have their ids."""
    announced.send(None, lines=lines, now=now)


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
        announce([(entry, booking, deciders)], now)
