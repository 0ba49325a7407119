"""What there is to read for a check of dates: often nothing, so one statement asks for it all."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from booking.bookings.conditions import is_open
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.snapshot import is_writing, known_in_transaction
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Place
from booking.facilities.quota_models import Quota
from booking.facilities.tree import trees_of
from booking.rules.slots import Slot


class Presence(NamedTuple):
    """Whether there is any of these, for a facility and an organisation.

    `closures` in its tree or cluster and `own_dates`, those of the organisation at the facility,
    within `window`; `quotas` of the facility or above it; `open_dates` of the organisation there;
    `expired_holds` that are still stored in its tree, within `window`.
    """

    window: Slot
    closures: bool
    quotas: bool
    open_dates: bool
    own_dates: bool
    expired_holds: bool


def read_presence(
    facility_id: int, organisation_id: int | None, window: Slot, now: datetime
) -> Presence:
    """Return what there is. One statement; a reading transaction remembers it."""
    trees = trees_of([facility_id])
    row = db.session.execute(
        _query(db.session.get_bind().dialect.name),
        {
            "facility_id": facility_id,
            "organisation_id": organisation_id,
            "tree": ids_value(trees.parent_of),
            "clusters": ids_value(trees.cluster_of.values()),
            "chain": ids_value([facility_id, *trees.above(facility_id)]),
            "since": window.starts_at,
            "until": window.ends_at,
            "now": now,
        },
    ).one()
    found = Presence(window, *map(bool, row))
    if not is_writing():
        known_in_transaction()["presence", facility_id, organisation_id] = found
    return found


def known_presence(facility_id: int, organisation_id: int | None) -> Presence | None:
    """Return what this reading transaction has found there, None: it did not ask."""
    found: Presence | None = known_in_transaction().get(("presence", facility_id, organisation_id))
    return found


@cache
def _query(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    # Built once: that takes longer than to run it.
    since, until, now = (
        sa.bindparam(name, type_=UTCDateTime()) for name in ("since", "until", "now")
    )
    closures = (
        sa.exists()
        .where(ClosureSlot.closure_id == Closure.id)
        .where(
            ClosureSlot.starts_at < until,
            sa.or_(ClosureSlot.ends_at.is_(None), ClosureSlot.ends_at > since),
            sa.or_(
                in_given_ids(Closure.facility_id, "tree", dialect),
                sa.and_(
                    Closure.facility_id.is_(None),
                    in_given_ids(Closure.cluster_id, "clusters", dialect),
                ),
            ),
        )
    )
    own = (
        sa.select(Occurrence.id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            BookingRequest.organisation_id == sa.bindparam("organisation_id"),
            Occurrence.facility_id == sa.bindparam("facility_id"),
        )
    )
    return sa.select(
        closures.label("closures"),
        sa.exists().where(in_given_ids(Quota.facility_id, "chain", dialect)).label("quotas"),
        own.where(is_open(now)).exists().label("open_dates"),
        own.where(Occurrence.ends_at > since, Occurrence.starts_at < until)
        .exists()
        .label("own_dates"),
        sa.exists()
        .where(Place.id == Occupancy.place_id, in_given_ids(Place.facility_id, "tree", dialect))
        .where(Occupancy.held_until <= now, Occupancy.ends_at > since, Occupancy.starts_at < until)
        .label("expired_holds"),
    )
