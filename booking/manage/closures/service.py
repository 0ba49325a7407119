"""Making, changing and ending closures; affected dates are marked in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.bookings.disruption_models import Affected
from booking.db.transactions import retried, writing
from booking.disruptions.detection import ChangeWindow, DisruptedDate, disrupted_dates
from booking.disruptions.service import preview_disruptions, recheck
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.manage.closures.targets import Target, check_may_close, closed_by, target_of, zone_of
from booking.manage.version import check_version, claim_change
from booking.rules.audit_events import Event
from booking.rules.closure_times import (
    ClosedTime,
    PlannedClosure,
    closed_times,
    ended_now,
    fault_of_word,
    with_end,
)
from booking.rules.opening import local_day
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account


@dataclass(frozen=True)
class NewClosure:
    """A closure to be made, as it came from a valid form."""

    target: Target
    closing: PlannedClosure
    reason: str
    reason_is_public: bool


@dataclass(frozen=True)
class NewEnd:
    """A new end, in wall time of the facility; `last_day` None: open-ended."""

    last_day: date | None
    ends_time: time | None = None


@dataclass(frozen=True)
class ClosureChange:
    """What a closure is changed to; `end` None leaves its end as it is."""

    reason: str
    reason_is_public: bool
    next_word_on: date | None
    end: NewEnd | None


@retried
def preview(
    account: Account, new: NewClosure, *, version: str | None = None
) -> list[DisruptedDate]:
    """Return the dates that a closure would affect if it were saved now; nothing is saved.

    `version` is the `version_of` its target that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the target since.
        NotFound, Forbidden: see `check_may_close`.
        Invalid: by now it is no valid closure any more.
    """
    with writing(*closed_by(new.target)) as now:
        check_may_close(account_now(account).viewer, new.target)
        check_version(new.target, version)
        closure = _closure(account, new, now)
        ids = closed_by(new.target)
        return preview_disruptions(
            ids, now, lambda: db.session.add(closure), within=hull_of(closed_of(closure))
        )


@retried
def make(account: Account, new: NewClosure, *, version: str | None = None) -> int:
    """Save a closure, mark affected dates and notify both sides; return its id.

    Making the same closure again (a second press of the button) returns the id of the first.

    Raises:
        ChangedMeanwhile: somebody has changed the target since `version`.
        NotFound, Forbidden: see `check_may_close`.
        Invalid: by now it is no valid closure any more.
    """
    with writing(*closed_by(new.target)) as now:
        check_may_close(account_now(account).viewer, new.target)
        closure = _closure(account, new, now)
        if (made_before := _made_before(closure)) is not None:
            return made_before
        _claim(account, new.target, now, version)
        ids = closed_by(new.target)
        within = hull_of(closed_of(closure))
        before = disrupted_dates(ids, now, within=within)
        db.session.add(closure)
        db.session.flush()
        recheck(
            ids,
            now,
            cause="closure",
            actor_id=account.person_id,
            before=before,
            closure_id=closure.id,
            reason=_public_reason(closure),
            within=within,
        )
        _record(Event.CLOSURE_MADE, account, new.target, now, after=_logged(closure))
        return closure.id


@retried
def change(
    account: Account, closure_id: int, changes: ClosureChange, *, version: str | None = None
) -> None:
    """Change a closure that is not over; newly affected dates are marked, freed ones unmarked.

    Raises:
        ChangedMeanwhile: somebody has changed the target since `version`.
        NotFound: there is none, or the person decides on nothing of it.
        Forbidden: others decide on a part of what it closes.
        Invalid: at `last_day`, `ends_time` or `next_word_on`.
        Conflict: `over`.
    """
    target = target_of(closure_id)
    with writing(*closed_by(target)) as now:
        check_may_close(account_now(account).viewer, target, is_seen=True)
        closure = _loaded(closure_id)
        closed = closed_of(closure)
        if all(one.ends_at is not None and one.ends_at <= now for one in closed):
            raise Conflict("over")
        _claim(account, target, now, version)
        ids = closed_by(target)
        wanted = closed
        if changes.end is not None:
            wanted = _ended(closed, changes.end, zone_of(target), now)
        within = hull_of([*closed, *wanted])
        before = disrupted_dates(ids, now, within=within)
        was = _logged(closure)
        _set_slots(closure, wanted)
        closure.reason = changes.reason
        closure.reason_is_public = changes.reason_is_public
        closure.next_word_on = _next_word(closure, changes.next_word_on, zone_of(target), now)
        _record(Event.CLOSURE_CHANGED, account, target, now, before=was, after=_logged(closure))
        recheck(
            ids,
            now,
            cause="closure",
            actor_id=account.person_id,
            before=before,
            reason=_public_reason(closure),
            within=within,
        )


@retried
def end_now(account: Account, closure_id: int, *, version: str | None = None) -> bool:
    """End a closure now; its past stays. Return whether it has any past.

    Raises:
        ChangedMeanwhile: somebody has changed the target since `version`.
        NotFound: there is none, or the person decides on nothing of it.
        Forbidden: others decide on a part of what it closes.
    """
    target = target_of(closure_id)
    with writing(*closed_by(target)) as now:
        check_may_close(account_now(account).viewer, target, is_seen=True)
        closure = _loaded(closure_id)
        _claim(account, target, now, version)
        ids = closed_by(target)
        closed = closed_of(closure)
        before = disrupted_dates(ids, now, within=hull_of(closed))
        left = ended_now(closed, now)
        was = _logged(closure)
        _set_slots(closure, left)
        if left:
            _record(Event.CLOSURE_CHANGED, account, target, now, before=was, after=_logged(closure))
        else:
            _record(Event.CLOSURE_CANCELLED, account, target, now, before=was)
        recheck(
            ids,
            now,
            cause="closure",
            actor_id=account.person_id,
            before=before,
            within=hull_of(closed),
        )
        if not left:
            db.session.execute(
                sa.update(Affected).where(Affected.closure_id == closure_id).values(closure_id=None)
            )
            db.session.delete(closure)
        return bool(left)


def _claim(account: Account, target: Target, now: datetime, version: str | None) -> None:
    claim_change(target, ChangedPart.CLOSURES, now, person_id=account.person_id, seen=version)


def _record(
    event: Event,
    account: Account,
    target: Target,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record(
        event,
        now=now,
        actor=account.person_id,
        cluster=target.cluster_id,
        facility=target.facility_id,
        before=before,
        after=after,
    )


def _logged(closure: Closure) -> dict[str, object]:
    """Return a closure as the log keeps it: start and end of each time, and what is said of it."""
    return {
        "closed": [[one.starts_at, one.ends_at] for one in closed_of(closure)],
        "reason": closure.reason,
        "reason_is_public": closure.reason_is_public,
        "next_word_on": closure.next_word_on,
    }


def closed_of(closure: Closure) -> list[ClosedTime]:
    """Return the closed times of a closure, in order."""
    return [ClosedTime(slot.starts_at, slot.ends_at) for slot in closure.slots]


def _loaded(closure_id: int) -> Closure:
    closure = db.session.get(Closure, closure_id, populate_existing=True)
    if closure is None:
        raise NotFound("closure")
    db.session.refresh(closure, ["slots"])
    return closure


def _closure(account: Account, new: NewClosure, now: datetime) -> Closure:
    closed, faults = closed_times(new.closing, zone_of(new.target), now)
    if faults:
        raise Invalid(faults[0].field, faults[0].code)
    return Closure(
        cluster_id=new.target.cluster_id,
        facility_id=new.target.facility_id,
        reason=new.reason,
        reason_is_public=new.reason_is_public,
        next_word_on=new.closing.next_word_on if new.closing.open_ended else None,
        made_by_id=account.person_id,
        made_at=now,
        slots=[ClosureSlot(starts_at=one.starts_at, ends_at=one.ends_at) for one in closed],
    )


def _made_before(closure: Closure) -> int | None:
    same = sa.select(Closure).where(
        Closure.cluster_id == closure.cluster_id,
        Closure.facility_id.is_not_distinct_from(closure.facility_id),
        Closure.made_by_id == closure.made_by_id,
        Closure.reason == closure.reason,
        Closure.reason_is_public == closure.reason_is_public,
        Closure.next_word_on.is_not_distinct_from(closure.next_word_on),
    )
    wanted = closed_of(closure)
    return next((one.id for one in db.session.scalars(same) if closed_of(one) == wanted), None)


def _ended(
    closed: Sequence[ClosedTime], end: NewEnd, zone: ZoneInfo, now: datetime
) -> list[ClosedTime]:
    if end.last_day is None:
        if len(closed) > 1:
            raise Invalid("ends", "repeats_without_end")
        return [ClosedTime(closed[0].starts_at, None)]
    left, faults = with_end(closed, end.last_day, end.ends_time, zone, now)
    if faults:
        raise Invalid(faults[0].field, faults[0].code)
    return left


def _next_word(closure: Closure, wanted: date | None, zone: ZoneInfo, now: datetime) -> date | None:
    """Return the day of the next news: only for an open-ended closure, and not in the past."""
    if closure.slots[-1].ends_at is not None:
        return None
    fault = fault_of_word(wanted, local_day(now, zone))
    if fault is not None and wanted != closure.next_word_on:
        raise Invalid(fault.field, fault.code)
    return wanted


def _set_slots(closure: Closure, wanted: Sequence[ClosedTime]) -> None:
    """Give the closure exactly these times; a row stays where the start is the same."""
    ends = {one.starts_at: one.ends_at for one in wanted}
    for slot in list(closure.slots):
        if slot.starts_at in ends:
            slot.ends_at = ends[slot.starts_at]
        else:
            closure.slots.remove(slot)
    db.session.flush()


def hull_of(closed: Sequence[ClosedTime]) -> ChangeWindow:
    """Return the time from the first start to the last end."""
    ends = [one.ends_at for one in closed if one.ends_at is not None]
    return ChangeWindow(
        min(one.starts_at for one in closed), max(ends) if len(ends) == len(closed) else None
    )


def _public_reason(closure: Closure) -> str:
    return (closure.reason or "") if closure.reason_is_public else ""
