"""Places of dates that are agreed on: confirmed for good, or accepted and held."""

from collections.abc import Sequence
from datetime import datetime

from booking.bookings.models import Occurrence
from booking.bookings.occupancy import free_all, holding, keep_places, seat_all, taken_slot
from booking.bookings.replacements import Beside, hold_beside_standing
from booking.bookings.rooms import rooms
from booking.rules.availability import Room
from booking.rules.lifecycle import FIRM
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import NOT_NAMED


def seat_confirmed(
    dates: Sequence[Occurrence],
    found: Beside,
    rules: BookingTerms,
    now: datetime,
    *,
    room: Room,
    has_expired: bool = True,
) -> set[int]:
    """Give dates their places for good; returns the ids of those that had holds of their own.

    What is beside them loses its places. `room` is without what these dates and those have. Call
    it inside `writing`.

    Raises:
        Conflict: `taken`, when one of them no longer fits.
    """
    # What would replace another one holds only what that does not have: it is seated anew.
    free_all([*(date for date in dates if date.replaces_id is not None), *found.all])
    held = holding(dates, now)
    keep_places(held)
    unheld = [date for date in dates if date.id not in held]
    if held and unheld:
        room = _room_now(unheld, rules, now)
    seat_all(unheld, room, rules, now, hold=False, has_expired=has_expired)
    return held


def hold_accepted(
    dates: Sequence[Occurrence],
    found: Beside,
    until: datetime,
    rules: BookingTerms,
    now: datetime,
) -> None:
    """Let dates hold their places until an instant, at the latest until they begin.

    What they would replace keeps its places, and they hold only what that does not have: until it
    begins, if it is confirmed. All else beside them loses its places. Call it inside `writing`;
    holds that they have already are moved by the step that accepts them.

    Raises:
        Conflict: `taken`, when one of them no longer fits.
    """
    free_all([*(d for d in dates if d.replaces_id is not None), *found.proposals, *found.others])
    for date in dates:
        date.lapses_at = min(until, latest_acceptance([date], found, now))
    held = holding(dates, now)
    beside_standing = [date for date in dates if date.id in found.replaced]
    unheld = [date for date in dates if date.id not in held and date not in beside_standing]
    if unheld:
        free_all(unheld)
        room = _room_now(unheld, rules, now)
        seat_all(unheld, room, rules, now, hold=True, has_expired=True)
    for date in beside_standing:
        hold_beside_standing(date, found.replaced[date.id], now)


def latest_acceptance(dates: Sequence[Occurrence], found: Beside, now: datetime) -> datetime:
    """Return the UTC instant until which these dates can be accepted at the latest.

    That is when the first of them begins, or a confirmed one that it would replace: from then on
    that one takes place.
    """
    standing = (found.replaced[date.id] for date in dates if date.id in found.replaced)
    firm = [one.starts_at for one in standing if one.state in FIRM and one.starts_at > now]
    return min([*(date.starts_at for date in dates), *firm])


def _room_now(dates: Sequence[Occurrence], rules: BookingTerms, now: datetime) -> Room:
    """Return the room for dates without places of one facility, as it is now."""
    slots = [taken_slot(date, rules) for date in dates]
    window = Slot(min(s.starts_at for s in slots), max(s.ends_at for s in slots))
    facility_id = dates[0].facility_id
    found = rooms(
        [facility_id],
        window,
        now,
        without=[date.id for date in dates],
        for_organisation=dates[0].booking.request.organisation_id or NOT_NAMED,
    )
    return found[facility_id]
