"""What is taken on the places of many facilities, as plain numbers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.among import among
from booking.facilities.models import Place
from booking.requests.models import Occupancy
from booking.rules.slots import Slot

#: What is taken on one place: pairs of start and end in seconds since 1970.
Taken = list[tuple[int, int]]


def taken_on_places(
    facility_ids: Iterable[int], window: Slot, now: datetime
) -> dict[int, dict[int, Taken]]:
    """Return what is taken on the own places of each facility within `window`.

    By facility, then by place; a place that is free has an empty list, a facility without own
    places is missing. A hold past its end counts as free. One statement.
    """
    starts_at, ends_at = _seconds(Occupancy.starts_at), _seconds(Occupancy.ends_at)
    rows = db.session.execute(
        sa.select(Place.facility_id, Place.id, starts_at, ends_at)
        .outerjoin(
            Occupancy,
            sa.and_(
                Occupancy.place_id == Place.id,
                Occupancy.ends_at > window.starts_at,
                Occupancy.starts_at < window.ends_at,
                sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
            ),
        )
        .where(among(Place.facility_id, facility_ids))
    )
    taken: dict[int, dict[int, Taken]] = {}
    known: dict[int, Taken] = {}
    for facility_id, place_id, start, end in rows:
        on_place = known.get(place_id)
        if on_place is None:
            known[place_id] = on_place = []
            taken.setdefault(facility_id, {})[place_id] = on_place
        if start is not None:
            on_place.append((start, end))
    return taken


def _seconds(column: Any) -> sa.ColumnElement[int]:
    if db.session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.func.extract("epoch", column), sa.BigInteger)
    return sa.cast(sa.func.strftime("%s", column), sa.BigInteger)
