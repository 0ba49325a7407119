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
from booking.db.rows import read_rows
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.closures import is_for_given
from booking.facilities.models import Facility, Place
from booking.facilities.tree import Trees, trees_around
from booking.rules.lifecycle import OPEN


def changes_to_come(
    facility_ids: Collection[int], now: datetime, *, with_ends: bool = False
) -> dict[int, datetime]:
    """Return by facility the first instant after `now` at which something stored changes by itself.

    In its tree that is the end of a hold, of the time to decide on a date, of keeping set-aside
    time, and the beginning or end of a closure; `with_ends` also the end of a date. Facilities
    without such an instant are left out. One statement, beside that of `trees_around`.
    """
    trees = trees_around(facility_ids) if facility_ids else Trees({})
    root_of = {one: trees.root(one) for one in facility_ids if one in trees.parent_of}
    tree_of = {root: trees.with_below([root]) for root in set(root_of.values())}
    if not tree_of:
        return {}
    inside = set().union(*tree_of.values())
    clusters = {trees.cluster_of[one] for one in inside}
    found: dict[tuple[int | None, int | None], datetime] = {}
    for facility_id, cluster_id, at in read_rows(
        _query(db.session.get_bind().dialect.name, with_ends=with_ends),
        {"ids": ids_value(inside), "clusters": ids_value(clusters), "now": now},
    ):
        where = (facility_id, None) if facility_id is not None else (None, cluster_id)
        if at is not None:
            found[where] = min(at, found.get(where, at))
    next_of = {
        root: min(
            (
                found[where]
                for one in tree
                for where in ((one, None), (None, trees.cluster_of[one]))
                if where in found
            ),
            default=None,
        )
        for root, tree in tree_of.items()
    }
    return {one: at for one, root in root_of.items() if (at := next_of[root]) is not None}


# Cached: to put it together takes longer than to run it.
@cache
def _query(dialect: str, *, with_ends: bool) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """Return the query of facility, cluster if it is for all of that one, and its next change."""
    now = sa.bindparam("now", type_=UTCDateTime)
    no_cluster = sa.cast(sa.null(), sa.Integer)
    holds = (
        sa.select(Place.facility_id, no_cluster, sa.func.min(Occupancy.held_until))
        .join(Occupancy, Occupancy.place_id == Place.id)
        .where(in_given_ids(Place.facility_id, "ids", dialect), Occupancy.held_until > now)
        .group_by(Place.facility_id)
    )
    lapses = (
        sa.select(Occurrence.facility_id, no_cluster, sa.func.min(Occurrence.lapses_at))
        .where(
            in_given_ids(Occurrence.facility_id, "ids", dialect),
            Occurrence.state.in_(sorted(OPEN)),
            Occurrence.lapses_at > now,
        )
        .group_by(Occurrence.facility_id)
    )
    kept = (
        sa.select(SetAside.facility_id, no_cluster, sa.func.min(SetAside.kept_until))
        .where(in_given_ids(SetAside.facility_id, "ids", dialect), is_kept(now))
        .group_by(SetAside.facility_id)
    )
    # A closure that has begun next changes when it ends.
    begins = ClosureSlot.starts_at > now
    change = sa.case((begins, ClosureSlot.starts_at), else_=ClosureSlot.ends_at)
    closures = (
        sa.select(Closure.facility_id, Closure.cluster_id, sa.func.min(change))
        .join(ClosureSlot, ClosureSlot.closure_id == Closure.id)
        .where(
            is_for_given(dialect),
            sa.or_(begins, ClosureSlot.ends_at > now),
        )
        .group_by(Closure.facility_id, Closure.cluster_id)
    )
    parts = [holds, lapses, kept, closures]
    if with_ends:
        end = (
            sa.select(sa.func.min(Occurrence.ends_at))
            .where(Occurrence.facility_id == Facility.id, Occurrence.ends_at > now)
            .correlate(Facility)
            .scalar_subquery()
        )
        parts.append(
            sa.select(Facility.id, no_cluster, end).where(in_given_ids(Facility.id, "ids", dialect))
        )
    return sa.union_all(*parts)
