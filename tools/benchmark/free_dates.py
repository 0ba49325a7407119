"""Dates that can be requested, as somebody types them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import product
from zoneinfo import ZoneInfo

from booking.availability.requestable import RequestableFacility, get_requestable, why_not_now
from booking.bookings.details import RequestDetails
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.extensions import db
from booking.rules.opening import to_instant
from booking.rules.slots import Slot
from booking.rules.visibility import ANONYMOUS

HOURS = ((time(10), time(12)), (time(13), time(15)))
DETAILS = RequestDetails("Sensor trial", "Compare two sensors.", activity="experiment", people=1)


@dataclass(frozen=True)
class FreeDate:
    """A date at the facility with this slug, whose zone it is typed in."""

    slug: str
    slot: Slot
    zone: ZoneInfo

    def typed(self) -> dict[str, str]:
        """Return the fields of the request form that say when and where."""
        starts, ends = (at.astimezone(self.zone) for at in (self.slot.starts_at, self.slot.ends_at))
        return {
            "facility": self.slug,
            "dates-0-day": f"{starts:%Y-%m-%d}",
            "dates-0-starts_time": f"{starts:%H:%M}",
            "dates-0-ends_time": f"{ends:%H:%M}",
        }


def free_dates(slugs: Sequence[str], days: Iterable[date]) -> Iterator[FreeDate]:
    """Give dates that can be requested, each once: of all facilities in turn, then of later days.

    Whether one is free is looked up when it is its turn.
    """
    for day, (starts, ends) in product(days, HOURS):
        for slug in slugs:
            requestable = get_requestable(slug, ANONYMOUS, clock.now())
            slot = Slot(*(to_instant(requestable.zone, day, at) for at in (starts, ends)))
            free = _is_free(requestable, slot)
            db.session.rollback()  # the next look must not see an old snapshot
            if free:
                yield FreeDate(slug, slot, requestable.zone)


def _is_free(requestable: RequestableFacility, slot: Slot) -> bool:
    request = NewRequest(
        requestable.facility_id, (slot,), whole=False, places=1, details=DETAILS,
        idempotency_key="",
    )  # fmt: skip
    return not why_not_now(requestable, request, ANONYMOUS, clock.now())
