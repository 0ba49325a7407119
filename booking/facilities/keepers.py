"""Who keeps the hours and facts of a facility up to date: its keepers, beside those who decide.

A keeper sees no bookings. So a keeper's change that affects one is refused, and the refusal says
neither which nor how many.
"""

import sqlalchemy as sa

from booking.accounts.models import Role
from booking.accounts.roles import IS_KEEPER
from booking.db.in_ids import in_ids
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.deciders import decides_on
from booking.facilities.tree import node_chains
from booking.rules.owner_changes import KEPT_PARTS, ChangedPart
from booking.rules.visibility import Viewer, is_keeper


class NeedsDecider(Conflict):
    """A keeper's change affects dates or set-aside time: somebody who decides has to make it."""

    def __init__(self) -> None:
        super().__init__("needs_decider")


def keeps(viewer: Viewer, facility_id: int) -> bool:
    """Return whether the viewer is keeper of this facility, or of one above it."""
    if not viewer.keeps:
        return False
    return is_keeper(viewer, _chain(facility_id))


def may_change(viewer: Viewer, facility_id: int, part: ChangedPart | None) -> bool:
    """Return whether the viewer may change a part of a facility now; None: any part.

    Roles are read again: one may have been taken away since the viewer was read.
    """
    may_keep = part in KEPT_PARTS and viewer.person_id in keepers_of(facility_id)
    return may_keep or decides_on(viewer, facility_id)


def keepers_of(facility_id: int) -> frozenset[int]:
    """Return the ids of the keepers of this facility. One statement."""
    named = sa.select(Role.person_id).where(
        in_ids(Role.facility_id, _chain(facility_id)), IS_KEEPER
    )
    return frozenset(db.session.scalars(named))


def _chain(facility_id: int) -> list[int]:
    return [one.id for one in node_chains([facility_id]).get(facility_id, ())]
