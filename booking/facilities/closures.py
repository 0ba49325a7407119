"""When facilities are closed: by themselves, by a facility above or by their cluster."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking.db import clock
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.rows import read_rows
from booking.db.snapshot import is_writing, once
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.closure_models import Closure, ClosureSlot
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


@dataclass(frozen=True, slots=True)
class ClosedTime:
    """One closed time of a facility, or of a whole cluster where `facility_id` is None.

    `ends_at` None is open-ended. `reason` is for everybody only where it is public.
    """

    id: int
    closure_id: int
    facility_id: int | None
    cluster_id: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str | None
    reason_is_public: bool
    next_word_on: date | None

    @property
    def slot(self) -> Slot:
        """Return when it is closed, up to `OPEN_END` where that is open-ended."""
        return Slot(self.starts_at, self.ends_at or OPEN_END)

    @property
    def public_reason(self) -> str | None:
        """Return the reason where everybody may read it, else None."""
        return self.reason if self.reason_is_public else None


# Of so many facilities only those closures are read that concern them, of more all.
_FEW = 50
# So long ago closures are read ahead that pages of one facility ask for several times.
_LOOK_BACK = timedelta(days=60)
_COLUMNS = (
    ClosureSlot.id,
    ClosureSlot.closure_id,
    Closure.facility_id,
    Closure.cluster_id,
    ClosureSlot.starts_at,
    ClosureSlot.ends_at,
    Closure.reason,
    Closure.reason_is_public,
    Closure.next_word_on,
)


def closures_in(window: Slot, facility_ids: Collection[int]) -> ClosuresInWindow:
    """Return the closures in `window`, at least those of these facilities.

    An open-ended closure ends at `OPEN_END`. At most one statement, another one while writing.
    """
    around: Collection[int] | None = None
    trees = None
    if len(facility_ids) <= _FEW:
        trees = trees_around(facility_ids)
        around = {
            node_id
            for facility_id in facility_ids
            for node_id in (facility_id, *trees.above(facility_id))
        }
    rows = [(one.slot, one.facility_id, one.cluster_id) for one in _closed_times(window, around)]
    if not rows:
        return ClosuresInWindow((), Trees({}))
    return ClosuresInWindow(rows, trees or trees_around(facility_ids))


def closure_slots(
    facility_ids: Iterable[int], window: Slot
) -> dict[int, list[tuple[ClosedTime, Slot]]]:
    """Return the closed times of each facility itself and of its cluster, with their slots.

    An open-ended slot ends at `OPEN_END`. Closures of facilities above are not included. At most
    one statement, another one while writing.
    """
    wanted = set(facility_ids)
    if not wanted:
        return {}
    closed = _closed_times(window, wanted)
    members: dict[int, list[int]] = defaultdict(list)
    if any(one.facility_id is None for one in closed):
        cluster_of = trees_around(wanted).cluster_of
        for member_id in wanted:
            members[cluster_of[member_id]].append(member_id)
    found: dict[int, list[tuple[ClosedTime, Slot]]] = defaultdict(list)
    for one in closed:
        nodes = members[one.cluster_id] if one.facility_id is None else [one.facility_id]
        for node_id in nodes:
            found[node_id].append((one, one.slot))
    return found


def _closed_times(window: Slot, facility_ids: Collection[int] | None) -> list[ClosedTime]:
    """Return the closed times in `window` of these facilities and of any cluster; None: of all.

    A reading transaction reads those around one tree once, as pages of a facility ask for them
    several times.
    """
    if facility_ids and not is_writing():
        trees = trees_around(facility_ids)
        roots = {trees.root(one) for one in facility_ids}
        # From a midnight on, so that it is the same for all of a page.
        since = datetime.combine(clock.now().date(), time(), UTC) - _LOOK_BACK
        if len(roots) == 1 and since <= window.starts_at:
            (root,) = roots
            nodes = [root, *trees.below(root)]
            known = once(
                ("closed times", root, since), lambda: _read_closed_times(nodes, trees, since)
            )
            return [
                one
                for one in known
                if one.slot.overlaps(window)
                and (one.facility_id is None or one.facility_id in facility_ids)
            ]
    given: dict[str, Any] = {"since": window.starts_at, "before": window.ends_at}
    query = _IN_WINDOW
    if facility_ids is not None:
        query = _in_window_of(db.session.get_bind().dialect.name)
        given["ids"] = ids_value(facility_ids)
    return [ClosedTime(*row) for row in read_rows(query, given)]


_SINCE = sa.or_(
    ClosureSlot.ends_at.is_(None),
    ClosureSlot.ends_at > sa.bindparam("since", type_=UTCDateTime),
)
# Kept: to put a statement together takes longer than to run it.
_IN_WINDOW = (
    sa.select(*_COLUMNS)
    .join(ClosureSlot.closure)
    .where(ClosureSlot.starts_at < sa.bindparam("before", type_=UTCDateTime), _SINCE)
    .order_by(ClosureSlot.id)
)


@cache
def _in_window_of(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    return _IN_WINDOW.where(
        sa.or_(Closure.facility_id.is_(None), in_given_ids(Closure.facility_id, "ids", dialect))
    )


def is_for_given(dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition that a `Closure` is for one of some facilities, or for all of a cluster.

    The query is kept: its parameters `ids` and `clusters` take `ids_value`.
    """
    return sa.or_(
        in_given_ids(Closure.facility_id, "ids", dialect),
        sa.and_(
            Closure.facility_id.is_(None), in_given_ids(Closure.cluster_id, "clusters", dialect)
        ),
    )


def _read_closed_times(
    facility_ids: Collection[int], trees: Trees, since: datetime
) -> list[ClosedTime]:
    """Return the closed times of these facilities and their clusters not over at `since`."""
    query = _query(db.session.get_bind().dialect.name)
    given = {
        "ids": ids_value(facility_ids),
        "clusters": ids_value({trees.cluster_of[one] for one in facility_ids}),
        "since": since,
    }
    return [ClosedTime(*row) for row in read_rows(query, given)]


@cache
def _query(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*_COLUMNS)
        .join(ClosureSlot.closure)
        .where(
            is_for_given(dialect),
            _SINCE,
        )
        .order_by(ClosureSlot.id)
    )


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
    closed = {one.id: one for slots in found.values() for one, _ in slots}
    soonest = sorted(closed.values(), key=lambda one: (one.starts_at, one.id))
    return [
        AnnouncedClosure(one.starts_at, one.ends_at, one.next_word_on, one.public_reason or "")
        for one in soonest
    ]


_WITH_NO_END = (
    sa.select(ClosureSlot.starts_at, Closure.facility_id, Closure.cluster_id)
    .join(ClosureSlot.closure)
    .where(ClosureSlot.ends_at.is_(None))
)


@dataclass(frozen=True)
class ClosedForGood:
    """Which facilities are closed with no end, and when (UTC) one that is not will next be."""

    facility_ids: frozenset[int]
    next_at: datetime | None


def closed_for_good(facility_ids: Collection[int], now: datetime) -> ClosedForGood:
    """Return which are closed at `now` with no end: by themselves, from above or by their cluster.

    At most one statement, another one while writing.
    """
    if not facility_ids:
        return ClosedForGood(frozenset(), None)
    trees = trees_around(facility_ids)
    nodes = {one: (one, *trees.above(one)) for one in facility_ids}
    closed: set[int] = set()
    to_come: list[datetime] = []
    for starts_at, facility_id, cluster_id in read_rows(_WITH_NO_END):
        concerned = {
            one
            for one, levels in nodes.items()
            if (
                facility_id in levels
                if facility_id is not None
                else any(trees.cluster_of[level] == cluster_id for level in levels)
            )
        }
        if concerned and starts_at <= now:
            closed |= concerned
        elif concerned:
            to_come.append(starts_at)
    return ClosedForGood(frozenset(closed), min(to_come, default=None))
