"""Marking dates affected by a closure or a change of hours, and telling both sides.

An affected date keeps its state and its places until it is resolved: somebody who decides on it
keeps it or ends it, or the cause goes away again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.bookings.deciding import deciders_of
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.log import announce, record_steps
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.bookings.resolutions import Resolution, resolve
from booking.db.in_ids import in_ids
from booking.disruptions.detection import (
    Cause,
    ChangeWindow,
    DisruptedDate,
    DisruptedDates,
    Disruption,
    dates_to_come,
    disrupted_dates,
)
from booking.extensions import db
from booking.facilities.tree import trees_of
from booking.rules.lifecycle import Event, Side, State
from booking.rules.refusals import RefusalCode

_LIFTED_BY = {Cause.CLOSURE: RefusalCode.CLOSURE, Cause.HOURS: RefusalCode.NOT_OPEN}


def recheck(
    facility_ids: Iterable[int],
    now: datetime,
    *,
    cause: str,
    actor_id: int | None,
    before: DisruptedDates | None = None,
    closure_id: int | None = None,
    reason: str = "",
    within: ChangeWindow | None = None,
) -> list[DisruptedDate]:
    """Mark the dates that a change newly affects, lift those that it frees; returns the new ones.

    Call it inside `writing`, after the change. It checks these facilities, all below them and
    whole bookings above. `before` is what `disrupted_dates` returned before the change: dates
    disrupted by the same cause then are not new, however they were resolved. Without it, dates
    marked before or with an exception are not new. `cause` is "closure" or "hours", `closure_id`
    the closure if it is a new one. `reason` goes to the log that both sides read, so it must be
    public. `within` is the time that the change concerns, the same as for `before`.
    """
    db.session.flush()
    facility_ids = set(facility_ids)
    after = disrupted_dates(facility_ids, now, within=within)
    marked = _open_rows(facility_ids, now, within)
    known = (
        {key: set(date.disruptions) for key, date in before.items()} if before is not None else None
    )
    if known is None:
        known = _known_without(after, Cause(cause), closure_id)
    new = [
        date
        for key, date in after.items()
        if key not in marked and not set(date.disruptions) <= known.get(key, set())
    ]
    for date in new:
        first = next(
            disruption
            for disruption in date.disruptions
            if disruption not in known.get(date.occurrence_id, ())
        )
        db.session.add(
            Affected(
                occurrence_id=date.occurrence_id,
                cause=first.cause,
                closure_id=first.closure_id,
                marked_at=now,
            )
        )
    for key, row in marked.items():
        if (
            key in after
            and Disruption(Cause(row.cause), row.closure_id) not in after[key].disruptions
        ):
            row.cause, row.closure_id = (
                after[key].disruptions[0].cause,
                after[key].disruptions[0].closure_id,
            )
    freed = [row.occurrence_id for key, row in marked.items() if key not in after]
    db.session.flush()
    resolve(freed, now, Resolution.LIFTED, person_id=actor_id)
    _notify(Event.AFFECTED, [date.occurrence_id for date in new], now, actor_id, reason)
    _notify(Event.LIFTED, freed, now, actor_id)
    return new


def preview_disruptions(
    facility_ids: Iterable[int],
    now: datetime,
    change: Callable[[], object],
    *,
    within: ChangeWindow | None = None,
) -> list[DisruptedDate]:
    """Return the dates that `change` would newly disrupt, as `recheck` would find them.

    Call it inside `writing`: the change is made in a savepoint and rolled back.
    """
    facility_ids = set(facility_ids)
    before = disrupted_dates(facility_ids, now, within=within)
    trial = db.session.begin_nested()
    try:
        change()
        db.session.flush()
        after = disrupted_dates(facility_ids, now, within=within)
    finally:
        trial.rollback()
    return [
        date
        for key, date in after.items()
        if key not in before or not set(date.disruptions) <= set(before[key].disruptions)
    ]


def _open_rows(
    facility_ids: set[int], now: datetime, within: ChangeWindow | None
) -> dict[int, Affected]:
    """Return the unresolved marks by occurrence id: here, below, and of whole bookings above."""
    trees = trees_of(facility_ids)
    ids = [date.id for date in dates_to_come(trees, facility_ids, now, within)]
    rows = db.session.scalars(
        sa.select(Affected)
        .where(in_ids(Affected.occurrence_id, ids), Affected.resolved_at.is_(None))
        .order_by(Affected.id)
    )
    return {row.occurrence_id: row for row in rows}


def _known_without(
    after: DisruptedDates, cause: Cause, closure_id: int | None
) -> dict[int, set[Disruption]]:
    """Return the disruptions that are not new, where the caller has no list from before."""
    known: dict[int, set[Disruption]] = defaultdict(set)
    new = Disruption(cause, closure_id)
    for key, date in after.items():
        known[key] = {
            disruption for disruption in date.disruptions if disruption.cause is not cause
        }
        if closure_id is not None:
            known[key] = set(date.disruptions) - {new}
    for row in db.session.scalars(sa.select(Affected).where(in_ids(Affected.occurrence_id, after))):
        known[row.occurrence_id].add(Disruption(Cause(row.cause), row.closure_id))
    if closure_id is None:
        exceptions = sa.select(GrantedException).where(
            in_ids(GrantedException.occurrence_id, after)
        )
        for exception in db.session.scalars(exceptions):
            if _LIFTED_BY[cause] in exception.codes:
                known[exception.occurrence_id] |= set(after[exception.occurrence_id].disruptions)
    return known


def _notify(
    event: Event,
    occurrence_ids: Collection[int],
    now: datetime,
    actor_id: int | None,
    reason: str = "",
) -> None:
    """Write one log entry for each booking and state, and the notices to both sides."""
    if not occurrence_ids:
        return
    groups: dict[tuple[int, State], list[int]] = defaultdict(list)
    for key, booking_id, state in db.session.execute(
        sa.select(Occurrence.id, Occurrence.booking_id, Occurrence.state)
        .where(in_ids(Occurrence.id, occurrence_ids))
        .order_by(Occurrence.starts_at, Occurrence.id)
    ):
        groups[booking_id, state].append(key)
    bookings = {
        booking.id: booking
        for booking in db.session.scalars(
            sa.select(Booking)
            .where(in_ids(Booking.id, [booking_id for booking_id, _ in groups]))
            .options(joinedload(Booking.request))
        )
    }
    deciders = deciders_of(bookings.values(), now)
    entries = []
    for (booking_id, state), keys in sorted(groups.items()):
        booking = bookings[booking_id]
        entry = LogEntry(
            booking_id=booking_id,
            at=now,
            actor_id=actor_id,
            side=Side.OWNER,
            event=event,
            before=state,
            after=state,
            reason=reason,
            occurrence_ids=keys,
        )
        db.session.add(entry)
        entries.append((entry, booking, deciders[booking_id]))
    db.session.flush()
    record_steps((entry, booking) for entry, booking, _ in entries)
    announce(entries, now)
