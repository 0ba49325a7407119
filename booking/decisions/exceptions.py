"""Rules that dates break when confirmed or entered, and exceptions to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.availability.checks import CheckContext, check_context, refusals_to_confirm
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import occurrence_slot
from booking.bookings.records import find_booking
from booking.bookings.resolutions import Resolution, grant_exceptions, resolve
from booking.db.in_ids import in_ids
from booking.errors import Refused
from booking.extensions import db
from booking.rules.exceptions import allows_exception, exception_keys
from booking.rules.lifecycle import Event, Side
from booking.rules.refusals import Refusal
from booking.rules.routing import Deciders
from booking.rules.slots import Slot
from booking.rules.terms import RequestedDate

Broken = Mapping[int, Sequence[Refusal]]


def facts_to_confirm(booking: Booking, dates: Sequence[Occurrence], now: datetime) -> CheckContext:
    """Return the facts to check some dates of a booking by, without what they hold themselves."""
    return check_context(
        booking.facility_id,
        [occurrence_slot(date) for date in dates],
        now,
        whole=any(date.whole for date in dates),
        without=[date.id for date in dates],
        organisation_id=booking.request.organisation_id,
    )


def broken_rules(
    facts: CheckContext, dates: Sequence[Occurrence], people: int | None, now: datetime
) -> Broken:
    """Return the rules that each date would break if confirmed now, by id, if it breaks any.

    Left out are lead time and horizon, which were checked when it was sent; taken places, which
    confirming checks itself; and exceptions granted before, unless the date has been affected
    since.
    """
    requested_dates = [
        RequestedDate(occurrence_slot(one), one.places, one.whole, people) for one in dates
    ]
    granted = _granted([date.id for date in dates])
    found: dict[int, list[Refusal]] = defaultdict(list)
    for refusal in refusals_to_confirm(facts, requested_dates, now):
        # A refusal of all dates together counts for each.
        numbers = range(len(dates)) if refusal.date_index is None else [refusal.date_index]
        for number in numbers:
            if refusal.code not in granted.get(dates[number].id, ()):
                found[dates[number].id].append(refusal)
    return dict(found)


def broken_in(booking_id: int, occurrence_ids: Collection[int], now: datetime) -> Broken:
    """Return `broken_rules` of some dates of a booking, for a page."""
    booking = find_booking(booking_id) if occurrence_ids else None
    if booking is None:
        return {}
    dates = [date for date in booking.occurrences if date.id in occurrence_ids]
    return broken_rules(facts_to_confirm(booking, dates, now), dates, booking.request.people, now)


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


def _granted(occurrence_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return the rules excepted for each date, unless it has been affected since."""
    disruption = sa.exists().where(
        Affected.occurrence_id == GrantedException.occurrence_id, Affected.resolved_at.is_(None)
    )
    found: dict[int, set[str]] = defaultdict(set)
    for key, codes in db.session.execute(
        sa.select(GrantedException.occurrence_id, GrantedException.codes).where(
            in_ids(GrantedException.occurrence_id, occurrence_ids), ~disruption
        )
    ):
        found[key].update(codes)
    return found
