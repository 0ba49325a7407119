"""Reading organisations and clusters for administrators: people and settings, no bookings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.roles import HELD, WITHHELD, RoleLine, roles_in
from booking.admin.overview_queries import NOBODY_MANAGES
from booking.clusters.models import Cluster
from booking.clusters.public_holidays import holidays_of
from booking.concepts.normalise import fold
from booking.errors import NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.roles import RoleKind
from booking.rules.visibility import MembershipRole

PAGE = 50


@dataclass(frozen=True)
class OrganisationLine:
    """One organisation in the list; `people` counts those who work there."""

    key: str
    name: str
    kind: str
    country: str
    home_cluster: str | None
    people: int
    managers: Sequence[str]


@dataclass(frozen=True)
class OrganisationList:
    """One page of organisations, and how many there are in all."""

    lines: Sequence[OrganisationLine]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def organisation_list(text: str, page: int, *, unmanaged: bool) -> OrganisationList:
    """Return organisations by name, those with the text in it; case and accents do not count.

    `unmanaged`: only those where people work and nobody manages. `page` counts from 1; one behind
    the last is the last.
    """
    conditions: list[sa.ColumnElement[bool]] = [Organisation.merged_into_id.is_(None)]
    if unmanaged:
        conditions.append(NOBODY_MANAGES)
    rows = db.session.execute(
        sa.select(Organisation, Cluster.short_name)
        .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
        .where(*conditions)
        .order_by(Organisation.name)
    ).all()
    wanted = fold(text.strip())
    rows = [row for row in rows if wanted in fold(row.Organisation.name)]
    page = min(max(page, 1), max(1, -(-len(rows) // PAGE)))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    people, managers = _people_of([row.Organisation.id for row in shown])
    lines = [
        OrganisationLine(
            key=organisation.key,
            name=organisation.name,
            kind=organisation.kind,
            country=organisation.country,
            home_cluster=home,
            people=people[organisation.id],
            managers=managers[organisation.id],
        )
        for organisation, home in shown
    ]
    return OrganisationList(lines, len(rows), page)


def _people_of(ids: Sequence[int]) -> tuple[dict[int, int], dict[int, list[str]]]:
    people: dict[int, int] = defaultdict(int)
    managers: dict[int, list[str]] = defaultdict(list)
    for organisation_id, role, name in db.session.execute(
        sa.select(Membership.organisation_id, Membership.role, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id.in_(ids), CURRENT, Person.is_active)
        .order_by(Person.name)
    ):
        people[organisation_id] += 1
        if role == MembershipRole.MANAGER:
            managers[organisation_id].append(name)
    return people, managers


@dataclass(frozen=True)
class MemberLine:
    """Somebody who works for an organisation; `key` names the membership, `person_key` them."""

    key: str
    person_key: str
    name: str
    email: str
    is_active: bool
    role: str
    since: datetime

    @property
    def is_manager(self) -> bool:
        """Return whether they decide who works there."""
        return self.role == MembershipRole.MANAGER


@dataclass(frozen=True)
class OrganisationPage:
    """An organisation as administrators see it: who works and worked there, and no bookings.

    `merged_into` is the key and the name of the one of which it was a duplicate, `other_names` are
    those of its own duplicates.
    """

    id: int
    key: str
    name: str
    kind: str
    country: str
    home_cluster: str | None
    people: Sequence[MemberLine]
    former: int
    merged_into: tuple[str, str] | None
    other_names: Sequence[str]

    @property
    def managers(self) -> Sequence[MemberLine]:
        """Return those who decide who works there and can sign in."""
        return [one for one in self.people if one.is_manager and one.is_active]


def organisation_for_admin(key: str) -> OrganisationPage:
    """Return the organisation with this key. Four statements.

    Raises:
        NotFound: there is none.
    """
    row = (
        db.session.execute(
            sa.select(Organisation, Cluster.short_name)
            .outerjoin(Cluster, Cluster.id == Organisation.home_cluster_id)
            .where(Organisation.key == key)
        ).first()
        if key
        else None
    )
    if row is None:
        raise NotFound("organisation")
    organisation, home = row
    people = db.session.execute(
        sa.select(
            Membership.key,
            Person.key.label("person_key"),
            Person.name,
            Person.email,
            Person.is_active,
            Membership.role,
            Membership.since,
        )
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation.id, CURRENT)
        .order_by(sa.case((Membership.role == MembershipRole.MANAGER, 0), else_=1), Person.name)
    )
    former = db.session.scalar(
        sa.select(sa.func.count(Membership.person_id.distinct())).where(
            Membership.organisation_id == organisation.id, Membership.until.is_not(None)
        )
    )
    return OrganisationPage(
        id=organisation.id,
        key=organisation.key,
        name=organisation.name,
        kind=organisation.kind,
        country=organisation.country,
        home_cluster=home,
        people=[MemberLine(*one) for one in people],
        former=former or 0,
        merged_into=_merged_into(organisation),
        other_names=db.session.scalars(
            sa.select(Organisation.name)
            .where(Organisation.merged_into_id == organisation.id)
            .order_by(Organisation.name)
        ).all(),
    )


def _merged_into(organisation: Organisation) -> tuple[str, str] | None:
    if organisation.merged_into_id is None:
        return None
    kept = db.session.get_one(Organisation, organisation.merged_into_id)
    return kept.key, kept.name


@dataclass(frozen=True)
class CoordinatorLine:
    """Somebody who runs a cluster; `is_withheld`: not until they have a second factor."""

    person_key: str
    name: str
    is_active: bool
    is_withheld: bool


@dataclass(frozen=True)
class ClusterLine:
    """A cluster and who runs it; `next_holiday` is its next public holiday, day and name."""

    slug: str
    name: str
    short_name: str
    city: str
    country: str
    region: str | None
    zone: ZoneInfo
    answer_days: int
    facilities: int
    organisations: int
    coordinators: Sequence[CoordinatorLine]
    next_holiday: tuple[date, str] | None

    @property
    def is_coordinated(self) -> bool:
        """Return whether somebody runs it who can sign in, and whose role counts."""
        return any(one.is_active and not one.is_withheld for one in self.coordinators)


def cluster_list(now: datetime) -> list[ClusterLine]:
    """Return all clusters by name. Four statements."""
    coordinators: dict[int, list[CoordinatorLine]] = defaultdict(list)
    for row in db.session.execute(
        sa.select(Role.cluster_id, Person.key, Person.name, Person.is_active, WITHHELD)
        .join(Person, Person.id == Role.person_id)
        .where(Role.kind == RoleKind.COORDINATOR, HELD)
        .order_by(Person.name)
    ):
        coordinators[row[0]].append(CoordinatorLine(row[1], row[2], row[3], bool(row[4])))
    facilities = _counted(Facility.cluster_id)
    organisations = _counted(Organisation.home_cluster_id)
    return [
        ClusterLine(
            slug=one.slug,
            name=one.name,
            short_name=one.short_name,
            city=one.city,
            country=one.country,
            region=one.region,
            zone=ZoneInfo(one.time_zone),
            answer_days=one.answer_days,
            facilities=facilities.get(one.id, 0),
            organisations=organisations.get(one.id, 0),
            coordinators=coordinators[one.id],
            next_holiday=_next_holiday(one, now),
        )
        for one in db.session.scalars(sa.select(Cluster).order_by(Cluster.short_name))
    ]


def coordinators_of(slug: str, now: datetime) -> tuple[Cluster, list[RoleLine]]:
    """Return a cluster and its roles of coordinator, also those that have ended, latest first.

    Raises:
        NotFound: there is no such cluster.
    """
    cluster = db.session.scalar(sa.select(Cluster).where(Cluster.slug == slug))
    if cluster is None:
        raise NotFound("cluster")
    roles = [one for one in roles_in([cluster.id], now) if one.kind is RoleKind.COORDINATOR]
    return cluster, sorted(roles, key=lambda one: one.ended_at or now, reverse=True)


def _counted(
    column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> dict[int | None, int]:
    rows = db.session.execute(sa.select(column, sa.func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _next_holiday(cluster: Cluster, now: datetime) -> tuple[date, str] | None:
    today = now.astimezone(ZoneInfo(cluster.time_zone)).date()
    coming = ((day, name) for day, name in holidays_of(cluster, now).items() if day >= today)
    return min(coming, default=None)
