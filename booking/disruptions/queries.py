"""Reading affected dates and granted exceptions, for both sides' pages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.bookings.conditions import still_to_come
from booking.bookings.decision_scope import decided_by
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.labels import named_dates
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.bookings.resolutions import Resolution
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.disruptions.detection import Cause, ChangeWindow, Disruption, disrupted_dates
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.effective_terms import effective_terms
from booking.facilities.tree import trees_of
from booking.rules.lifecycle import State
from booking.rules.slots import Slot
from booking.rules.terms import BookingTerms
from booking.rules.visibility import Viewer

# Set-up and clean-up may touch a closure that the date itself does not.
_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class AffectedMark:
    """Why a date is affected, while it is not resolved.

    `starts_at` and `ends_at` are those of the closure. `starts_at` None: affected by hours, or
    the closure is gone or hidden from the viewer; `ends_at` None: it is open-ended. `reason` is
    "" if the viewer may not read it.
    """

    cause: Cause
    closure_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_word_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class ExceptionLine:
    """An exception: the broken rules of one date, who granted it and why."""

    codes: tuple[str, ...]
    reason: str
    person: str
    person_id: int


def affected_dates(
    occurrence_ids: Iterable[int], *, for_owner: bool = False
) -> dict[int, AffectedMark]:
    """Return the marks of those dates that are affected and not resolved, by occurrence id.

    `for_owner` includes reasons that are not public, and closures of parts of a whole booking,
    whose calendars the requester may not see. Three statements at most.
    """
    rows = db.session.execute(
        sa.select(
            Affected.occurrence_id,
            Affected.cause,
            Occurrence.facility_id,
            Occurrence.starts_at,
            Occurrence.ends_at,
            Closure,
        )
        .join(Occurrence, Occurrence.id == Affected.occurrence_id)
        .outerjoin(Closure, Closure.id == Affected.closure_id)
        .where(in_ids(Affected.occurrence_id, occurrence_ids), Affected.resolved_at.is_(None))
        .order_by(Affected.id)
    ).all()
    slots: dict[int, list[ClosureSlot]] = defaultdict(list)
    for slot in db.session.scalars(
        sa.select(ClosureSlot)
        .where(ClosureSlot.closure_id.in_({row.Closure.id for row in rows if row.Closure}))
        .order_by(ClosureSlot.starts_at)
    ):
        slots[slot.closure_id].append(slot)
    found = {}
    chains = {} if for_owner or not rows else _chains({row.facility_id for row in rows})
    for row in rows:
        cause, closure = Cause(row.cause), row.Closure
        is_of_one = closure is not None and closure.facility_id is not None
        if is_of_one and not for_owner:
            closure = closure if closure.facility_id in chains[row.facility_id] else None
        near = _nearest(slots[closure.id], row.starts_at, row.ends_at) if closure else None
        found[row.occurrence_id] = AffectedMark(
            cause=cause,
            closure_id=closure.id if closure else None,
            starts_at=near.starts_at if near else None,
            ends_at=near.ends_at if near else None,
            next_word_on=closure.next_word_on if closure else None,
            reason=_reason(closure, for_owner=for_owner) if closure else "",
        )
    return found


def ended_as_affected(occurrence_ids: Iterable[int]) -> set[int]:
    """Return those of the dates that ended because a closure or new hours hit them."""
    return set(
        db.session.scalars(
            sa.select(Affected.occurrence_id).where(
                in_ids(Affected.occurrence_id, occurrence_ids),
                Affected.resolved_how == Resolution.ENDED,
            )
        )
    )


def _chains(facility_ids: Collection[int]) -> dict[int, set[int]]:
    trees = trees_of(facility_ids)
    return {one: {one, *trees.above(one)} for one in facility_ids}


def _nearest(
    slots: Collection[ClosureSlot], starts_at: datetime, ends_at: datetime
) -> ClosureSlot | None:
    """Return the closure slot that overlaps a date, else the first near enough for its set-up."""
    for around in (timedelta(), _AROUND):
        for slot in slots:
            ends = slot.ends_at
            if slot.starts_at < ends_at + around and (ends is None or ends > starts_at - around):
                return slot
    return None


def _reason(closure: Closure, *, for_owner: bool) -> str:
    return (closure.reason or "") if for_owner or closure.reason_is_public else ""


def exceptions_of(occurrence_ids: Iterable[int]) -> dict[int, list[ExceptionLine]]:
    """Return the exceptions granted for each date, oldest first. One statement."""
    found: dict[int, list[ExceptionLine]] = defaultdict(list)
    for override, name in db.session.execute(
        sa.select(GrantedException, Person.name)
        .join(Person, Person.id == GrantedException.person_id)
        .where(in_ids(GrantedException.occurrence_id, occurrence_ids))
        .order_by(GrantedException.id)
    ):
        found[override.occurrence_id].append(
            ExceptionLine(tuple(override.codes), override.reason, name, override.person_id)
        )
    return found


@dataclass(frozen=True)
class DisruptionLine:
    """One affected date, for somebody who decides on it; `organisation` None is own use.

    `is_open`: not resolved yet. `resolved_how` and `reason` say how it was resolved.
    """

    occurrence_id: int
    uid: str
    reference: str
    title: str
    organisation: str | None
    facility: str
    slot: Slot
    zone: ZoneInfo
    rules: BookingTerms
    state: State
    is_open: bool
    resolved_how: str | None
    reason: str


def disruption_lines(
    viewer: Viewer, occurrence_ids: Collection[int], marks: Mapping[int, Affected] | None = None
) -> list[DisruptionLine]:
    """Return those of the dates on which the viewer may decide, earliest first.

    `marks` are their affected rows by occurrence id; None if they are not marked.
    """
    facility_ids = set(
        db.session.scalars(
            sa.select(Occurrence.facility_id).where(in_ids(Occurrence.id, occurrence_ids))
        )
    )
    if not facility_ids:
        return []
    rows = db.session.execute(
        named_dates(Occurrence, Booking.facility_id, BookingRequest.title).where(
            in_ids(Occurrence.id, occurrence_ids), decided_by(viewer, facility_ids, clock.now())
        )
    ).all()
    rules = effective_terms(facility_ids)
    return [
        _line(row, rules[row.facility_id].rules, (marks or {}).get(row.Occurrence.id))
        for row in rows
    ]


def closure_disruptions(
    viewer: Viewer,
    closure_id: int,
    facility_ids: Collection[int],
    now: datetime,
    *,
    within: ChangeWindow | None = None,
) -> list[DisruptionLine]:
    """Return the dates affected by a closure of these facilities, unresolved ones first.

    `within` is the time of the closure.
    """
    disruption = Disruption(Cause.CLOSURE, closure_id)
    around = disrupted_dates(facility_ids, now, within=within)
    live = [key for key, date in around.items() if disruption in date.disruptions]
    marks: dict[int, Affected] = {}
    for mark in db.session.scalars(
        sa.select(Affected)
        .where(
            sa.or_(
                Affected.closure_id == closure_id,
                sa.and_(in_ids(Affected.occurrence_id, live), Affected.resolved_at.is_(None)),
            )
        )
        .order_by(Affected.id)
    ):
        marks[mark.occurrence_id] = mark
    found = disruption_lines(viewer, marks, marks)
    return sorted(found, key=lambda line: not line.is_open)


def open_disruption_counts(
    viewer: Viewer, closure_ids: Sequence[int], now: datetime
) -> dict[int, int]:
    """Return for each closure how many dates wait for this viewer to resolve them."""
    rows = db.session.execute(
        sa.select(Affected.closure_id, Occurrence.facility_id)
        .join(Occurrence, Occurrence.id == Affected.occurrence_id)
        .where(
            Affected.closure_id.in_(closure_ids), Affected.resolved_at.is_(None), still_to_come(now)
        )
    ).all()
    if not rows:
        return {}
    mine = decided_by(viewer, {facility_id for _, facility_id in rows}, now)
    counted = db.session.execute(
        sa.select(Affected.closure_id, sa.func.count(Affected.occurrence_id.distinct()))
        .join(Occurrence, Occurrence.id == Affected.occurrence_id)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .where(
            Affected.closure_id.in_(closure_ids),
            Affected.resolved_at.is_(None),
            still_to_come(now),
            mine,
        )
        .group_by(Affected.closure_id)
    ).all()
    return {closure_id: number for closure_id, number in counted if closure_id is not None}


def _line(row: Any, rules: BookingTerms, mark: Affected | None) -> DisruptionLine:
    date = row.Occurrence
    return DisruptionLine(
        occurrence_id=date.id,
        uid=date.uid,
        reference=row.reference,
        title=row.title,
        organisation=row.organisation,
        facility=row.facility,
        slot=Slot(date.starts_at, date.ends_at),
        zone=ZoneInfo(row.time_zone),
        rules=rules,
        state=date.state,
        is_open=mark is not None and mark.resolved_at is None,
        resolved_how=mark.resolved_how if mark else None,
        reason=mark.reason if mark else "",
    )
