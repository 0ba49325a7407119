"""How long the last answers to requests for a facility took."""

from datetime import datetime

import sqlalchemy as sa

from booking.bookings.models import Booking, BookingRequest, LogEntry
from booking.db.rows import read_rows
from booking.facilities.calendar_cache import FOREVER, ID_BYTES, Drawn, drawn_once
from booking.rules.answer_times import MOST_ANSWERS, usual_days
from booking.rules.lifecycle import Event, Side, State

# The first step by which its owner answered a booking. What a rule confirmed was not waited for.
_ANSWERED_AT = sa.func.min(LogEntry.at).label("answered_at")
_LAST = (
    sa.select(BookingRequest.sent_at, _ANSWERED_AT)
    .join(Booking, Booking.request_id == BookingRequest.id)
    .join(LogEntry, LogEntry.booking_id == Booking.id)
    .where(
        Booking.facility_id == sa.bindparam("facility_id"),
        sa.not_(BookingRequest.entered),
        LogEntry.event == Event.STEP,
        LogEntry.side == Side.OWNER,
        LogEntry.before == State.REQUESTED,
        LogEntry.rule.is_(None),
    )
    .group_by(Booking.id, BookingRequest.sent_at)
    .order_by(_ANSWERED_AT.desc(), Booking.id)
    .limit(MOST_ANSWERS)
)


def usual_answer_days(facility_id: int, now: datetime) -> int | None:
    """Return within how many days the last answers usually came; None: there were too few.

    No statement where nothing has changed.
    """

    def read() -> Drawn[int]:
        rows = read_rows(_LAST, {"facility_id": facility_id})
        lengths = [row.answered_at - row.sent_at for row in rows]
        return Drawn(usual_days(lengths) or 0, FOREVER, size=ID_BYTES)

    return drawn_once(("usual answer", facility_id), [facility_id], now, read) or None
