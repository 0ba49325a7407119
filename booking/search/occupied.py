"""Reading what is taken on the places of many facilities, as plain numbers for bitmaps."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.bookings.set_aside import is_kept, kept_from
from booking.bookings.set_aside_models import SetAside, SetAsidePlace
from booking.db.in_ids import ids_value, in_given_ids
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.facilities.models import Place
from booking.rules.slots import Slot
from booking.search.bitmaps import Blocks


def taken_on_places(
    facility_ids: Collection[int], window: Slot, now: datetime, for_organisation: int
) -> dict[int, list[Blocks]]:
    """Return what is taken on each own place of each facility within `window`.

    By facility id; a free place has an empty list, and a facility without own places is missing.
    A hold past its end counts as free. Time set aside counts as taken unless it is for
    `for_organisation`. One statement.
    """
    rows = db.session.execute(
        _taken(db.session.get_bind().dialect.name),
        {
            "ids": ids_value(facility_ids),
            "after": window.starts_at,
            "before": window.ends_at,
            "now": now,
            "organisation": for_organisation,
        },
    )
    pairs = _Pairs()
    taken: dict[int, list[Blocks]] = {}
    for facility_id, text, kept in rows:
        blocks = [pairs[one] for one in text.split(",")] if text else []
        if kept:
            blocks = _merged([*blocks, *(pairs[one] for one in kept.split(","))])
        taken.setdefault(facility_id, []).append(blocks)
    return taken


# Cached: to put it together takes longer than to run it for a few facilities.
@cache
def _taken(dialect: str) -> sa.Select[int, str | None, str | None]:
    # One row for each place: to fetch each date by itself takes three times as long. In a subquery
    # the index of each place is read, whatever the planner thinks of the window.
    after, before = _instant("after"), _instant("before")
    pair = _seconds(Occupancy.starts_at, dialect) + " " + _seconds(Occupancy.ends_at, dialect)
    on_place = (
        sa.select(sa.func.aggregate_strings(pair, ","))
        .where(
            Occupancy.place_id == Place.id,
            Occupancy.ends_at > after,
            Occupancy.starts_at < before,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > _instant("now")),
        )
        .scalar_subquery()
    )
    kept_pair = _seconds(SetAside.starts_at, dialect) + " " + _seconds(SetAside.ends_at, dialect)
    kept_on_place = (
        sa.select(sa.func.aggregate_strings(kept_pair, ","))
        .join(SetAsidePlace, SetAsidePlace.set_aside_id == SetAside.id)
        .where(
            SetAsidePlace.place_id == Place.id,
            SetAside.ends_at > after,
            SetAside.starts_at < before,
            kept_from(sa.bindparam("organisation", type_=sa.Integer), _instant("now")),
        )
        .scalar_subquery()
    )
    return sa.select(Place.facility_id, on_place, kept_on_place).where(
        in_given_ids(Place.facility_id, "ids", dialect)
    )


def _instant(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=UTCDateTime)


def _hold_ends(now: sa.BindParameter[datetime]) -> sa.Select[datetime]:
    ends = sa.union_all(
        sa.select(sa.func.min(Occupancy.held_until).label("at")).where(Occupancy.held_until > now),
        sa.select(sa.func.min(SetAside.kept_until)).where(is_kept(now)),
    ).subquery()
    return sa.select(sa.func.min(ends.c.at, type_=UTCDateTime))


_HOLD_ENDS = _hold_ends(_instant("now"))


def next_hold_end(now: datetime) -> datetime | None:
    """Return when anywhere the next hold ends, or set-aside time becomes free for all (UTC).

    None where nothing is held or set aside. One statement.
    """
    return db.session.scalar(_HOLD_ENDS, {"now": now})


def _merged(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the blocks sorted, with those that overlap joined: a date may be in set-aside time."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(pairs):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


class _Pairs(dict[str, tuple[int, int]]):
    """Pairs of seconds by their text, cached: many dates have the same start and end."""

    def __missing__(self, text: str) -> tuple[int, int]:
        start, _, end = text.partition(" ")
        self[text] = pair = int(start), int(end)
        return pair


def _seconds(column: Any, dialect: str) -> sa.ColumnElement[str]:
    if dialect == "postgresql":
        # date_part is a double, exact for seconds; extract is a numeric and slow.
        whole = sa.cast(sa.func.date_part("epoch", column), sa.BigInteger)
        return sa.cast(whole, sa.Text)
    return sa.func.strftime("%s", column, type_=sa.Text)
