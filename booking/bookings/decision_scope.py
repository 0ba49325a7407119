"""The bookings on which a viewer may decide, as conditions of a query."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.deciding import BookingDeciders
from booking.bookings.models import Booking, BookingRequest
from booking.db.in_ids import in_ids
from booking.facilities.models import Facility
from booking.facilities.tree import chains
from booking.rules.visibility import Viewer, may_decide


def decided_by(
    viewer: Viewer, facility_ids: Iterable[int], now: datetime
) -> sa.ColumnElement[bool]:
    """Return the condition that the viewer may decide on a `Booking` of these facilities.

    The query must join `BookingRequest`. The condition says what `rules.routing` says for each
    booking: that differs from the usual only for requesters who are approvers here themselves,
    and where somebody named works for an organisation that competes. Working it out takes as
    many statements as `BookingDeciders`, and two.
    """
    known = BookingDeciders(chains(facility_ids), now)
    table = known.table
    usual: set[int] = set()
    never: dict[int, set[int]] = defaultdict(set)
    also: dict[int, set[int]] = defaultdict(set)
    for facility_id in known.facility_ids:
        usually = may_decide(viewer, table.deciders(facility_id, None))
        if usually:
            usual.add(facility_id)
        for requester_id in table.named(facility_id):
            if may_decide(viewer, table.deciders(facility_id, requester_id)) != usually:
                (never if usually else also)[requester_id].add(facility_id)
    mine = sa.or_(
        sa.and_(Booking.facility_id.in_(usual), sa.not_(_requested_by(never))),
        _requested_by(also),
    )
    if not known.contested:
        return mine
    decided = {
        one.booking_id
        for one in known.contested.values()
        if may_decide(viewer, known.of(one.booking_id, one.facility_id, one.partner_id))
    }
    others = sa.not_(in_ids(Booking.id, known.contested))
    return sa.or_(sa.and_(mine, others), in_ids(Booking.id, decided))


def _requested_by(facilities_of: dict[int, set[int]]) -> sa.ColumnElement[bool]:
    return sa.and_(
        sa.not_(BookingRequest.entered),
        sa.or_(
            sa.false(),
            *(
                sa.and_(BookingRequest.requester_id == requester_id, Booking.facility_id.in_(ids))
                for requester_id, ids in sorted(facilities_of.items())
            ),
        ),
    )


def in_reach(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return a condition on `Facility`: the viewer may decide on at least some bookings of it."""
    roots = sa.select(Facility.root_id).where(Facility.id.in_(viewer.approves))
    return sa.or_(Facility.cluster_id.in_(viewer.coordinates), Facility.root_id.in_(roots))
