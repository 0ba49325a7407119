"""Reading what is taken on the places of many facilities, as plain numbers for bitmaps."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.models import Occupancy
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Place
from booking.rules.slots import Slot
from booking.search.bitmaps import Blocks


def taken_on_places(
    facility_ids: Iterable[int], window: Slot, now: datetime
) -> dict[int, dict[int, Blocks]]:
    """Return what is taken on the own places of each facility within `window`.

    By facility id, then by place id. A free place has an empty list; a facility without own
    places is missing. A hold past its end counts as free. Two statements.
    """
    facility_of: dict[int, int] = dict(
        db.session.execute(
            sa.select(Place.id, Place.facility_id).where(in_ids(Place.facility_id, facility_ids))
        ).all()
    )
    taken: dict[int, dict[int, Blocks]] = {}
    for place_id, facility_id in facility_of.items():
        taken.setdefault(facility_id, {})[place_id] = []
    # One row for each place: to fetch each date by itself takes three times as long.
    pair = _seconds(Occupancy.starts_at) + " " + _seconds(Occupancy.ends_at)
    rows = db.session.execute(
        sa.select(Occupancy.place_id, sa.func.aggregate_strings(pair, ","))
        .where(
            in_ids(Occupancy.place_id, facility_of),
            Occupancy.ends_at > window.starts_at,
            Occupancy.starts_at < window.ends_at,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .group_by(Occupancy.place_id)
    )
    pairs = _Pairs()
    for place_id, text in rows:
        taken[facility_of[place_id]][place_id] = [pairs[one] for one in text.split(",")]
    return taken


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
