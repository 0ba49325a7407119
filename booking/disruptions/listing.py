"""The bookings that a closure or new hours hit, as far as a person may decide on them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.bookings.conditions import still_to_come
from booking.bookings.decision_scope import decided_by
from booking.bookings.disruption_models import Affected
from booking.bookings.labels import named_dates
from booking.bookings.models import Booking, BookingRequest, Occurrence
from booking.db.in_ids import in_ids
from booking.disruptions.detection import Cause, Disruption, Within, disrupted_dates
from booking.extensions import db
from booking.facilities.effective_terms import effective_terms
from booking.rules.lifecycle import State
from booking.rules.opening import Unit
from booking.rules.slots import Slot
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class DisruptionLine:
    """One date that is hit, for somebody who decides on it; `organisation` None is own use.

    `is_open`: it waits to be settled. `resolved_how` and `reason` say how it was.
    """

    occurrence_id: int
    uid: str
    reference: str
    title: str
    organisation: str | None
    facility: str
    slot: Slot
    zone: ZoneInfo
    unit: Unit
    state: State
    is_open: bool
    resolved_how: str | None
    reason: str


def lines_of(
    viewer: Viewer, occurrence_ids: Collection[int], marks: Mapping[int, Affected] | None = None
) -> list[DisruptionLine]:
    """Return those of the dates on which the viewer may decide, earliest first.

    `marks` are what was marked of them; without, nothing is.
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
            in_ids(Occurrence.id, occurrence_ids), decided_by(viewer, facility_ids)
        )
    ).all()
    rules = effective_terms(facility_ids)
    return [
        _line(row, rules[row.facility_id].rules.unit, (marks or {}).get(row.Occurrence.id))
        for row in rows
    ]


def disruptions_of(
    viewer: Viewer,
    closure_id: int,
    facility_ids: Collection[int],
    now: datetime,
    *,
    within: Within | None = None,
) -> list[DisruptionLine]:
    """Return the dates that a closure of these facilities hit, open ones first.

    `within`: the time that it shuts.
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
    found = lines_of(viewer, marks, marks)
    return sorted(found, key=lambda line: not line.is_open)


def open_counts(viewer: Viewer, closure_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Return of each closure how many dates wait for this person to settle them."""
    rows = db.session.execute(
        sa.select(Affected.closure_id, Occurrence.facility_id)
        .join(Occurrence, Occurrence.id == Affected.occurrence_id)
        .where(
            Affected.closure_id.in_(closure_ids), Affected.resolved_at.is_(None), still_to_come(now)
        )
    ).all()
    if not rows:
        return {}
    mine = decided_by(viewer, {facility_id for _, facility_id in rows})
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


def _line(row: Any, unit: Unit, mark: Affected | None) -> DisruptionLine:
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
        unit=unit,
        state=date.state,
        is_open=mark is not None and mark.resolved_at is None,
        resolved_how=mark.resolved_how if mark else None,
        reason=mark.reason if mark else "",
    )
