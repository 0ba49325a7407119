"""Drafts of new facilities, and who knows of them."""

import sqlalchemy as sa

from booking.extensions import db
from booking.facilities.change_models import FacilityDraft
from booking.facilities.keepers import keeps
from booking.facilities.models import Facility
from booking.rules.new_facilities import PARENT
from booking.rules.visibility import Viewer


def knows_draft(viewer: Viewer, draft: FacilityDraft) -> bool:
    """Return whether the viewer knows of a draft.

    These are the coordinators of its cluster, and the keepers of what it will be part of.
    """
    if draft.cluster_id in viewer.coordinates:
        return True
    parent = draft.content.get(PARENT)
    if not (parent and viewer.keeps):
        return False
    above = db.session.scalar(
        sa.select(Facility.id).where(
            Facility.slug == parent, Facility.cluster_id == draft.cluster_id
        )
    )
    return above is not None and keeps(viewer, above)
