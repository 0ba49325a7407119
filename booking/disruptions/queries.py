"""What pages say of dates that were hit, and of rules that were set aside for them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.bookings.disruption_models import Affected, GrantedException
from booking.bookings.models import Occurrence
from booking.db.in_ids import in_ids
from booking.disruptions.detection import Cause
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.tree import trees_of

# Set-up and clean-up may touch a closure that the date itself does not.
_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class AffectedMark:
    """A date that was hit and is not settled yet.

    `starts_at` and `ends_at` are those of the closure; `starts_at` None: not open by the hours,
    or the closure is gone or not for the reader; `ends_at` None: it is open-ended. `reason` ""
    is not for the reader.
    """

    cause: Cause
    closure_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    next_word_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class ExceptionLine:
    """Rules that somebody set aside for one date, and why."""

    codes: tuple[str, ...]
    reason: str
    person: str
    person_id: int


def affected_dates(
    occurrence_ids: Iterable[int], *, for_owner: bool = False
) -> dict[int, AffectedMark]:
    """Return those of the dates that were hit and are not settled. Three statements at most.

    Reasons that are not public are only for those who decide. So is when a part was shut of what
    is booked whole: who asked may not see its calendar.
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


def _chains(facility_ids: Collection[int]) -> dict[int, set[int]]:
    trees = trees_of(facility_ids)
    return {one: {one, *trees.above(one)} for one in facility_ids}


def _nearest(
    slots: Collection[ClosureSlot], starts_at: datetime, ends_at: datetime
) -> ClosureSlot | None:
    """Return the stretch that touches a date, else the first in reach of its set-up."""
    for around in (timedelta(), _AROUND):
        for slot in slots:
            ends = slot.ends_at
            if slot.starts_at < ends_at + around and (ends is None or ends > starts_at - around):
                return slot
    return None


def _reason(closure: Closure, *, for_owner: bool) -> str:
    return (closure.reason or "") if for_owner or closure.reason_is_public else ""


def exceptions_of(occurrence_ids: Iterable[int]) -> dict[int, list[ExceptionLine]]:
    """Return what was set aside for each date, the first first. One statement."""
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
