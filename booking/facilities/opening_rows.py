"""Opening rows: when each facility is open, worked out ahead, so that a search can be SQL."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.effective import effective_rules
from booking.facilities.models import Facility, OpeningRow
from booking.rules.asking import AskingRules
from booking.rules.opening import open_days

#: How far ahead rows reach where a facility states no horizon.
DEFAULT_HORIZON_DAYS = 400
#: Days of rows beyond the horizon and before today, so that a late worker is not noticed.
MARGIN_DAYS = 7


def write_opening_rows(facility_ids: Iterable[int] | None, now: datetime) -> int:
    """Write the rows of these facilities, from a week ago to a week past their horizon.

    With ids the rows are written anew: for changed hours. With None the rows of all facilities
    grow to their horizon and lose what is over: for once a day. A facility without stated hours
    gets one row for each local day. Closures are not counted in. Returns how many rows were
    written. Commits nothing.
    """
    if facility_ids is None:
        wanted = set(db.session.scalars(sa.select(Facility.id)))
        over = sa.delete(OpeningRow).where(OpeningRow.closes_at < now - timedelta(days=MARGIN_DAYS))
        db.session.execute(over)
        written_to = _last_days()
    else:
        wanted = set(facility_ids)
        db.session.execute(sa.delete(OpeningRow).where(OpeningRow.facility_id.in_(wanted)))
        written_to = {}
    rows = [
        row
        for facility_id, effective in sorted(effective_rules(wanted).items())
        for row in _rows(facility_id, effective.rules, now, written_to.get(facility_id))
    ]
    if rows:
        db.session.execute(sa.insert(OpeningRow), rows)
    return len(rows)


def _last_days() -> dict[int, date]:
    """Return for each facility the last local day for which it has rows."""
    found = db.session.execute(
        sa.select(OpeningRow.facility_id, sa.func.max(OpeningRow.opens_on)).group_by(
            OpeningRow.facility_id
        )
    )
    return dict(found.all())


def _rows(
    facility_id: int, rules: AskingRules, now: datetime, written_to: date | None
) -> list[dict[str, object]]:
    today = now.astimezone(rules.zone).date()
    ahead = DEFAULT_HORIZON_DAYS if rules.horizon_days is None else rules.horizon_days
    first = today - timedelta(days=MARGIN_DAYS)
    if written_to is not None:
        first = max(first, written_to + timedelta(days=1))
    last = today + timedelta(days=ahead + MARGIN_DAYS)
    if last < first:
        return []
    return [
        {
            "facility_id": facility_id,
            "opens_on": day.day,
            "opens_at": slot.starts_at,
            "closes_at": slot.ends_at,
        }
        for day in open_days(rules.spans, rules.zone, first, last)
        for slot in day.slots
    ]
