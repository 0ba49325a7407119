"""Who decides on a facility, and who would if one of them were not named."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.accounts.models import Approver, Coordinator, Person
from booking.extensions import db
from booking.manage.queries import ManagedFacility
from booking.rules.routing import Candidate, deciders


@dataclass(frozen=True)
class NamedPerson:
    """A person named as approver or coordinator; `organisation` None: they work for none."""

    person_id: int
    name: str
    email: str
    is_active: bool
    organisation: str | None


@dataclass(frozen=True)
class People:
    """Who is named: `levels` has the approvers of the facility, then of each one above it."""

    levels: Sequence[Sequence[NamedPerson]]
    coordinators: Sequence[NamedPerson]

    @property
    def approvers(self) -> Sequence[NamedPerson]:
        """Return the approvers named on the facility itself."""
        return self.levels[0]

    @property
    def deciding(self) -> list[str]:
        """Return the names of the approvers who decide now; none: only the coordinators do."""
        return self._deciding(self.levels)

    def deciding_without(self, person_id: int) -> list[str]:
        """Return the names of the approvers who would decide if this one were not named here."""
        left = [one for one in self.levels[0] if one.person_id != person_id]
        return self._deciding([left, *self.levels[1:]])

    @property
    def answering(self) -> list[str]:
        """Return the names of the active coordinators."""
        return [one.name for one in self.coordinators if one.is_active]

    def _deciding(self, levels: Sequence[Sequence[NamedPerson]]) -> list[str]:
        chain = [[Candidate(one.person_id, one.is_active) for one in level] for level in levels]
        who = deciders(chain, [], None).approvers
        names = {one.person_id: one.name for level in levels for one in level}
        return sorted(names[person_id] for person_id in who)


def people_of(managed: ManagedFacility) -> People:
    """Return who is named on a facility, above it, and as coordinator. Two statements."""
    ids = [facility.id for facility in managed.chain]
    approvers = db.session.execute(
        sa.select(Approver.facility_id, Person)
        .join(Person, Person.id == Approver.person_id)
        .where(Approver.facility_id.in_(ids))
        .options(joinedload(Person.organisation))
        .order_by(Person.name, Person.id)
    ).all()
    coordinators = db.session.scalars(
        sa.select(Person)
        .join(Coordinator, Coordinator.person_id == Person.id)
        .where(Coordinator.cluster_id == managed.cluster.id)
        .options(joinedload(Person.organisation))
        .order_by(Person.name, Person.id)
    ).all()
    return People(
        levels=[
            [_named(person) for facility_id, person in approvers if facility_id == one]
            for one in ids
        ],
        coordinators=[_named(person) for person in coordinators],
    )


def _named(person: Person) -> NamedPerson:
    works_for = person.organisation.name if person.organisation else None
    return NamedPerson(person.id, person.name, person.email, person.is_active, works_for)
