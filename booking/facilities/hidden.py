"""Facilities whose calendar is not for the viewer, among them parts of those that are."""

from collections.abc import Iterable

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.among import among
from booking.facilities.models import Facility
from booking.rules.visibility import CalendarLevel, Viewer, calendar_level


def hidden_from(viewer: Viewer, near: Iterable[int] | None = None) -> frozenset[int]:
    """Return the ids of all facilities whose calendar the viewer may not see.

    `near` narrows them to those in the trees of these facilities. One statement.
    """
    levels = (Facility.sees_public, Facility.sees_signed_in, Facility.sees_own_cluster)
    query = sa.select(Facility.id, Facility.cluster_id, *levels).where(
        sa.or_(*(level == CalendarLevel.NOTHING.value for level in levels))
    )
    if near is not None:
        roots = sa.select(Facility.root_id).where(among(Facility.id, near))
        query = query.where(Facility.root_id.in_(roots))
    return frozenset(
        row.id
        for row in db.session.execute(query)
        if calendar_level(
            CalendarLevel(row.sees_public),
            CalendarLevel(row.sees_signed_in),
            CalendarLevel(row.sees_own_cluster),
            viewer,
            row.cluster_id,
        )
        is CalendarLevel.NOTHING
    )
