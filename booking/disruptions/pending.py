"""Future dates that prevent a change, such as fewer places or another status."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.bookings.conditions import still_to_come
from booking.bookings.decision_scope import decided_by
from booking.bookings.labels import named_dates
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.errors import BookingError
from booking.extensions import db
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class PendingDate:
    """One date that prevents a change.

    `reference` is None where the viewer may not decide on it: then only its time is known.
    `organisation` None with a reference is own use.
    `state` None: the viewer may not know it.
    """

    reference: str | None
    organisation: str | None
    facility: str
    slot: Slot
    zone: ZoneInfo
    state: State | None


class DatesInTheWay(BookingError):
    """Future dates prevent a change; `dates` lists them, earliest first."""

    def __init__(self, dates: list[PendingDate]) -> None:
        super().__init__(f"{len(dates)} dates")
        self.dates = dates


def pending_dates(
    condition: sa.ColumnElement[bool], viewer: Viewer, now: datetime
) -> list[PendingDate]:
    """Return the future dates that match `condition` on `Occurrence`, earliest first.

    Dates on which the viewer may not decide have no reference and no organisation.
    """
    rows = db.session.execute(
        named_dates(
            Occurrence.id,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Occurrence.state,
        ).where(condition, still_to_come(now))
    ).all()
    known = _known({row.id for row in rows}, {row.facility_id for row in rows}, viewer, now)
    return [
        PendingDate(
            reference=row.reference if row.id in known else None,
            organisation=row.organisation if row.id in known else None,
            facility=row.facility,
            slot=Slot(row.starts_at, row.ends_at),
            zone=ZoneInfo(row.time_zone),
            state=row.state if row.id in known else None,
        )
        for row in rows
    ]


def _known(
    occurrence_ids: set[int], facility_ids: set[int], viewer: Viewer, now: datetime
) -> set[int]:
    if not occurrence_ids:
        return set()
    return set(
        db.session.scalars(
            sa.select(Occurrence.id)
            .join(Booking, Booking.id == Occurrence.booking_id)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .where(Occurrence.id.in_(occurrence_ids), decided_by(viewer, facility_ids, now))
        )
    )
