"""Who answers enquiries: those who decide on the facility, without the people of other users."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.contested import may_compete
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.deciders import decision_table
from booking.facilities.tree import trees_of
from booking.rules.routing import Deciders


class EnquiryDeciders:
    """Who answers enquiries about these facilities, at this moment.

    An enquiry names no dates, so any date may turn out to compete with what it leads to: who works
    for another organisation that has dates to come in the same tree counts as absent. One statement
    where people who decide work for organisations, else none beside those of the rules.
    """

    def __init__(self, facility_ids: Iterable[int], now: datetime) -> None:
        ids = frozenset(facility_ids)
        self._table = decision_table(ids)
        self._trees = trees_of(ids)
        self._users: dict[int, set[int]] = defaultdict(set)
        organisations = self._table.organisations
        if not ids or not organisations:
            return
        rows: Sequence[Any] = db.session.execute(
            sa.select(Occurrence.facility_id, BookingRequest.organisation_id)
            .join(Booking, Booking.id == Occurrence.booking_id)
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .where(
                in_ids(Occurrence.facility_id, self._trees.parent_of),
                in_ids(BookingRequest.organisation_id, organisations),
                may_compete(now),
            )
            .distinct()
        ).all()
        for row in rows:
            self._users[self._trees.root(row.facility_id)].add(row.organisation_id)

    def of(self, facility_id: int, organisation_id: int, asked_by_id: int) -> Deciders:
        """Return who answers the enquiry of this organisation, begun by this person."""
        others = self._users[self._trees.root(facility_id)] - {organisation_id}
        return self._table.deciders(facility_id, asked_by_id, others)
