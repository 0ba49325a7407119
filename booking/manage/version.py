"""A mark of what a facility states, so that nobody writes over what they have not seen."""

import hashlib

import sqlalchemy as sa

from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.models import Facility, Place
from booking.facilities.quota_models import Quota


def facility_version(facility_id: int) -> str:
    """Return a mark of the facility's own rules, places and quotas; it changes with any of them.

    What holds above it is not in it. Three statements.
    """
    own = db.session.execute(sa.select(*_OWN).where(Facility.id == facility_id)).one()
    places = db.session.scalar(sa.select(sa.func.count()).where(Place.facility_id == facility_id))
    quotas = db.session.execute(
        sa.select(Quota.measure, Quota.period, Quota.most)
        .where(Quota.facility_id == facility_id)
        .order_by(Quota.measure, Quota.period)
    ).all()
    said = repr((tuple(own), places, [tuple(quota) for quota in quotas]))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def check_version(facility_id: int, version: str) -> None:
    """Make sure that what a person saw before changing it is what the facility states now.

    Call it under the facility's lock.

    Raises:
        Conflict: `changed_meanwhile`.
    """
    if facility_version(facility_id) != version:
        raise Conflict("changed_meanwhile")


_OWN = (
    Facility.unit,
    Facility.minimum_units,
    Facility.maximum_units,
    Facility.step_minutes,
    Facility.half_day_time,
    Facility.lead_time_days,
    Facility.late_asking,
    Facility.horizon_days,
    Facility.people_limit,
    Facility.setup_minutes,
    Facility.cleanup_minutes,
    Facility.pending_holds,
    Facility.place_word,
    Facility.allows_shared,
    Facility.allows_exclusive,
    Facility.fair_share_percent,
)
