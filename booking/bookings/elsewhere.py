"""What the log of a booking says of dates at another facility in the place of one of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.replacements import replaced_elsewhere
from booking.rules.lifecycle import OPEN, Side, State, elsewhere_event
from booking.rules.routing import Deciders


def log_elsewhere(
    dates: Sequence[Occurrence],
    now: datetime,
    *,
    before: State | None,
    after: State,
    deciders: Deciders,
    actor_id: int | None,
    side: Side,
    is_announced: bool = True,
) -> None:
    """Write into the bookings of what these dates would replace what has become of them.

    It says neither where they are nor when: who decides there reads that in the booking of these
    dates, whose `deciders` are told by its own line. Nothing is written of dates that replace
    nothing elsewhere, or that have done so before. Call it after the step.
    """
    if before is not None and before not in OPEN:
        return
    found = {one.id: one for date in dates if (one := replaced_elsewhere(date)) is not None}
    bookings: dict[int, Booking] = {one.booking_id: one.booking for one in found.values()}
    if not bookings:
        return
    known = deciders_of(bookings.values(), now)
    for booking in bookings.values():
        theirs = known[booking.id]
        for replaced in (one for one in found.values() if one.booking_id == booking.id):
            write_log(
                booking,
                [replaced],
                now,
                before=replaced.state,
                after=replaced.state,
                deciders=replace(
                    theirs,
                    approvers=theirs.approvers - deciders.all,
                    coordinators=theirs.coordinators - deciders.all,
                ),
                actor_id=actor_id,
                side=side,
                event=elsewhere_event(after),
                is_announced=is_announced,
            )
