"""Who decides on a facility, and who would if one of them were not named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.absences.queries import AbsenceLine, absences_of
from booking.accounts.memberships import MEMBERSHIPS, organisations_in
from booking.accounts.models import Person, Role
from booking.accounts.roles import HELD, WITHHELD
from booking.clusters.models import Cluster
from booking.db.in_ids import in_ids
from booking.extensions import db
from booking.facilities.models import Facility
from booking.facilities.terms_cache import absences
from booking.manage.queries import ManagedFacility
from booking.rules.opening import local_day
from booking.rules.roles import RoleKind
from booking.rules.routing import Candidate, deciders
from booking.rules.visibility import Viewer


@dataclass(frozen=True)
class NamedPerson:
    """A person named as approver or coordinator; `organisations` for which they work.

    `is_withheld`: they do not decide until they have a second factor.
    """

    person_id: int
    name: str
    email: str
    is_active: bool
    organisations: Sequence[str] = ()
    is_withheld: bool = False


@dataclass(frozen=True)
class People:
    """Who is named: `levels` has the approvers of the facility, then of each one above it.

    `keepers` are those of the facility and of each one above it, who decide on nothing. `absences`
    are those of all these people that are not over; `today` says who is away now and
    who stands in, `names` has the names of those.
    """

    levels: Sequence[Sequence[NamedPerson]]
    coordinators: Sequence[NamedPerson]
    keepers: Sequence[NamedPerson]
    absences: Sequence[AbsenceLine]
    today: Callable[[Candidate], Candidate]
    names: Mapping[int, str]

    @property
    def approvers(self) -> Sequence[NamedPerson]:
        """Return the approvers named on the facility itself."""
        return self.levels[0]

    @property
    def deciding(self) -> list[str]:
        """Return the names of the approvers who decide now; none: only the coordinators do."""
        return self._deciding(self.levels)

    @property
    def working_for_others(self) -> list[NamedPerson]:
        """Return those of the people named who work for organisations, by name."""
        named = {one.person_id: one for level in (*self.levels, self.coordinators) for one in level}
        found = [one for one in named.values() if one.is_active and one.organisations]
        return sorted(found, key=lambda one: one.name)

    def deciding_without(self, person_id: int) -> list[str]:
        """Return the names of the approvers who would decide if this one were not named here."""
        left = [one for one in self.levels[0] if one.person_id != person_id]
        return self._deciding([left, *self.levels[1:]])

    @property
    def answering(self) -> list[str]:
        """Return the names of the coordinators who decide now, and of who stands in for them."""
        who = deciders([], self._candidates(self.coordinators), None).coordinators
        return sorted(self.names[person_id] for person_id in who)

    def _deciding(self, levels: Sequence[Sequence[NamedPerson]]) -> list[str]:
        who = deciders([self._candidates(level) for level in levels], [], None).approvers
        return sorted(self.names[person_id] for person_id in who)

    def _candidates(self, level: Sequence[NamedPerson]) -> list[Candidate]:
        named = [one for one in level if not one.is_withheld]
        return [self.today(Candidate(one.person_id, one.is_active)) for one in named]


def people_of(managed: ManagedFacility, now: datetime) -> People:
    """Return who is named on a facility, above it, and as coordinator. A few statements."""
    ids = [facility.id for facility in managed.chain]
    named = db.session.execute(
        sa.select(Role.kind, Role.facility_id, Person, MEMBERSHIPS, WITHHELD)
        .join(Person, Person.id == Role.person_id)
        .where(Role.facility_id.in_(ids), HELD)
        .order_by(Person.name, Person.id)
    ).all()
    approvers = [row[1:] for row in named if row.kind == RoleKind.APPROVER]
    keepers = {row.Person.id: row[2:] for row in named if row.kind == RoleKind.KEEPER}
    coordinators = db.session.execute(
        sa.select(Person, MEMBERSHIPS, WITHHELD)
        .join(Role, Role.person_id == Person.id)
        .where(Role.cluster_id == managed.cluster.id, Role.kind == RoleKind.COORDINATOR, HELD)
        .order_by(Person.name, Person.id)
    ).all()
    today = local_day(now, ZoneInfo(managed.cluster.time_zone))
    known = absences()
    people = {
        person.id: person.name
        for person in [*(row[1] for row in approvers), *(row.Person for row in coordinators)]
    }
    stand_ins = {
        one.stand_in.person_id
        for person_id in people
        if (one := known.on(person_id, today)) is not None and one.stand_in is not None
    }
    if stand_ins - people.keys():
        more = sa.select(Person.id, Person.name).where(in_ids(Person.id, stand_ins))
        people.update(db.session.execute(more).all())
    return People(
        levels=[
            [_named(*row) for facility_id, *row in approvers if facility_id == one] for one in ids
        ],
        coordinators=[_named(*row) for row in coordinators],
        keepers=[_named(*row) for row in keepers.values()],
        absences=absences_of(people, today),
        today=lambda person: known.candidate(person, managed.cluster.id, today),
        names=people,
    )


def _named(person: Person, memberships: str | None, is_withheld: bool) -> NamedPerson:
    return NamedPerson(
        person.id,
        person.name,
        person.email,
        person.is_active,
        tuple(sorted(one.name for one in organisations_in(memberships))),
        bool(is_withheld),
    )


@dataclass(frozen=True)
class Places:
    """For what a coordinator gives roles: pairs of a value for forms and a name."""

    clusters: Sequence[tuple[str, str]]
    facilities: Sequence[tuple[str, str]]
    ids: Mapping[str, int]

    def read(self, value: str) -> tuple[str, int | None]:
        """Return "cluster" or "facility", and its id; None: it is not one of these."""
        return value.partition(":")[0], self.ids.get(value)

    def name(self, value: str) -> str:
        """Return the name of one of these, "" if it is none."""
        return dict([*self.clusters, *self.facilities]).get(value, "")


def places_of(viewer: Viewer) -> Places:
    """Return the clusters that the viewer coordinates and their facilities, by name."""
    clusters = db.session.execute(
        sa.select(Cluster.id, Cluster.slug, Cluster.short_name)
        .where(in_ids(Cluster.id, viewer.coordinates))
        .order_by(Cluster.short_name)
    ).all()
    facilities = db.session.execute(
        sa.select(Facility.id, Facility.slug, Facility.name)
        .where(in_ids(Facility.cluster_id, viewer.coordinates))
        .order_by(Facility.name, Facility.id)
    ).all()
    ids = {f"cluster:{one.slug}": one.id for one in clusters}
    ids.update({f"facility:{one.slug}": one.id for one in facilities})
    return Places(
        [(f"cluster:{one.slug}", one.short_name) for one in clusters],
        [(f"facility:{one.slug}", one.name) for one in facilities],
        ids,
    )
