"""The version of what owners set, so that nobody overwrites a change they have not seen.

Every form of owners carries the version that it was filled with, and every service that saves one
calls `claim_change` under the lock.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person, Role
from booking.accounts.roles import IS_COORDINATOR
from booking.db.in_ids import in_ids
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities.change_models import OwnerChange
from booking.facilities.deciders import DecisionTable
from booking.facilities.facts import mark_set_here
from booking.facilities.keepers import keepers_of
from booking.facilities.models import Facility
from booking.facilities.tree import chains
from booking.manage.closures.targets import Target
from booking.manage.queries import ManagedFacility
from booking.rules.facts import OPENING_HOURS
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Viewer


class ChangedMeanwhile(Conflict):
    """Somebody has changed the facility since the form was opened; `seen` is the form's version."""

    def __init__(self, target: Target, seen: str) -> None:
        super().__init__("changed_meanwhile")
        self.target = target
        self.seen = seen


@dataclass(frozen=True)
class SavedChange:
    """A change that somebody else saved: `names` are the terms, if it changed terms.

    `person` is None where the reader does not know them, or where nobody did it by a page.
    """

    part: ChangedPart
    names: tuple[str, ...]
    at: datetime
    person: str | None
    is_own: bool
    by_operator: bool


def facility_version(facility_id: int) -> str:
    """Return the version of what owners set for a facility: it changes with each change.

    What it inherits does not count. One statement.
    """
    cluster_id = sa.select(Facility.cluster_id).where(Facility.id == facility_id).scalar_subquery()
    return _version(OwnerChange.cluster_id == cluster_id, OwnerChange.facility_id == facility_id)


def form_version(managed: ManagedFacility) -> str:
    """Return the version that a form of a facility carries, or of a draft of one."""
    return managed.draft.revision if managed.draft else facility_version(managed.facility.id)


def facility_versions(facility_ids: Collection[int]) -> dict[int, str]:
    """Return the version of each of these facilities. One statement."""
    counted = dict(
        db.session.execute(
            sa.select(OwnerChange.facility_id, sa.func.count())
            .where(in_ids(OwnerChange.facility_id, facility_ids))
            .group_by(OwnerChange.facility_id)
        ).all()
    )
    return {one: str(counted.get(one, 0)) for one in facility_ids}


def version_of(target: Target) -> str:
    """Return the version of a facility, or of the closures of a whole cluster. One statement."""
    return _version(*_of(target))


def check_version(target: Target, seen: str | None) -> None:
    """Check that nothing was changed since a form was filled; call it under the lock.

    Raises:
        ChangedMeanwhile: see `claim_change`.
    """
    if seen is not None and seen != version_of(target):
        raise ChangedMeanwhile(target, seen)


def claim_change(
    target: Target,
    part: ChangedPart,
    now: datetime,
    *,
    person_id: int | None,
    seen: str | None,
    names: Sequence[str] = (),
) -> None:
    """Record a change under the facility's lock, unless there is one that the person has not seen.

    `seen` is the version that their form carries; None does not check it: there was no form.
    `person_id` is None for the operator. Hours that a person sets, a file of the catalogue keeps
    from then on, also when this row has gone.

    Raises:
        ChangedMeanwhile: the facility has another version by now.
    """
    check_version(target, seen)
    db.session.add(
        OwnerChange(
            cluster_id=target.cluster_id,
            facility_id=target.facility_id,
            part=part,
            names=list(names),
            person_id=person_id,
            changed_at=now,
        )
    )
    facility = db.session.get(Facility, target.facility_id) if target.facility_id else None
    if facility is not None and person_id is not None and part is ChangedPart.HOURS:
        mark_set_here(facility, [OPENING_HOURS])


def target_facility(facility: Facility) -> Target:
    """Return a facility as what is changed."""
    return Target(facility.cluster_id, facility.id)


def changes_since(viewer: Viewer, conflict: ChangedMeanwhile) -> list[SavedChange]:
    """Return what was changed after the version that a form carries, oldest first.

    Of several changes of one part only the newest. Nothing if the version never was one.
    """
    seen = conflict.seen
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        return []
    rows = db.session.execute(
        sa.select(OwnerChange, Person.name)
        .outerjoin(Person, Person.id == OwnerChange.person_id)
        .where(*_of(conflict.target))
        .order_by(OwnerChange.id)
        .offset(int(seen))
    ).all()
    known = _known_people(conflict.target)
    newest: dict[ChangedPart, SavedChange] = {}
    for row, name in rows:
        part = ChangedPart(row.part)
        earlier = newest.pop(part, None)
        names = dict.fromkeys([*(earlier.names if earlier else ()), *row.names])
        newest[part] = SavedChange(
            part=part,
            names=tuple(names),
            at=row.changed_at,
            person=name if row.person_id in known else None,
            is_own=row.person_id is not None and row.person_id == viewer.person_id,
            by_operator=row.person_id is None,
        )
    return list(newest.values())


def ever_changed(facility_id: int, part: ChangedPart, *others: sa.ColumnElement[bool]) -> bool:
    """Return whether there is a change of this part, by a person or the catalogue."""
    there = sa.exists().where(
        OwnerChange.facility_id == facility_id, OwnerChange.part == part, *others
    )
    return bool(db.session.scalar(sa.select(there)))


def _version(*conditions: sa.ColumnElement[bool]) -> str:
    query = sa.select(sa.func.count()).select_from(OwnerChange).where(*conditions)
    return str(db.session.scalar(query))


def _of(target: Target) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OwnerChange.cluster_id == target.cluster_id,
        OwnerChange.facility_id.is_not_distinct_from(target.facility_id),
        # What a cluster says of itself has a version of its own.
        OwnerChange.part != ChangedPart.CLUSTER,
    )


def _known_people(target: Target) -> frozenset[int]:
    """Return the people whom everybody knows who decides on this: who do so too, and keepers."""
    if target.facility_id is not None:
        table = DecisionTable(chains([target.facility_id]))
        return table.named(target.facility_id) | keepers_of(target.facility_id)
    coordinators = sa.select(Role.person_id).where(
        Role.cluster_id == target.cluster_id, IS_COORDINATOR
    )
    return frozenset(db.session.scalars(coordinators))
