"""Reading many facilities at once, as a viewer may know them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from booking.bookings.rooms import rooms
from booking.facilities.closures import closed_slots_with_parts, with_margin
from booking.rules.deadlines import Deadlines
from booking.rules.facility_snapshot import FacilitySnapshot
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms


def facility_snapshots(
    terms: Mapping[int, tuple[BookingTerms, Deadlines]],
    windows: Sequence[Slot],
    now: datetime,
    *,
    wholes: Collection[int],
    hidden: Collection[int] = (),
    for_organisation: int,
) -> dict[int, FacilitySnapshot]:
    """Return a snapshot of each facility in `terms`, with what is taken and closed in `windows`.

    For those in `wholes`, which are wanted as a whole, closures of their parts count too. Of parts
    in `hidden` nothing is known. Time set aside counts as taken unless it is for
    `for_organisation`. The number of statements is constant.
    """
    window = reading_window(windows)
    room_of = rooms(terms, window, now, hidden=hidden, for_organisation=for_organisation)
    closed = closed_slots_with_parts(terms, wholes, window, hidden=hidden)
    return {
        one: FacilitySnapshot(rules, deadlines, room_of[one], closed[one], now)
        for one, (rules, deadlines) in terms.items()
    }


def reading_window(windows: Sequence[Slot]) -> Slot:
    """Return the stretch to read for dates in `windows`, with room for set-up and clean-up."""
    return with_margin(
        Slot(min(one.starts_at for one in windows), max(one.ends_at for one in windows))
    )
