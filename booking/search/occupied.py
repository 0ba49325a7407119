"""Reading what is taken on the places of many facilities, as plain numbers for bitmaps."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.bookings.on_places import OnPlace, instant, set_aside_there, taken_there
from booking.bookings.set_aside import is_kept, kept_from
from booking.bookings.set_aside_models import SetAside
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.rows import read_rows
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.models import Place
from booking.rules.slots import Slot
from booking.search.bitmaps import Blocks

_SECOND = 1_000_000  # in microseconds


def taken_on_places(
    facility_ids: Collection[int], window: Slot, now: datetime, for_organisation: int
) -> dict[int, list[Blocks]]:
    """Return what is taken on each own place of each facility within `window`.

    By facility id; a free place has an empty list, and a facility without own places is missing.
    A hold past its end counts as free. Time set aside counts as taken unless it is for
    `for_organisation`. One statement.
    """
    rows = read_rows(
        _taken(db.session.get_bind().dialect.name),
        {
            "ids": ids_value(facility_ids),
            "after": window.starts_at,
            "before": window.ends_at,
            "now": now,
            "organisation": for_organisation,
        },
    )
    blocks_in = OnPlace(_block).of
    taken: dict[int, list[Blocks]] = {}
    for facility_id, text, kept in rows:
        blocks = blocks_in(text)
        if kept:
            blocks = _merged([*blocks, *blocks_in(kept)])
        taken.setdefault(facility_id, []).append(blocks)
    return taken


# Cached: to put it together takes longer than to run it for a few facilities.
@cache
def _taken(dialect: str) -> sa.Select[int, str | None, str | None]:
    kept = kept_from(sa.bindparam("organisation", type_=sa.Integer), instant("now"))
    return sa.select(Place.facility_id, taken_there(dialect), set_aside_there(dialect, kept)).where(
        in_given_ids(Place.facility_id, "ids", dialect)
    )


def _hold_ends(now: sa.BindParameter[datetime]) -> sa.Select[datetime]:
    ends = sa.union_all(
        sa.select(sa.func.min(Occupancy.held_until).label("at")).where(Occupancy.held_until > now),
        sa.select(sa.func.min(SetAside.kept_until)).where(is_kept(now)),
    ).subquery()
    return sa.select(sa.func.min(ends.c.at, type_=UTCDateTime))


_HOLD_ENDS = _hold_ends(instant("now"))


def next_hold_end(now: datetime) -> datetime | None:
    """Return when anywhere the next hold ends, or set-aside time becomes free for all (UTC).

    None where nothing is held or set aside. One statement.
    """
    ((at,),) = read_rows(_HOLD_ENDS, {"now": now})
    return at


def _merged(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the blocks sorted, with those that overlap joined: a date may be in set-aside time."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pairs):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _block(start: int, end: int) -> tuple[int, int]:
    """Return the block from and to these microseconds, in seconds."""
    return start // _SECOND, end // _SECOND
