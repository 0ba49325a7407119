"""What a closure closes, and who may make it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.clusters.models import Cluster
from booking.errors import Forbidden, NotFound
from booking.extensions import db
from booking.facilities.closure_models import Closure
from booking.facilities.deciders import DecisionTable
from booking.facilities.models import Facility
from booking.facilities.tree import chains, trees_of
from booking.rules.visibility import Viewer, may_decide


@dataclass(frozen=True)
class Target:
    """What is closed: a facility and all below it, or (None) the whole cluster."""

    cluster_id: int
    facility_id: int | None


def closed_by(target: Target) -> set[int]:
    """Return the ids of all facilities that a closure of this closes."""
    if target.facility_id is not None:
        return trees_of([target.facility_id]).with_below([target.facility_id])
    query = sa.select(Facility.id).where(Facility.cluster_id == target.cluster_id)
    return set(db.session.scalars(query))


def check_may_close(viewer: Viewer, target: Target, *, is_seen: bool = False) -> None:
    """Check that the viewer decides on everything that a closure of this closes.

    `is_seen`: the closure exists, so everybody who decides on a part of it may read it.

    Raises:
        NotFound: the viewer decides on nothing of it, or not on the facility itself (unless
            `is_seen`).
        Forbidden: others decide on a part of it.
    """
    ids = closed_by(target)
    table = DecisionTable(chains(ids))
    mine = {one for one in ids if may_decide(viewer, table.deciders(one, None))}
    is_stranger = target.facility_id is not None and target.facility_id not in mine
    if not mine or (is_stranger and not is_seen):
        raise NotFound("facility")
    if mine != ids:
        raise Forbidden("others decide on a part of what it closes")


def target_of(closure_id: int) -> Target:
    """Return what a closure closes.

    Raises:
        NotFound: there is no such closure.
    """
    row = db.session.execute(
        sa.select(Closure.cluster_id, Closure.facility_id).where(Closure.id == closure_id)
    ).first()
    if row is None:
        raise NotFound("closure")
    return Target(*row)


def zone_of(target: Target) -> ZoneInfo:
    """Return the zone in which the closure is typed and shown."""
    return ZoneInfo(db.session.get_one(Cluster, target.cluster_id).time_zone)
