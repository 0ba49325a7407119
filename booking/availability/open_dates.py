"""The dates of an organisation at a facility that wait for the owner's decision."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.conditions import in_states
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.readers import readable_by
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.rules.lifecycle import WAIT_FOR_OWNER
from booking.rules.open_limits import OpenDate
from booking.rules.slots import Slot


def open_dates_at(
    facility_id: int,
    organisation_id: int | None,
    reader_id: int | None,
    now: datetime,
    *,
    without: Collection[int] = (),
) -> list[OpenDate]:
    """Return its open dates at this facility, but for the occurrences in `without`.

    `reader_id` is who is told of them: what that person may not read is not named. Own use (no
    organisation) has none. At most one statement.
    """
    if organisation_id is None:
        return []
    query = _OPEN_DATES
    if without:
        query = query.where(Occurrence.id.not_in(set(without)))
    bound = {"organisation_id": organisation_id, "facility_id": facility_id, "now": now}
    bound["reader_id"] = reader_id or 0
    return [
        OpenDate(reference, Slot(starts, ends), is_named=bool(is_named))
        for reference, starts, ends, is_named in db.session.execute(query, bound)
    ]


# Built once: that takes as long as to run it.
_OPEN_DATES = (
    sa.select(
        BookingRequest.reference,
        Occurrence.starts_at,
        Occurrence.ends_at,
        readable_by(sa.bindparam("reader_id")),
    )
    .join(Booking, Booking.request_id == BookingRequest.id)
    .join(Occurrence, Occurrence.booking_id == Booking.id)
    .where(
        BookingRequest.organisation_id == sa.bindparam("organisation_id"),
        Occurrence.facility_id == sa.bindparam("facility_id"),
        in_states(WAIT_FOR_OWNER, sa.bindparam("now", type_=UTCDateTime())),
    )
)
