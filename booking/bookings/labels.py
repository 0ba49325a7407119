"""Dates with the names that people know them by: request, organisation, facility."""

from typing import Any

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.clusters.models import Cluster
from booking.facilities.models import Facility


def named_dates(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return a query of all dates, earliest first, for the caller to narrow.

    Each row has `columns`, of `Occurrence`, `Booking` or `BookingRequest`, and these names:
    `reference`, `organisation` (None is own use), `facility`, and the `time_zone` of its cluster.
    """
    return (
        sa.select(
            *columns,
            BookingRequest.reference,
            Organisation.name.label("organisation"),
            Facility.name.label("facility"),
            Cluster.time_zone,
        )
        .select_from(Occurrence)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Booking.facility_id)
        .join(Cluster, Cluster.id == Facility.cluster_id)
        .outerjoin(Organisation, Organisation.id == BookingRequest.organisation_id)
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
