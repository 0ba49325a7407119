"""Which set-aside time counts as taken, and for whom."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from booking.bookings.set_aside_models import SetAside, SetAsideOrganisation, SetAsidePlace
from booking.db.in_ids import in_ids
from booking.errors import Invalid
from booking.extensions import db
from booking.facilities.models import Place
from booking.rules.slots import Slot


def is_kept(now: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a `SetAside` has been neither released nor is over at `now`."""
    return sa.and_(SetAside.ended_at.is_(None), SetAside.kept_until > now)


def is_named(organisation_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a `SetAside` is for this organisation."""
    return (
        sa.select(SetAsideOrganisation.organisation_id)
        .where(
            SetAsideOrganisation.set_aside_id == SetAside.id,
            SetAsideOrganisation.organisation_id == organisation_id,
        )
        .exists()
    )


def kept_from(organisation_id: Any, now: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a `SetAside` is kept at `now`, and not for this organisation."""
    return sa.and_(is_kept(now), sa.not_(is_named(organisation_id)))


@dataclass(frozen=True)
class KeptTime:
    """Time of a facility that is set aside, for so many organisations, until `kept_until` (UTC)."""

    slot: Slot
    kept_until: datetime
    organisations: int


def kept_times(
    facility_ids: Collection[int], window: Slot, now: datetime
) -> dict[int, list[KeptTime]]:
    """Return what is set aside in `window` on own places of these facilities. One statement."""
    organisations = (
        sa.select(sa.func.count())
        .where(SetAsideOrganisation.set_aside_id == SetAside.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(
            SetAside.id,
            Place.facility_id,
            SetAside.starts_at,
            SetAside.ends_at,
            SetAside.kept_until,
            organisations,
        )
        .distinct()
        .join(SetAsidePlace, SetAsidePlace.set_aside_id == SetAside.id)
        .join(Place, Place.id == SetAsidePlace.place_id)
        .where(
            in_ids(Place.facility_id, facility_ids),
            SetAside.ends_at > window.starts_at,
            SetAside.starts_at < window.ends_at,
            is_kept(now),
        )
        .order_by(SetAside.starts_at, SetAside.id)
    )
    found: dict[int, list[KeptTime]] = defaultdict(list)
    for _id, facility_id, starts_at, ends_at, kept_until, number in rows:
        found[facility_id].append(KeptTime(Slot(starts_at, ends_at), kept_until, number))
    return dict(found)


def refuse_set_aside(
    facility_ids: Collection[int], now: datetime, field: str, *, wholes: Collection[int] = ()
) -> None:
    """Refuse a change at `field` that time set aside on places of these facilities prevents.

    So does time for which all of a facility in `wholes` is set aside. Call it inside `writing`.

    Raises:
        Invalid: `field` is `set_aside`.
    """
    place_ids = sa.select(Place.id).where(in_ids(Place.facility_id, facility_ids))
    taken = sa.select(SetAsidePlace.set_aside_id).where(SetAsidePlace.place_id.in_(place_ids))
    found = sa.select(SetAside.id).where(
        sa.or_(
            SetAside.id.in_(taken),
            sa.and_(in_ids(SetAside.facility_id, wholes), SetAside.whole),
        ),
        is_kept(now),
    )
    if db.session.scalar(found.limit(1)) is not None:
        raise Invalid(field, "set_aside")


def add_to_wholes(facility_ids: Collection[int], place_ids: Collection[int], now: datetime) -> None:
    """Set new places aside with what is set aside as a whole at one of these facilities."""
    found = db.session.scalars(
        sa.select(SetAside.id).where(
            in_ids(SetAside.facility_id, facility_ids), SetAside.whole, is_kept(now)
        )
    )
    db.session.add_all(
        SetAsidePlace(set_aside_id=one, place_id=place_id)
        for one in found.all()
        for place_id in place_ids
    )


def set_aside_of(place_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of these places that are set aside now or later. One statement."""
    found = (
        sa.select(SetAsidePlace.place_id)
        .join(SetAside, SetAside.id == SetAsidePlace.set_aside_id)
        .where(in_ids(SetAsidePlace.place_id, place_ids), is_kept(now))
    )
    return frozenset(db.session.scalars(found))
