"""Resolving affected dates: keep them as an exception, or end them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.authorise import booking_to_decide, decide, is_colleague
from booking.bookings.disruption_models import Affected
from booking.bookings.log import write_log
from booking.bookings.models import Booking, Occurrence
from booking.bookings.records import chosen_dates, writing_on
from booking.bookings.replacements import paused_by, resume_clock
from booking.bookings.resolutions import Resolution, grant_exceptions, resolve
from booking.bookings.transitions import by_state
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.disruptions.detection import Cause, disrupted_dates
from booking.errors import Conflict, NotFound
from booking.extensions import db
from booking.rules.lifecycle import Act, Event, Side, has_lapsed
from booking.rules.refusals import RefusalCode
from booking.rules.routing import Deciders
from booking.rules.visibility import Account

_CODES = {Cause.CLOSURE: RefusalCode.CLOSURE, Cause.HOURS: RefusalCode.NOT_OPEN}


@retried
def keep_disrupted(account: Account, occurrence_ids: Collection[int], reason: str) -> None:
    """Keep affected dates in spite of a closure or new hours; all of them or none.

    Each gets an exception with the reason, and both sides are notified. The dates may belong to
    several bookings and facilities.

    Raises:
        NotFound: the person may not decide on one of them, or it does not exist.
        Conflict: `already_decided`, when one has ended or is not affected any more.
    """
    facility_of = _facilities(occurrence_ids)
    with writing(*facility_of.values()) as now:
        open_ids = _still_open(occurrence_ids)
        disruptions = disrupted_dates(facility_of.values(), now)
        groups = _groups(account, occurrence_ids, now)
        for booking, deciders, dates in groups:
            ids = {date.id for date in dates}
            if not ids <= open_ids or not ids <= disruptions.keys():
                raise Conflict("already_decided")
            codes = {
                key: {_CODES[disruption.cause] for disruption in disruptions[key].disruptions}
                for key in ids
            }
            grant_exceptions(codes, now, person_id=account.person_id, reason=reason)
            resolve(ids, now, Resolution.KEPT, person_id=account.person_id, reason=reason)
            for state in dict.fromkeys(date.state for date in dates):
                write_log(
                    booking,
                    [date for date in dates if date.state is state],
                    now,
                    before=state,
                    after=state,
                    deciders=deciders,
                    actor_id=account.person_id,
                    side=Side.OWNER,
                    reason=reason,
                    colleague=is_colleague(account, booking),
                    event=Event.KEPT,
                )


@retried
def end_disrupted(account: Account, occurrence_ids: Collection[int], reason: str) -> None:
    """End affected dates: cancel confirmed ones, decline others, withdraw proposals.

    All of them or none.

    Raises:
        NotFound: the person may not decide on one of them, or it does not exist.
        Conflict: `already_decided`, when one has ended or was resolved; `over`, when one is past.
    """
    bookings = _bookings(occurrence_ids)
    with writing_on(*bookings, by_rules=False) as now:
        open_ids = _still_open(occurrence_ids)
        for booking, deciders, dates in _groups(account, occurrence_ids, now):
            if not {date.id for date in dates} <= open_ids:
                raise Conflict("already_decided")
            if any(date.ends_at <= now for date in dates):
                raise Conflict("over")
            _end(account, booking, deciders, dates, reason, now)


def _end(
    account: Account,
    booking: Booking,
    deciders: Deciders,
    dates: Sequence[Occurrence],
    reason: str,
    now: datetime,
) -> None:
    if any(has_lapsed(date.state, date.lapses_at, now) for date in dates):
        raise Conflict("already_decided")
    left = list(dates)
    for act in (Act.WITHDRAW, Act.DECLINE, Act.CANCEL):
        ending = [date for date in left if date.state.allows(act, Side.OWNER)]
        left = [date for date in left if date not in ending]
        for some in by_state(ending):
            paused = paused_by(booking, some)
            decide(account, booking, some, act, deciders, reason, now)
            if act is Act.WITHDRAW:
                resume_clock(paused, now)
    if left:
        raise Conflict("already_decided")


def _facilities(occurrence_ids: Collection[int]) -> dict[int, int]:
    """Return the facility of each date, for locking the roots.

    Raises:
        NotFound: one of them does not exist, or there is none.
    """
    rows = db.session.execute(
        sa.select(Occurrence.id, Occurrence.facility_id).where(
            in_ids(Occurrence.id, occurrence_ids)
        )
    )
    found = dict(rows.all())
    if not found or len(found) != len(set(occurrence_ids)):
        raise NotFound("date")
    return found


def _bookings(occurrence_ids: Collection[int]) -> set[int]:
    """Return the bookings of these dates; raises what `_facilities` raises."""
    _facilities(occurrence_ids)
    query = sa.select(Occurrence.booking_id).where(in_ids(Occurrence.id, occurrence_ids))
    return set(db.session.scalars(query))


def _still_open(occurrence_ids: Collection[int]) -> set[int]:
    return set(
        db.session.scalars(
            sa.select(Affected.occurrence_id).where(
                in_ids(Affected.occurrence_id, occurrence_ids), Affected.resolved_at.is_(None)
            )
        )
    )


def _groups(
    account: Account, occurrence_ids: Collection[int], now: datetime
) -> list[tuple[Booking, Deciders, list[Occurrence]]]:
    """Return the dates by booking, each with who decides on it.

    Raises:
        NotFound: the person may not decide on one of them.
    """
    wanted: dict[int, set[int]] = defaultdict(set)
    for key, booking_id in db.session.execute(
        sa.select(Occurrence.id, Occurrence.booking_id).where(in_ids(Occurrence.id, occurrence_ids))
    ):
        wanted[booking_id].add(key)
    groups = []
    for booking_id, ids in sorted(wanted.items()):
        booking, deciders = booking_to_decide(account, booking_id, now)
        groups.append((booking, deciders, chosen_dates(booking, ids)))
    return groups
