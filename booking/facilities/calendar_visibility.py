"""Which calendars a viewer may see."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.visibility import CalendarLevel, Viewer, calendar_level


def sees_calendar(facility: Facility | sa.Row[*tuple[Any, ...]], viewer: Viewer) -> bool:
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

    `near` narrows them to those in the trees of these facilities. One statement.
    """
    levels = (Facility.sees_public, Facility.sees_signed_in, Facility.sees_own_cluster)
    query = sa.select(Facility.id, Facility.cluster_id, *levels).where(
        sa.or_(*(level == CalendarLevel.NOTHING.value for level in levels))
    )
    if near is not None:
        roots = sa.select(Facility.root_id).where(in_ids(Facility.id, near))
        query = query.where(Facility.root_id.in_(roots))
    return frozenset(row.id for row in db.session.execute(query) if not sees_calendar(row, viewer))
