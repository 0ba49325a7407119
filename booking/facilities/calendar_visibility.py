"""Which calendars a viewer may see."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.db.rows import read_rows
from booking.facilities.listed import ListedFacility, listed_already
from booking.facilities.models import Facility
from booking.facilities.terms_cache import cached
from booking.rules.visibility import CalendarLevel, Viewer, calendar_level

#: A facility, or a row with its `id`, its `cluster_id` and the three `sees_...` columns.
_HasLevels = Facility | ListedFacility | sa.Row[*tuple[Any, ...]]


def sees_calendar(facility: _HasLevels, viewer: Viewer) -> bool:
    """Return whether the viewer may see when this facility is busy."""
    level = calendar_level(
        CalendarLevel(facility.sees_public),
        CalendarLevel(facility.sees_signed_in),
        CalendarLevel(facility.sees_own_cluster),
        viewer,
        facility.cluster_id,
    )
    return level is CalendarLevel.BUSY


def hidden_from(viewer: Viewer, near: Iterable[int] | None = None) -> frozenset[int]:
    """Return the ids of all facilities whose calendar the viewer may not see.

    `near` allows to leave out those outside the trees of these facilities. From memory where that
    is still valid, else one statement.
    """
    wanted = None if near is None else set(near)
    rows = cached("restricted", _find_restricted, while_writing=lambda: _restricted(wanted))
    return frozenset(row.id for row in rows if not sees_calendar(row, viewer))


_LEVELS = (Facility.sees_public, Facility.sees_signed_in, Facility.sees_own_cluster)
_RESTRICTED = sa.select(Facility.id, Facility.cluster_id, *_LEVELS).where(
    sa.or_(*(level == CalendarLevel.NOTHING.value for level in _LEVELS))
)


def _find_restricted() -> Sequence[_HasLevels]:
    listed = listed_already()
    if listed is None:
        return _restricted()
    nothing = CalendarLevel.NOTHING.value
    return [one for one in listed.values() if nothing in _levels(one)]


_levels = attrgetter(*(level.key for level in _LEVELS))


def _restricted(near: Collection[int] | None = None) -> Sequence[_HasLevels]:
    """Return the facilities, in these trees or anywhere, that some do not see the calendar of."""
    query = _RESTRICTED
    if near is not None:
        roots = sa.select(Facility.root_id).where(in_ids(Facility.id, near))
        query = query.where(Facility.root_id.in_(roots))
    return read_rows(query)
