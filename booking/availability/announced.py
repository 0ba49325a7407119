"""When a facility is shut now and later, as everybody may read it who sees its calendar."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.facilities.closures import closure_slots
from booking.facilities.tree import trees_of
from booking.rules.slots import Slot

#: So far ahead closures are told, and so many of them.
AHEAD = timedelta(days=400)
SHOWN = 3


@dataclass(frozen=True)
class AnnouncedClosure:
    """One stretch that shuts a facility; `ends_at` None is open-ended, `reason` "" not public."""

    starts_at: datetime
    ends_at: datetime | None
    next_word_on: date | None
    reason: str


def announced_closures(facility_id: int, now: datetime) -> list[AnnouncedClosure]:
    """Return what shuts a facility, by itself or by one above it, the soonest first."""
    chain = [facility_id, *trees_of([facility_id]).above(facility_id)]
    found = closure_slots(chain, Slot(now, now + AHEAD))
    rows = {row.id: row for slots in found.values() for row, _ in slots}
    soonest = sorted(rows.values(), key=lambda row: (row.starts_at, row.id))
    return [
        AnnouncedClosure(
            row.starts_at,
            row.ends_at,
            row.closure.next_word_on,
            (row.closure.reason or "") if row.closure.reason_is_public else "",
        )
        for row in soonest[:SHOWN]
    ]
