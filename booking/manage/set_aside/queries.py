"""Reading the time that is set aside at a facility."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Organisation
from booking.bookings.set_aside import is_kept
from booking.bookings.set_aside_models import SetAside, SetAsideOrganisation, SetAsidePlace
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.rules.slots import Slot


@dataclass(frozen=True)
class SetAsideLine:
    """Time set aside at a facility; `places` is how many of its own, None: the whole.

    `organisations` are names in alphabetical order. `kept_until` (UTC) None: to its end.
    """

    key: str
    slot: Slot
    places: int | None
    organisations: Sequence[str]
    kept_until: datetime | None


def set_aside_at(facility_id: int, now: datetime) -> list[SetAsideLine]:
    """Return what is set aside at a facility and not over or released, earliest first."""
    rows = db.session.scalars(
        sa.select(SetAside)
        .where(SetAside.facility_id == facility_id, is_kept(now))
        .order_by(SetAside.starts_at, SetAside.id)
    ).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    names: dict[int, list[str]] = defaultdict(list)
    for set_aside_id, name in db.session.execute(
        sa.select(SetAsideOrganisation.set_aside_id, Organisation.name)
        .join(Organisation, Organisation.id == SetAsideOrganisation.organisation_id)
        .where(in_ids(SetAsideOrganisation.set_aside_id, ids))
        .order_by(Organisation.name)
    ):
        names[set_aside_id].append(name)
    places: dict[int, int] = dict(
        db.session.execute(
            sa.select(SetAsidePlace.set_aside_id, sa.func.count())
            .where(in_ids(SetAsidePlace.set_aside_id, ids))
            .group_by(SetAsidePlace.set_aside_id)
        ).all()
    )
    return [
        SetAsideLine(
            key=row.key,
            slot=Slot(row.starts_at, row.ends_at),
            places=None if row.whole else places.get(row.id, 0),
            organisations=names[row.id],
            kept_until=row.kept_until if row.kept_until < row.ends_at else None,
        )
        for row in rows
    ]
