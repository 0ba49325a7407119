"""The saved replies of clusters, for those who decide on their facilities."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from booking.db.in_ids import in_ids
from booking.decisions.reply_models import SavedReply
from booking.extensions import db
from booking.facilities.models import Facility


@dataclass(frozen=True)
class Reply:
    """A saved reply."""

    id: int
    title: str
    text: str


def replies_at(facility_ids: Iterable[int]) -> list[Reply]:
    """Return the saved replies of the clusters of these facilities, by title. One statement."""
    clusters = sa.select(Facility.cluster_id).where(in_ids(Facility.id, facility_ids))
    rows = db.session.execute(
        sa.select(SavedReply.id, SavedReply.title, SavedReply.text)
        .where(SavedReply.cluster_id.in_(clusters))
        .order_by(SavedReply.title, SavedReply.id)
    )
    return [Reply(*row) for row in rows]
