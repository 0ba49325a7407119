"""Facilities that are certainly free, told by SQL alone, so that few need a closer look.

It looks for whole openings, one after the other, during which nothing at all is taken on one
place. Whoever is found here fits by the rules as well; whoever is not may still fit.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from booking.extensions import db
from booking.facilities.models import OpeningRow, Place
from booking.requests.models import Occupancy


@dataclass(frozen=True, order=True)
class Wanted:
    """So many openings in a row, between two instants (aware UTC)."""

    from_at: datetime
    until_at: datetime
    openings: int


def certainly_free(wanted: Mapping[int, Wanted], now: datetime) -> set[int]:
    """Return those facilities on which one place is untouched for as long as wanted.

    One statement, none without facilities. A hold past its end counts as free.
    """
    alike: dict[Wanted, list[int]] = defaultdict(list)
    for facility_id, one in wanted.items():
        alike[one].append(facility_id)
    if not alike:
        return set()
    queries = [_free_for(one, facility_ids, now) for one, facility_ids in sorted(alike.items())]
    return set(
        db.session.scalars(queries[0].union_all(*queries[1:]) if queries[1:] else queries[0])
    )


def _free_for(wanted: Wanted, facility_ids: list[int], now: datetime) -> sa.Select[int]:
    first = aliased(OpeningRow)
    last = aliased(OpeningRow)
    closes_at = (
        sa.select(last.closes_at)
        .where(last.facility_id == first.facility_id, last.closes_at >= first.closes_at)
        .order_by(last.closes_at)
        .offset(wanted.openings - 1)
        .limit(1)
        .correlate(first)
        .scalar_subquery()
        if wanted.openings > 1
        else first.closes_at
    )
    taken = (
        sa.select(Occupancy.id)
        .where(
            Occupancy.place_id == Place.id,
            Occupancy.ends_at > first.opens_at,
            Occupancy.starts_at < closes_at,
            sa.or_(Occupancy.held_until.is_(None), Occupancy.held_until > now),
        )
        .correlate(Place, first)
        .exists()
    )
    untouched = (
        sa.select(first.id)
        .where(
            first.facility_id == Place.facility_id,
            first.opens_at >= wanted.from_at,
            first.closes_at > wanted.from_at,
            first.closes_at <= wanted.until_at,
            closes_at <= wanted.until_at,
            ~taken,
        )
        .correlate(Place)
        .exists()
    )
    return sa.select(Place.facility_id).where(Place.facility_id.in_(facility_ids), untouched)
