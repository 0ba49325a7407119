"""Dates that a change hits, as far as who makes the change decides on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.among import among
from booking.facilities.deciding import DecisionTable
from booking.facilities.effective import chains
from booking.facilities.models import Facility
from booking.requests.hits import HitDate
from booking.requests.models import Booking, BookingRequest
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer, may_decide


@dataclass(frozen=True)
class HitLine:
    """One date that is hit, for somebody who decides on it; `organisation` None is own use."""

    slot: Slot
    state: State
    facility_name: str
    zone: ZoneInfo
    reference: str
    organisation: str | None


def hit_lines(viewer: Viewer, hits: Sequence[HitDate]) -> list[HitLine]:
    """Return those of the dates on which the viewer decides, in their order.

    Of others they learn nothing, not even how many there are. A constant number of statements.
    """
    ids = {hit.booking_id for hit in hits}
    rows = {
        row.id: row
        for row in db.session.execute(
            sa.select(
                Booking.id,
                Booking.facility_id,
                BookingRequest.reference,
                BookingRequest.requester_id,
                BookingRequest.entered,
                Organisation.name.label("organisation"),
                Facility.name.label("facility"),
                Cluster.time_zone,
            )
            .join(BookingRequest, BookingRequest.id == Booking.request_id)
            .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
            .join(Facility, Facility.id == Booking.facility_id)
            .join(Cluster, Cluster.id == Facility.cluster_id)
            .where(among(Booking.id, ids))
        )
    }
    table = DecisionTable(chains({row.facility_id for row in rows.values()}))
    lines = []
    for hit in hits:
        row = rows[hit.booking_id]
        asker_id = None if row.entered else row.requester_id
        if not may_decide(viewer, table.deciders(row.facility_id, asker_id)):
            continue
        lines.append(
            HitLine(
                slot=hit.slot,
                state=hit.state,
                facility_name=row.facility,
                zone=ZoneInfo(row.time_zone),
                reference=row.reference,
                organisation=row.organisation,
            )
        )
    return lines
