"""Reading roles: which are in force, and who has them.

A role ends when it is taken away, or by itself when its last day is over. Until then it is held.
It is in force, and allows something, unless it is withheld from somebody without a second factor
(`accounts.second_factor_duty`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from booking.accounts.factor_models import has_second_factor_of
from booking.accounts.memberships import MEMBERSHIPS, organisations_in
from booking.accounts.models import Person, Role, facility_table
from booking.clusters.models import Cluster
from booking.db import clock
from booking.db.in_ids import in_ids
from booking.db.times import UTCDateTime
from booking.extensions import db
from booking.rules.roles import RoleKind
from booking.rules.second_factors import is_withheld

#: The instant at which a statement is run.
_NOW = sa.bindparam("roles_at", callable_=clock.now, type_=UTCDateTime(), unique=True)
#: That a `Role` has not ended: for lists of who has which.
HELD = sa.and_(Role.ended_at.is_(None), sa.or_(Role.ends_at.is_(None), Role.ends_at > _NOW))
_Asking = aliased(Cluster)
#: That a `Role` is withheld from somebody who has no second factor, where its cluster asks for one.
WITHHELD = sa.and_(
    Role.cluster_id.in_(sa.select(_Asking.id).where(_Asking.second_factor_from <= _NOW)),
    ~has_second_factor_of(Role.person_id),
)
#: That a `Role` is in force: for all that asks what somebody may do.
IN_FORCE = sa.and_(HELD, ~WITHHELD)
#: That a `Role` is one of an approver, a keeper, a coordinator, or one who decides; and in force.
IS_APPROVER = sa.and_(Role.kind == RoleKind.APPROVER, IN_FORCE)
IS_KEEPER = sa.and_(Role.kind == RoleKind.KEEPER, IN_FORCE)
IS_COORDINATOR = sa.and_(Role.kind == RoleKind.COORDINATOR, IN_FORCE)
DECIDES = sa.and_(Role.kind.in_([RoleKind.APPROVER, RoleKind.COORDINATOR]), IN_FORCE)


def is_held(ended_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Return whether a role with these instants has not ended at `now`."""
    return ended_at is None and (ends_at is None or ends_at > now)


def _roles_where(condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[str]:
    one = (
        Role.kind
        + ":"
        + sa.cast(Role.cluster_id, sa.String)
        + ":"
        + sa.func.coalesce(sa.cast(Role.facility_id, sa.String), "")
    )
    return (
        sa.select(sa.func.aggregate_strings(one, ","))
        .where(Role.person_id == Person.id, condition)
        .correlate(Person)
        .scalar_subquery()
    )


#: The roles in force of a `Person` of the query, as one text: "approver:2:5,coordinator:2:".
ROLES = _roles_where(IN_FORCE)
#: The same of all that they hold: for lists of who has which.
HELD_ROLES = _roles_where(HELD)
#: The kinds of the roles that are withheld from a `Person` of the query, as one text.
WITHHELD_KINDS = (
    sa.select(sa.func.aggregate_strings(Role.kind, ","))
    .where(Role.person_id == Person.id, HELD, WITHHELD)
    .correlate(Person)
    .scalar_subquery()
)


class RolesIn:
    """The roles in a text of `ROLES`: ids of clusters and of facilities by kind."""

    def __init__(self, joined: str | None) -> None:
        self._found = [one.split(":") for one in (joined or "").split(",") if one]

    def clusters(self, kind: RoleKind) -> frozenset[int]:
        """Return the clusters of the roles of this kind, also of those for a facility."""
        return frozenset(int(cluster_id) for one, cluster_id, _ in self._found if one == kind)

    def facilities(self, kind: RoleKind) -> frozenset[int]:
        """Return the facilities of the roles of this kind."""
        return frozenset(
            int(facility_id) for one, _, facility_id in self._found if one == kind and facility_id
        )


def has_role(
    person_id: int, kind: RoleKind, cluster_id: int, facility_id: int | None = None
) -> bool:
    """Return whether a person has this role now, also if it is withheld."""
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists().where(
                    Role.person_id == person_id,
                    Role.kind == kind,
                    Role.cluster_id == cluster_id,
                    Role.facility_id.is_not_distinct_from(facility_id),
                    HELD,
                )
            )
        )
    )


def decides_in(
    person_id: sa.ColumnElement[int] | InstrumentedAttribute[int],
) -> sa.Select[int]:
    """Return the query of the ids of the clusters in which a person of the query is named."""
    return sa.select(Role.cluster_id).where(Role.person_id == person_id, DECIDES)


def _instants_of_changes() -> sa.Subquery:
    ends = sa.select(Role.ends_at.label("at")).where(Role.ended_at.is_(None))
    return sa.union_all(ends, sa.select(Cluster.second_factor_from)).subquery()


_CHANGES = _instants_of_changes()


def last_change(now: sa.BindParameter[datetime]) -> sa.ScalarSelect[datetime | None]:
    """Return the column of the last instant up to `now` at which the clock changes roles.

    One ends by itself, or a cluster begins to ask for a second factor. NULL where there is none.
    """
    last = sa.func.max(_CHANGES.c.at, type_=UTCDateTime)
    return sa.select(last).where(_CHANGES.c.at <= now).scalar_subquery()


def next_change(now: sa.BindParameter[datetime]) -> sa.ScalarSelect[datetime | None]:
    """Return the column of the first such instant after `now`."""
    first = sa.func.min(_CHANGES.c.at, type_=UTCDateTime)
    return sa.select(first).where(_CHANGES.c.at > now).scalar_subquery()


@dataclass(frozen=True)
class RoleLine:
    """One role, of whom and for what; `facility` None: for the whole cluster.

    `since` None: before this was recorded. `given_by` and `ended_by` None: the operator, or nobody.
    `ended_at` is when it was taken away or its last day was over, None: it is held. `is_withheld`:
    it does not count until the person has a second factor.
    """

    key: str
    kind: RoleKind
    person_id: int
    person: str
    email: str
    is_active: bool
    organisations: tuple[str, ...]
    cluster_id: int
    cluster: str
    cluster_slug: str
    zone: ZoneInfo
    facility: str | None
    facility_slug: str | None
    since: datetime | None
    given_by: str | None
    reason: str
    last_day: date | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str
    ran_out: bool
    is_withheld: bool = False

    @property
    def where(self) -> str:
        """Return the name of the facility, or of the cluster."""
        return self.facility or self.cluster

    @property
    def was_taken(self) -> bool:
        """Return whether it was taken away, before its last day was over."""
        return self.ended_at is not None and not self.ran_out


def own_roles(person_id: int, now: datetime) -> list[RoleLine]:
    """Return the roles that a person holds, by cluster and facility. One statement."""
    return _role_lines(sa.and_(Role.person_id == person_id, HELD), now)


def approver_roles(facility_id: int, now: datetime) -> list[RoleLine]:
    """Return the roles of the approvers named on this facility. One statement."""
    is_approver = sa.and_(Role.kind == RoleKind.APPROVER, HELD)
    return _role_lines(sa.and_(Role.facility_id == facility_id, is_approver), now)


def roles_in(cluster_ids: Collection[int], now: datetime) -> list[RoleLine]:
    """Return all roles in these clusters, also those that have ended. One statement."""
    return _role_lines(in_ids(Role.cluster_id, cluster_ids), now)


def _role_lines(condition: sa.ColumnElement[bool], now: datetime) -> list[RoleLine]:
    giver, ender = aliased(Person), aliased(Person)
    rows = db.session.execute(
        sa.select(
            Role,
            Person,
            Cluster,
            MEMBERSHIPS.label("memberships"),
            facility_table.c.name.label("facility"),
            facility_table.c.slug.label("facility_slug"),
            giver.name.label("given_by"),
            ender.name.label("ended_by"),
            has_second_factor_of(Role.person_id).label("has_second_factor"),
        )
        .join(Person, Person.id == Role.person_id)
        .join(Cluster, Cluster.id == Role.cluster_id)
        .outerjoin(facility_table, facility_table.c.id == Role.facility_id)
        .outerjoin(giver, giver.id == Role.given_by_id)
        .outerjoin(ender, ender.id == Role.ended_by_id)
        .where(condition)
        .order_by(Cluster.short_name, facility_table.c.name, Person.name, Role.id)
    ).all()
    return [_line(row, now) for row in rows]


def _line(row: Any, now: datetime) -> RoleLine:
    role, person = row.Role, row.Person
    asked_since = row.Cluster.second_factor_from
    over = role.ends_at if role.ends_at is not None and role.ends_at <= now else None
    return RoleLine(
        key=role.key,
        kind=RoleKind(role.kind),
        person_id=person.id,
        person=person.name,
        email=person.email,
        is_active=person.is_active,
        organisations=tuple(sorted(one.name for one in organisations_in(row.memberships))),
        cluster_id=role.cluster_id,
        cluster=row.Cluster.short_name,
        cluster_slug=row.Cluster.slug,
        zone=ZoneInfo(row.Cluster.time_zone),
        facility=row.facility,
        facility_slug=row.facility_slug,
        since=role.since,
        given_by=row.given_by,
        reason=role.reason,
        last_day=role.last_day,
        ended_at=role.ended_at or over,
        ended_by=row.ended_by,
        end_reason=role.end_reason,
        ran_out=role.ended_at == role.ends_at if role.ended_at else over is not None,
        is_withheld=is_withheld(asked_since, row.has_second_factor, now),
    )
