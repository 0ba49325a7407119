"""Which calendars a viewer may see."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.listed import ListedFacility
from booking.facilities.models import Facility
from booking.facilities.terms_cache import cached
from booking.rules.visibility import CalendarLevel, Viewer, calendar_level


def sees_calendar(
    facility: Facility | ListedFacility | sa.Row[*tuple[Any, ...]], viewer: Viewer
) -> bool:
    """Return whether the viewer may see when this facility is busy.

    `facility` may be a row with `cluster_id` and the three `sees_...` columns.
    """
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
    rows = cached("restricted", _restricted, while_writing=lambda: _restricted(wanted))
    return frozenset(row.id for row in rows if not sees_calendar(row, viewer))


_LEVELS = (Facility.sees_public, Facility.sees_signed_in, Facility.sees_own_cluster)
_RESTRICTED = sa.select(Facility.id, Facility.cluster_id, *_LEVELS).where(
    sa.or_(*(level == CalendarLevel.NOTHING.value for level in _LEVELS))
)


def _restricted(near: Collection[int] | None = None) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Return the facilities, in these trees or anywhere, that some do not see the calendar of."""
    query = _RESTRICTED
    if near is not None:
        roots = sa.select(Facility.root_id).where(in_ids(Facility.id, near))
        query = query.where(Facility.root_id.in_(roots))
    return db.session.execute(query).all()
