"""Who decides on bookings that exist: as `rules.routing` says, without the rivals of each."""

from collections.abc import Collection, Iterable
from datetime import datetime

from booking.bookings.contested import ContestedBooking, contested_bookings
from booking.bookings.models import Booking
from booking.facilities.deciders import decision_table
from booking.rules.routing import NO_RIVALS, Deciders


class BookingDeciders:
    """Who decides on bookings of these facilities, at this moment.

    What follows from the rules is in memory while they hold. It takes a few statements where
    people who decide work for organisations, above all if these have dates to come there; never
    more with more bookings. `booking_ids` narrows the bookings to ask about.
    """

    def __init__(
        self,
        facility_ids: Iterable[int],
        now: datetime,
        *,
        booking_ids: Collection[int] | None = None,
    ) -> None:
        self.facility_ids = frozenset(facility_ids)
        self.table = decision_table(self.facility_ids)
        self.contested: dict[int, ContestedBooking] = contested_bookings(
            self.facility_ids, self.table.organisations, now, booking_ids=booking_ids
        )

    def of(self, booking_id: int, facility_id: int, partner_id: int | None) -> Deciders:
        """Return who may decide on a booking; `partner_id` None: the owner entered it."""
        contested = self.contested.get(booking_id)
        rivals = contested.rivals if contested else NO_RIVALS
        return self.table.deciders(facility_id, partner_id, rivals)


def deciders_of(bookings: Collection[Booking], now: datetime) -> dict[int, Deciders]:
    """Return by id who may decide on each of these bookings, at this moment."""
    ids = {booking.id for booking in bookings}
    facility_ids = {booking.facility_id for booking in bookings}
    known = BookingDeciders(facility_ids, now, booking_ids=ids)
    return {
        booking.id: known.of(booking.id, booking.facility_id, booking.request.partner_id)
        for booking in bookings
    }
