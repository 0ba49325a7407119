"""What shuts facilities around a window, with the parts of those that are asked for as a whole."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

import sqlalchemy as sa

from booking.calendars.queries import closures
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.slots import Slot, merge

# Set-up and clean-up reach beyond the window; so does the difference between time zones.
_MARGIN = timedelta(days=2)


def look_around(window: Slot) -> Slot:
    """Return the stretch to read for dates in `window`: set-up and clean-up may lie outside."""
    return Slot(window.starts_at - _MARGIN, window.ends_at + _MARGIN)


def closures_of(
    facility_ids: Iterable[int],
    wholes: Iterable[int],
    window: Slot,
    *,
    hidden: Collection[int] = (),
) -> dict[int, Sequence[Slot]]:
    """Return what shuts each facility in `window`; of those in `wholes` also what shuts a part.

    What shuts only parts in `hidden` is left out: their calendar is not for the viewer.
    """
    wanted = set(facility_ids)
    parts = {top: [i for i in ids if i not in hidden] for top, ids in _below(wholes).items()}
    shut = closures(wanted.union(*parts.values()), window)
    return {
        facility_id: merge(slot for one in (facility_id, *parts[facility_id]) for slot in shut[one])
        if parts.get(facility_id)
        else shut[facility_id]
        for facility_id in wanted
    }


def _below(facility_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the ids of all facilities below each of these. One statement."""
    facility_ids = list(facility_ids)
    if not facility_ids:
        return {}
    roots = sa.select(Facility.root_id).where(in_ids(Facility.id, facility_ids))
    rows = db.session.execute(
        sa.select(Facility.id, Facility.parent_id).where(Facility.root_id.in_(roots))
    )
    parent_of = dict(rows.all())
    below: dict[int, list[int]] = {facility_id: [] for facility_id in facility_ids}
    for node_id, parent_id in parent_of.items():
        above = parent_id
        while above is not None:
            if above in below:
                below[above].append(node_id)
            above = parent_of[above]
    return below
