"""When the passing of time alone next changes what the calendars of some trees show."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy, Occurrence
from booking.bookings.set_aside import is_kept
from booking.bookings.set_aside_models import SetAside
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility, Place
from booking.rules.lifecycle import OPEN


def changes_to_come(
    facility_ids: Collection[int], now: datetime, *, with_ends: bool = False
) -> dict[int, datetime]:
    """Return by facility the first instant after `now` at which something stored changes by itself.

    In its tree that is the end of a hold, of the time to decide on a date, of keeping set-aside
    time, and the beginning or end of a closure; `with_ends` also the end of a date. Facilities
    without such an instant are left out. One statement.
    """
    if not facility_ids:
        return {}
    query = _query(db.session.get_bind().dialect.name, with_ends=with_ends)
    given = {"ids": ids_value(facility_ids), "now": now}
    return dict(db.session.execute(query, given).all())


# Cached: to put it together takes longer than to run it.
@cache
def _query(dialect: str, *, with_ends: bool) -> sa.Select[*tuple[Any, ...]]:
    now = sa.bindparam("now", type_=UTCDateTime)
    roots = sa.select(Facility.root_id).where(in_given_ids(Facility.id, "ids", dialect))
    near = (
        sa.select(Facility.id, Facility.root_id, Facility.cluster_id)
        .where(Facility.root_id.in_(roots))
        .cte("near")
    )
    holds = (
        sa.select(near.c.root_id, sa.func.min(Occupancy.held_until).label("at"))
        .join(Place, Place.facility_id == near.c.id)
        .join(Occupancy, Occupancy.place_id == Place.id)
        .where(Occupancy.held_until > now)
        .group_by(near.c.root_id)
    )
    lapses = (
        sa.select(near.c.root_id, sa.func.min(Occurrence.lapses_at).label("at"))
        .join(Occurrence, Occurrence.facility_id == near.c.id)
        .where(Occurrence.state.in_(sorted(OPEN)), Occurrence.lapses_at > now)
        .group_by(near.c.root_id)
    )
    kept = (
        sa.select(near.c.root_id, sa.func.min(SetAside.kept_until).label("at"))
        .join(SetAside, SetAside.facility_id == near.c.id)
        .where(is_kept(now))
        .group_by(near.c.root_id)
    )
    parts = [holds, lapses, kept, *(_closures(near, end, now) for end in ("starts_at", "ends_at"))]
    if with_ends:
        end = (
            sa.select(sa.func.min(Occurrence.ends_at))
            .where(Occurrence.facility_id == near.c.id, Occurrence.ends_at > now)
            .correlate(near)
            .scalar_subquery()
        )
        parts.append(sa.select(near.c.root_id, end.label("at")))
    found = sa.union_all(*parts).subquery()
    return (
        sa.select(Facility.id, sa.func.min(found.c.at, type_=UTCDateTime))
        .join(found, found.c.root_id == Facility.root_id)
        .where(in_given_ids(Facility.id, "ids", dialect), found.c.at.is_not(None))
        .group_by(Facility.id)
    )


def _closures(
    near: sa.CTE, end: str, now: sa.BindParameter[datetime]
) -> sa.Select[*tuple[Any, ...]]:
    instant = getattr(ClosureSlot, end)
    return (
        sa.select(near.c.root_id, sa.func.min(instant).label("at"))
        .join(
            Closure,
            sa.or_(
                Closure.facility_id == near.c.id,
                sa.and_(Closure.facility_id.is_(None), Closure.cluster_id == near.c.cluster_id),
            ),
        )
        .join(ClosureSlot, ClosureSlot.closure_id == Closure.id)
        .where(instant > now)
        .group_by(near.c.root_id)
    )
