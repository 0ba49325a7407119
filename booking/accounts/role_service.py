"""Giving roles and taking them away, so that no cluster loses its last coordinator.

Of a new or former coordinator the others of the cluster are told too.

Each change ends the person's sign-ins, so nobody works on with the old rights. All are made inside
`writing`: first the tree of the facility is locked, if there is one, then the person, then the
rules. So of two people who change roles at once the second sees what the first has done.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.account_log import AccountEvent, log_account_change
from booking.accounts.memberships import organisations_for
from booking.accounts.models import Person, Role
from booking.accounts.roles import HELD, WITHHELD, is_held
from booking.accounts.second_factor_duty import tell_new_holder
from booking.accounts.sign_in_service import end_sign_ins
from booking.clusters.models import Cluster
from booking.db.rules_number import claim_rules
from booking.errors import BookingError, Conflict, Invalid
from booking.extensions import db
from booking.rules.opening import local_day
from booking.rules.roles import (
    CoordinatorRole,
    RoleKind,
    ends_at,
    last_day_fault,
    leaves_nobody,
)

EVENTS = {
    (RoleKind.APPROVER, True): AccountEvent.APPROVER_NAMED,
    (RoleKind.APPROVER, False): AccountEvent.APPROVER_REMOVED,
    (RoleKind.KEEPER, True): AccountEvent.KEEPER_NAMED,
    (RoleKind.KEEPER, False): AccountEvent.KEEPER_REMOVED,
    (RoleKind.COORDINATOR, True): AccountEvent.COORDINATOR_NAMED,
    (RoleKind.COORDINATOR, False): AccountEvent.COORDINATOR_REMOVED,
    (RoleKind.AUDITOR, True): AccountEvent.AUDITOR_NAMED,
    (RoleKind.AUDITOR, False): AccountEvent.AUDITOR_REMOVED,
}
_HOLDS_COORDINATOR = sa.and_(Role.kind == RoleKind.COORDINATOR, HELD)
#: Roles of which it matters that the person works for an organisation that sends requests.
DECIDING = (RoleKind.APPROVER, RoleKind.COORDINATOR)


class WorksForOrganisation(BookingError):
    """Somebody who is to decide works for organisations, which has not been acknowledged."""

    def __init__(self, person: str, organisations: Sequence[str]) -> None:
        super().__init__(f"{person} works for {', '.join(organisations)}")
        self.person = person
        self.organisations = tuple(organisations)


@dataclass(frozen=True)
class RoleOf:
    """Which role: its kind, in which cluster, and for which facility of it, None: the cluster."""

    kind: RoleKind
    cluster_id: int
    facility_id: int | None = None


@dataclass(frozen=True)
class Giving:
    """When a role is given, by whom (None: the operator), why, and to which last day, if any.

    `acknowledged`: whoever gives it knows for which organisation the person works.
    """

    now: datetime
    actor_id: int | None
    reason: str = ""
    last_day: date | None = None
    acknowledged: bool = False


def give_role(person: Person, wanted: RoleOf, giving: Giving) -> Role:
    """Give a role to a person, who is locked; log it and tell them. Call it inside `writing`.

    Raises:
        Invalid: `role` is `already` given; `last_day` is `past`, `too_far`, or that of the
            `only_coordinator`.
        WorksForOrganisation: the person who is to decide does, and it was not acknowledged.
    """
    claim_rules()
    there = _open_role(person.id, wanted)
    if there is not None and is_held(there.ended_at, there.ends_at, giving.now):
        raise Invalid("role", "already")
    zone = _zone(wanted.cluster_id)
    _check_last_day(giving.last_day, giving.now, zone)
    if wanted.kind is RoleKind.COORDINATOR and giving.last_day is not None:
        others = [one for one in _coordinators(wanted.cluster_id) if one.person_id != person.id]
        if not any(one.stays for one in others):
            raise Invalid("last_day", "only_coordinator")
    organisations = organisations_for(person.id)
    if wanted.kind in DECIDING and organisations and not giving.acknowledged:
        raise WorksForOrganisation(person.name, [one.name for one in organisations])
    if there is not None:
        there.ended_at = there.ends_at  # its last day is over: it makes room for the new one
        db.session.flush()
    role = Role(
        key=secrets.token_hex(16),
        person_id=person.id,
        kind=wanted.kind,
        cluster_id=wanted.cluster_id,
        facility_id=wanted.facility_id,
        since=giving.now,
        given_by_id=giving.actor_id,
        reason=giving.reason,
        last_day=giving.last_day,
        ends_at=None if giving.last_day is None else ends_at(giving.last_day, zone),
    )
    db.session.add(role)
    _log(role, person, giving.now, giving.actor_id, given=True)
    tell_new_holder(person, wanted.cluster_id, giving.now)
    return role


def take_role(
    person: Person,
    wanted: RoleOf,
    now: datetime,
    *,
    actor_id: int | None,
    reason: str = "",
    key: str | None = None,
) -> None:
    """Take a role from a person, who is locked; log it and tell them. Call it inside `writing`.

    `key` is that of the row that is meant, None: whichever is held.

    Raises:
        Invalid: `role` is `missing`.
        Conflict: `last_coordinator`, when nobody else coordinates the cluster without a last day.
    """
    claim_rules()
    role = _open_role(person.id, wanted)
    if role is None or not is_held(role.ended_at, role.ends_at, now):
        raise Invalid("role", "missing")
    if key is not None and role.key != key:
        raise Invalid("role", "missing")  # that one has ended, and was given anew
    if wanted.kind is RoleKind.COORDINATOR:
        _check_coordinators(wanted.cluster_id, person.id, lambda one: None)
    role.ended_at = now
    role.ended_by_id = actor_id
    role.end_reason = reason
    _log(role, person, now, actor_id, given=False)


def check_coordinators_stay(person: Person) -> None:
    """Check that no cluster loses its last coordinator when somebody's account ends or rests.

    Call it inside `writing`, with the person locked and still active.

    Raises:
        Conflict: `last_coordinator`.
    """
    claim_rules()
    clusters = db.session.scalars(
        sa.select(Role.cluster_id).where(Role.person_id == person.id, _HOLDS_COORDINATOR)
    ).all()
    for cluster_id in clusters:
        _check_coordinators(cluster_id, person.id, lambda one: replace(one, is_active=False))


def _check_coordinators(
    cluster_id: int,
    person_id: int,
    becomes: Callable[[CoordinatorRole], CoordinatorRole | None],
) -> None:
    before = _coordinators(cluster_id)
    after = [becomes(one) if one.person_id == person_id else one for one in before]
    if leaves_nobody(before, [one for one in after if one is not None]):
        raise Conflict("last_coordinator")


def _coordinators(cluster_id: int) -> list[CoordinatorRole]:
    rows = db.session.execute(
        sa.select(Role.person_id, Person.is_active, Role.ends_at, WITHHELD)
        .join(Person, Person.id == Role.person_id)
        .where(Role.cluster_id == cluster_id, _HOLDS_COORDINATOR)
    )
    return [
        CoordinatorRole(person_id, is_active, ends is not None, bool(withheld))
        for person_id, is_active, ends, withheld in rows
    ]


def _open_role(person_id: int, wanted: RoleOf) -> Role | None:
    """Return the row of this role that nobody has ended, locked; its last day may be over."""
    return db.session.scalar(
        sa.select(Role)
        .where(
            Role.person_id == person_id,
            Role.kind == wanted.kind,
            Role.cluster_id == wanted.cluster_id,
            Role.facility_id.is_not_distinct_from(wanted.facility_id),
            Role.ended_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _zone(cluster_id: int) -> ZoneInfo:
    return ZoneInfo(db.session.get_one(Cluster, cluster_id).time_zone)


def _check_last_day(last_day: date | None, now: datetime, zone: ZoneInfo) -> None:
    fault = last_day_fault(last_day, local_day(now, zone))
    if fault is not None:
        raise Invalid("last_day", fault)


def _log(role: Role, person: Person, now: datetime, actor_id: int | None, *, given: bool) -> None:
    kind = RoleKind(role.kind)
    organisations = organisations_for(person.id) if kind in DECIDING else ()
    db.session.flush()
    told = {person.id}
    if kind is RoleKind.COORDINATOR:
        told.update(one.person_id for one in _coordinators(role.cluster_id))
    log_account_change(
        EVENTS[kind, given],
        person,
        now,
        actor_id=actor_id,
        # The log has one organisation for each line; of several it says none.
        organisation_id=organisations[0].organisation_id if len(organisations) == 1 else None,
        facility_id=role.facility_id,
        cluster_id=role.cluster_id if role.facility_id is None else None,
        told_ids=sorted(told - {actor_id}),
        after={"last_day": role.last_day} if given and role.last_day else None,
        why=role.reason if given else role.end_reason,
    )
    end_sign_ins(person.id)
