"""When facilities are closed: by themselves, by a facility above or by their cluster."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
from booking.facilities.models import Facility
from booking.facilities.tree import Trees, trees_around, trees_of
from booking.rules.slots import OPEN_END, Slot, merge

# Set-up and clean-up reach beyond a window, and so do time zones.
_MARGIN = timedelta(days=2)
#: How far ahead closures are announced, and how many of them.
AHEAD = timedelta(days=400)
SHOWN = 3


def closed_slots(facility_ids: Iterable[int], window: Slot) -> dict[int, list[Slot]]:
    """Return when each facility is closed within `window`: merged slots by facility id.

    Closures of facilities above and of the cluster count; those of parts below do not, see
    `closed_slots_with_parts`. An open-ended closure ends at `OPEN_END`.
    """
    wanted = set(facility_ids)
    closures = closures_in(window, wanted)
    return {facility_id: closures.slots_of(facility_id) for facility_id in wanted}


class ClosuresInWindow:
    """All closures in a window, of all facilities or at least of some."""

    def __init__(self, rows: Iterable[tuple[Slot, int | None, int | None]], trees: Trees) -> None:
        """`rows` has slots, each with the facility or else the cluster that is closed."""
        self._trees = trees
        self._of_facility: dict[int, list[Slot]] = defaultdict(list)
        self._of_cluster: dict[int, list[Slot]] = defaultdict(list)
        for slot, facility_id, cluster_id in rows:
            if facility_id is not None:
                self._of_facility[facility_id].append(slot)
            elif cluster_id is not None:
                self._of_cluster[cluster_id].append(slot)

    def slots_of(self, facility_id: int) -> list[Slot]:
        """Return when a facility is closed, by itself, from above or by its cluster; merged."""
        if not self._of_facility and not self._of_cluster:
            return []
        slots: list[Slot] = []
        for node_id in (facility_id, *self._trees.above(facility_id)):
            slots += self._of_facility.get(node_id, ())
            slots += self._of_cluster.get(self._trees.cluster_of[node_id], ())
        return merge(slots)


# Of so many facilities only those closures are read that concern them, of more all.
_FEW = 50


def closures_in(window: Slot, facility_ids: Collection[int]) -> ClosuresInWindow:
    """Return the closures in `window`, at least those of these facilities.

    An open-ended closure ends at `OPEN_END`. One statement, another one while writing.
    """
    query = (
        sa.select(
            ClosureSlot.starts_at, ClosureSlot.ends_at, Closure.facility_id, Closure.cluster_id
        )
        .join(ClosureSlot.closure)
        .where(_in(window))
    )
    if len(facility_ids) <= _FEW:
        roots = sa.select(Facility.root_id).where(in_ids(Facility.id, facility_ids))
        around = sa.select(Facility.id).where(Facility.root_id.in_(roots))
        query = query.where(sa.or_(Closure.facility_id.is_(None), Closure.facility_id.in_(around)))
    rows = [
        (Slot(starts_at, ends_at or OPEN_END), facility_id, cluster_id)
        for starts_at, ends_at, facility_id, cluster_id in db.session.execute(query)
    ]
    return ClosuresInWindow(rows, trees_around(facility_ids) if rows else Trees({}))


def _in(window: Slot) -> sa.ColumnElement[bool]:
    return sa.and_(
        ClosureSlot.starts_at < window.ends_at,
        sa.or_(ClosureSlot.ends_at.is_(None), ClosureSlot.ends_at > window.starts_at),
    )


def closure_slots(
    facility_ids: Iterable[int], window: Slot
) -> dict[int, list[tuple[ClosureSlot, Slot]]]:
    """Return the closure rows of each facility itself and of its cluster, with their slots.

    An open-ended slot ends at `OPEN_END`. Closures of facilities above are not included. Two
    statements; `ClosureSlot.closure` is loaded.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(ClosureSlot, Closure.facility_id, Closure.cluster_id)
        .join(ClosureSlot.closure)
        .options(contains_eager(ClosureSlot.closure))
        .where(
            _in(window),
            sa.or_(Closure.facility_id.is_(None), in_ids(Closure.facility_id, wanted)),
        )
    ).all()
    clusters = {cluster_id for _, facility_id, cluster_id in rows if facility_id is None}
    members: dict[int, list[int]] = defaultdict(list)
    if clusters:
        for member_id, cluster_id in db.session.execute(
            sa.select(Facility.id, Facility.cluster_id).where(
                Facility.cluster_id.in_(clusters), in_ids(Facility.id, wanted)
            )
        ):
            members[cluster_id].append(member_id)
    found: dict[int, list[tuple[ClosureSlot, Slot]]] = defaultdict(list)
    for row, facility_id, cluster_id in rows:
        slot = Slot(row.starts_at, row.ends_at or OPEN_END)
        for node_id in members[cluster_id] if facility_id is None else [facility_id]:
            found[node_id].append((row, slot))
    return found


def with_margin(window: Slot) -> Slot:
    """Return the window to read for dates in `window`, with a margin for set-up and clean-up."""
    return Slot(window.starts_at - _MARGIN, window.ends_at + _MARGIN)


def closed_slots_with_parts(
    facility_ids: Iterable[int],
    wholes: Iterable[int],
    window: Slot,
    *,
    hidden: Collection[int] = (),
) -> dict[int, Sequence[Slot]]:
    """Return when each facility is closed within `window`; for `wholes` parts count as well.

    Closures of parts in `hidden` are left out: the viewer may not see their calendars.
    """
    wanted = set(facility_ids)
    tops = set(wholes)
    trees = trees_around(tops)
    parts = {top: [i for i in trees.below(top) if i not in hidden] for top in tops}
    closed = closed_slots(wanted.union(*parts.values()), window)
    return {
        facility_id: merge(
            slot for one in (facility_id, *parts[facility_id]) for slot in closed[one]
        )
        if parts.get(facility_id)
        else closed[facility_id]
        for facility_id in wanted
    }


@dataclass(frozen=True)
class AnnouncedClosure:
    """One closed time, for everybody: `ends_at` None is open-ended, `reason` "" not public."""

    starts_at: datetime
    ends_at: datetime | None
    next_word_on: date | None
    reason: str


def announced_closures(facility_id: int, now: datetime) -> list[AnnouncedClosure]:
    """Return the next closed times of a facility, also of those above it, the soonest first."""
    return _announced([facility_id, *trees_of([facility_id]).above(facility_id)], now)[:SHOWN]


def closure_without_end(
    facility_id: int, now: datetime, *, with_parts: bool, hidden: Collection[int] = ()
) -> AnnouncedClosure | None:
    """Return the first open-ended closure of a facility, of those above it, or of its parts.

    Parts count `with_parts`, but for those in `hidden`, whose calendar the viewer may not see.
    """
    trees = trees_of([facility_id])
    ids = [facility_id, *trees.above(facility_id)]
    if with_parts:
        ids += [part for part in trees.below(facility_id) if part not in hidden]
    return next((one for one in _announced(ids, now) if one.ends_at is None), None)


def _announced(facility_ids: Sequence[int], now: datetime) -> list[AnnouncedClosure]:
    # To a midnight, so that the passing of time changes it once a day.
    until = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + AHEAD
    found = closure_slots(facility_ids, Slot(now, until))
    rows = {row.id: row for slots in found.values() for row, _ in slots}
    soonest = sorted(rows.values(), key=lambda row: (row.starts_at, row.id))
    return [
        AnnouncedClosure(
            row.starts_at,
            row.ends_at,
            row.closure.next_word_on,
            (row.closure.reason or "") if row.closure.reason_is_public else "",
        )
        for row in soonest
    ]
