"""Reading what is taken on the places of many facilities, as plain numbers for bitmaps."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.bookings.set_aside import is_kept, kept_from
from booking.bookings.set_aside_models import SetAside, SetAsidePlace
from booking.db.in_ids import in_ids
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
    # One row for each place: to fetch each date by itself takes three times as long. In a subquery
    # the index of each place is read, whatever the planner thinks of the window.
    pair = _seconds(Occupancy.starts_at) + " " + _seconds(Occupancy.ends_at)
    on_place = (
        sa.select(sa.func.aggregate_strings(pair, ","))
        .where(
            Occupancy.place_id == Place.id,
            Occupancy.ends_at > window.starts_at,
            Occupancy.starts_at < window.ends_at,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .scalar_subquery()
    )
    kept_pair = _seconds(SetAside.starts_at) + " " + _seconds(SetAside.ends_at)
    kept_on_place = (
        sa.select(sa.func.aggregate_strings(kept_pair, ","))
        .join(SetAsidePlace, SetAsidePlace.set_aside_id == SetAside.id)
        .where(
            SetAsidePlace.place_id == Place.id,
            SetAside.ends_at > window.starts_at,
            SetAside.starts_at < window.ends_at,
            kept_from(for_organisation, now),
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Place.facility_id, on_place, kept_on_place).where(
            in_ids(Place.facility_id, facility_ids)
        )
    )
    pairs = _Pairs()
    taken: dict[int, list[Blocks]] = {}
    for facility_id, text, kept in rows:
        blocks = [pairs[one] for one in text.split(",")] if text else []
        if kept:
            blocks = _merged([*blocks, *(pairs[one] for one in kept.split(","))])
        taken.setdefault(facility_id, []).append(blocks)
    return taken


def next_hold_end(now: datetime) -> datetime | None:
    """Return when anywhere the next hold ends, or set-aside time becomes free for all (UTC).

    None where nothing is held or set aside. One statement.
    """
    ends = sa.union_all(
        sa.select(sa.func.min(Occupancy.held_until).label("at")).where(Occupancy.held_until > now),
        sa.select(sa.func.min(SetAside.kept_until)).where(is_kept(now)),
    ).subquery()
    return db.session.scalar(sa.select(sa.func.min(ends.c.at, type_=UTCDateTime)))


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


def _seconds(column: Any) -> sa.ColumnElement[str]:
    if db.session.get_bind().dialect.name == "postgresql":
        # date_part is a double, exact for seconds; extract is a numeric and slow.
        whole = sa.cast(sa.func.date_part("epoch", column), sa.BigInteger)
        return sa.cast(whole, sa.Text)
    return sa.func.strftime("%s", column, type_=sa.Text)
