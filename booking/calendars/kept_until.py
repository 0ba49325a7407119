"""Until when what was drawn of calendars holds, if nothing is written meanwhile."""

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.bookings.changes_to_come import changes_to_come
from booking.db.times import CENTRAL_EUROPEAN
from booking.rules.clock_changes import next_clock_change, next_minute
from booking.rules.visibility import Viewer


def kept_until(
    facility_ids: Collection[int],
    zones: Iterable[ZoneInfo],
    viewer: Viewer,
    now: datetime,
    *,
    shows_the_present: bool,
) -> datetime | None:
    """Return until when (UTC, exclusive) it holds; None: at this instant only.

    `facility_ids` are all that were read, `zones` those of their days and of the reader. What
    `shows_the_present` changes with the minute. One statement.
    """
    # Who decides beside a rival depends on which dates are over.
    decides = bool(viewer.approves or viewer.coordinates)
    instants = list(changes_to_come(facility_ids, now, with_ends=decides).values())
    if shows_the_present:
        minute = next_minute(now)
        if minute is None:
            return None
        instants.append(minute)
    return next_clock_change(now, {CENTRAL_EUROPEAN, *zones}, instants)
