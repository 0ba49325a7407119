"""Until when what was drawn of calendars holds, if nothing is written meanwhile."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from booking.bookings.changes_to_come import changes_to_come
from booking.db.times import CENTRAL_EUROPEAN
from booking.rules.clock_changes import next_clock_change, next_minute, shows_the_present
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer


def kept_until(
    facility_ids: Collection[int],
    zones: Iterable[ZoneInfo],
    viewer: Viewer,
    now: datetime,
    *,
    shows_present: bool,
) -> datetime | None:
    """Return until when (UTC, exclusive) it holds; None: at this instant only.

    `facility_ids` are all that were read, `zones` those of their days and of the reader. What
    `shows_present` changes with the minute. One statement.
    """
    return _end(_changes(facility_ids, viewer, now).values(), zones, now, shows_present)


def kept_until_each(
    terms: Mapping[int, BookingTerms],
    shown: Slot,
    zones: Iterable[ZoneInfo],
    viewer: Viewer,
    now: datetime,
) -> dict[int, datetime | None]:
    """Return by facility until when its row for the days `shown` holds, as `kept_until` does."""
    changes = _changes(terms, viewer, now)
    zones = {*zones}
    by_zone: dict[ZoneInfo, datetime | None] = {}
    found = {}
    for facility_id, rules in terms.items():
        if rules.zone not in by_zone:
            by_zone[rules.zone] = _end((), {rules.zone, *zones}, now, shows_present=False)
        instants = [at for at in (changes.get(facility_id), by_zone[rules.zone]) if at is not None]
        if shows_the_present(rules, shown, now):
            instants.append(next_minute(now) or now)
        found[facility_id] = min(instants) if min(instants) > now else None
    return found


def _changes(facility_ids: Collection[int], viewer: Viewer, now: datetime) -> dict[int, datetime]:
    # Who decides beside a rival depends on which dates are over.
    decides = bool(viewer.approves or viewer.coordinates)
    return changes_to_come(facility_ids, now, with_ends=decides)


def _end(
    changes: Iterable[datetime], zones: Iterable[ZoneInfo], now: datetime, shows_present: bool
) -> datetime | None:
    minute = next_minute(now) if shows_present else None
    if shows_present and minute is None:
        return None
    return next_clock_change(
        now, {CENTRAL_EUROPEAN, *zones}, [*changes, *([minute] if minute else ())]
    )
