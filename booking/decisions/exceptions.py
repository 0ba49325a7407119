"""Rules that dates break when confirmed or entered, and exceptions to them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from booking.availability.confirming import Broken, broken_rules, facts_to_confirm
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.records import find_booking
from booking.bookings.replacements import standing_before
from booking.bookings.resolutions import Resolution, grant_exceptions, resolve
from booking.errors import Refused
from booking.rules.exceptions import allows_exception, exception_keys
from booking.rules.lifecycle import Event, Side
from booking.rules.refusals import Refusal
from booking.rules.routing import Deciders
from booking.rules.slots import Slot


def broken_in(booking_id: int, occurrence_ids: Collection[int], now: datetime) -> Broken:
    """Return `broken_rules` of some dates of a booking, for a page."""
    booking = find_booking(booking_id) if occurrence_ids else None
    if booking is None:
        return {}
    dates = [date for date in booking.occurrences if date.id in occurrence_ids]
    replaced = standing_before(booking, dates).values()
    facts = facts_to_confirm(booking, dates, now, instead_of=replaced)
    return broken_rules(facts, dates, now)


def refuse_unless_excepted(
    refusals: Sequence[Refusal],
    reason: str,
    *,
    broken: frozenset[str] = frozenset(),
    acknowledged: frozenset[str] | None = None,
) -> None:
    """Refuse broken rules, unless all of them allow an exception and it is granted with a reason.

    `broken` are keys as `rules.exceptions.exception_keys` gives them, `acknowledged` those of the
    rules that the person has read; None: all.

    Raises:
        Refused: with every reason against it.
    """
    if not refusals:
        return
    knows = acknowledged is None or broken <= acknowledged
    if not (reason and knows and all(allows_exception(refusal) for refusal in refusals)):
        raise Refused(refusals)


def broken_keys(dates: Sequence[Occurrence], broken: Broken) -> frozenset[str]:
    """Return the keys, as posted by pages, of the rules that saved dates break."""
    uids = {date.id: date.uid for date in dates}
    return frozenset().union(*(exception_keys(uids[key], found) for key, found in broken.items()))


def broken_keys_of_entry(slots: Sequence[Slot], refusals: Sequence[Refusal]) -> frozenset[str]:
    """Return the keys, as posted by pages, of the rules that dates to be entered break."""
    named = [f"{slot.starts_at:%Y%m%d%H%M}-{slot.ends_at:%Y%m%d%H%M}" for slot in slots]
    found: frozenset[str] = frozenset()
    for refusal in refusals:
        dates = named if refusal.date_index is None else [named[refusal.date_index]]
        found = found.union(*(exception_keys(date, [refusal]) for date in dates))
    return found


def record_exceptions(
    booking: Booking,
    broken: Broken,
    now: datetime,
    *,
    deciders: Deciders,
    person_id: int,
    reason: str,
    colleague: bool = False,
) -> None:
    """Save the exceptions granted for each date, and write one log entry.

    Call it after the step that it belongs to, which notifies people; this does not.
    """
    if not broken:
        return
    codes = {key: {refusal.code for refusal in refusals} for key, refusals in broken.items()}
    grant_exceptions(codes, now, person_id=person_id, reason=reason)
    resolve(broken, now, Resolution.KEPT, person_id=person_id, reason=reason)
    dates = [date for date in booking.occurrences if date.id in broken]
    write_log(
        booking,
        dates,
        now,
        before=dates[0].state,
        after=dates[0].state,
        deciders=deciders,
        actor_id=person_id,
        side=Side.OWNER,
        reason=reason,
        colleague=colleague,
        event=Event.OVERRIDE,
    )
