"""Whether saved dates can be confirmed: the rules that they would break."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.availability.checks import CheckContext, check_context, refusals_to_confirm
from booking.bookings.date_details import details_of
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import Booking, Occurrence
from booking.bookings.occupancy import occurrence_slot
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.refusals import Refusal
from booking.rules.terms import RequestedDate

Broken = Mapping[int, Sequence[Refusal]]


def facts_to_confirm(
    booking: Booking,
    dates: Sequence[Occurrence],
    now: datetime,
    *,
    instead_of: Collection[Occurrence] = (),
) -> CheckContext:
    """Return the facts to check some dates of a booking by, without what they hold themselves.

    `instead_of` are other dates of the booking that end with it: they count for nothing either.
    """
    return check_context(
        booking.facility_id,
        [occurrence_slot(date) for date in dates],
        now,
        whole=any(date.whole for date in dates),
        without=[date.id for date in (*dates, *instead_of)],
        organisation_id=booking.request.organisation_id,
    )


def broken_rules(facts: CheckContext, dates: Sequence[Occurrence], now: datetime) -> Broken:
    """Return the rules that each date would break if confirmed now, by id, if it breaks any.

    Left out are lead time and horizon, which were checked when it was sent; taken places, which
    confirming checks itself; and exceptions granted before, unless the date has been affected
    since.
    """
    requested_dates = [
        RequestedDate(occurrence_slot(one), one.places, one.whole, details_of(one).people)
        for one in dates
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
