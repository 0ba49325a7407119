"""Giving roles in a cluster and for its facilities, by its coordinators or by the operator.

A coordinator can name only people of the cluster, and does not learn of other accounts.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from booking.accounts.cluster_people import locked_person_of
from booking.accounts.models import Person, Role
from booking.accounts.operator_service import locked_person
from booking.accounts.queries import account_now
from booking.accounts.role_service import Giving, RoleOf, give_role, take_role
from booking.accounts.roles import HELD
from booking.audit.recording import record
from booking.db.in_ids import in_ids
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.roles import RoleKind
from booking.rules.visibility import Account, CalendarLevel

_AUDIENCES = ("sees_public", "sees_signed_in", "sees_own_cluster")


@dataclass(frozen=True)
class NewRole:
    """A role that a coordinator gives: to whom, by e-mail address, why, and to which last day.

    `facility_id` is that of an approver or keeper. `acknowledged`: the coordinator knows for which
    organisation the person works.
    """

    kind: RoleKind
    email: str
    reason: str = ""
    last_day: date | None = None
    acknowledged: bool = False


@retried
def give_for_facility(
    account: Account, facility_id: int, new: NewRole, *, version: str | None = None
) -> None:
    """Give a person of the cluster a role for a facility; it signs the person out.

    A person belongs to the cluster who has a role in it, or who works for an organisation that has
    it as its home cluster. `version` is the `facility_version` that the form was filled with; None:
    there was no form about the facility.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown` (no account, a closed one, or one of another cluster);
            `role` is there `already`; `last_day` is wrong, see `give_role`.
        WorksForOrganisation: the person does, and the coordinator has not `acknowledged` it.
    """
    with writing(facility_id) as now:
        facility = _coordinated_facility(account, facility_id)
        person = locked_person_of(new.email, facility.cluster_id)
        wanted = RoleOf(new.kind, facility.cluster_id, facility_id)
        give_role(person, wanted, _giving(account, new, now))
        if new.kind is RoleKind.APPROVER:
            _claim(facility, ChangedPart.APPROVERS, now, account, version)


@retried
def give_for_cluster(account: Account, cluster_id: int, new: NewRole) -> None:
    """Give a person of a cluster a role in the whole cluster; it signs the person out.

    Raises:
        NotFound: the person does not coordinate the cluster.
        Invalid: as in `give_for_facility`.
        WorksForOrganisation: as in `give_for_facility`.
    """
    with writing() as now:
        if cluster_id not in account_now(account).viewer.coordinates:
            raise NotFound("cluster")
        person = locked_person_of(new.email, cluster_id)
        give_role(person, RoleOf(new.kind, cluster_id), _giving(account, new, now))


@retried
def take_for_facility(
    account: Account,
    facility_id: int,
    kind: RoleKind,
    email: str,
    *,
    reason: str = "",
    version: str | None = None,
    key: str | None = None,
) -> None:
    """Take a person's role for a facility away; it signs the person out.

    `version` is meant as in `give_for_facility`, `key` as in `take_role`.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown`; `role` is `missing`.
    """
    with writing(facility_id) as now:
        facility = _coordinated_facility(account, facility_id)
        person = locked_person(email)
        wanted = RoleOf(kind, facility.cluster_id, facility_id)
        take_role(person, wanted, now, actor_id=account.person_id, reason=reason, key=key)
        if kind is RoleKind.APPROVER:
            _claim(facility, ChangedPart.APPROVERS, now, account, version)


def take_by_key(account: Account, key: str, reason: str) -> str:
    """Take a role in a cluster away that the person coordinates; returns who had it, by name.

    Raises:
        NotFound: there is no such role in a cluster that the person coordinates.
        Invalid: `role` is `missing`: it has ended meanwhile.
        Conflict: `last_coordinator`.
    """
    found = _role_there(account, key)
    kind = RoleKind(found.kind)
    if found.facility_id is not None:
        take_for_facility(account, found.facility_id, kind, found.email, reason=reason, key=key)
    else:
        wanted = RoleOf(kind, found.cluster_id)
        _take_for_cluster(account, wanted, found.email, reason=reason, key=key)
    return str(found.name)


def check_role_there(account: Account, key: str) -> None:
    """Check that a role is one of a cluster that the person coordinates.

    Raises:
        NotFound: it is not.
    """
    _role_there(account, key)


def _role_there(account: Account, key: str) -> sa.Row[str, int, int | None, str, str]:
    found = db.session.execute(
        sa.select(Role.kind, Role.cluster_id, Role.facility_id, Person.email, Person.name)
        .join(Person, Person.id == Role.person_id)
        .where(Role.key == key, in_ids(Role.cluster_id, account.viewer.coordinates))
    ).one_or_none()
    if found is None:
        raise NotFound("role")
    return found


@retried
def _take_for_cluster(
    account: Account, wanted: RoleOf, email: str, *, reason: str, key: str
) -> None:
    with writing() as now:
        person = locked_person(email)
        if wanted.cluster_id not in account_now(account).viewer.coordinates:
            raise NotFound("role")
        take_role(person, wanted, now, actor_id=account.person_id, reason=reason, key=key)


def _giving(account: Account, new: NewRole, now: datetime) -> Giving:
    return Giving(now, account.person_id, new.reason, new.last_day, new.acknowledged)


@retried
def set_audiences(
    account: Account,
    facility_id: int,
    public: CalendarLevel,
    signed_in: CalendarLevel,
    own_cluster: CalendarLevel,
    *,
    version: str | None = None,
) -> None:
    """Set what each audience sees of a facility's calendar.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: the person does not coordinate the facility's cluster, or there is none.
    """
    with writing(facility_id) as now:
        facility = _coordinated_facility(account, facility_id)
        with db.session.no_autoflush:
            before = {name: getattr(facility, name) for name in _AUDIENCES}
            facility.sees_public = public.value
            facility.sees_signed_in = signed_in.value
            facility.sees_own_cluster = own_cluster.value
            if db.session.is_modified(facility):
                _claim(facility, ChangedPart.AUDIENCES, now, account, version)
                record(
                    Event.AUDIENCES_CHANGED,
                    now=now,
                    actor=account.person_id,
                    facility=facility_id,
                    before=before,
                    after={name: getattr(facility, name) for name in _AUDIENCES},
                )


def _claim(
    facility: Facility, part: ChangedPart, now: datetime, account: Account, version: str | None
) -> None:
    target = target_facility(facility)
    claim_change(target, part, now, person_id=account.person_id, seen=version)


def _coordinated_facility(account: Account, facility_id: int) -> Facility:
    coordinates = account_now(account).viewer.coordinates
    facility = db.session.get(Facility, facility_id, populate_existing=True)
    if facility is None or facility.cluster_id not in coordinates:
        raise NotFound("facility")
    return facility


@dataclass(frozen=True)
class FacilityRoleLine:
    """One facility and one of the people with a role there."""

    facility_slug: str
    email: str
    is_active: bool
    last_day: date | None


@retried
def operator_gives(facility_slug: str, new: NewRole) -> None:
    """Give a person a role for a facility, as the operator.

    Raises:
        Invalid: `email` or `facility` is `unknown`; the role is there `already`; `last_day` is
            wrong, see `give_role`.
        WorksForOrganisation: the person does, and the caller has not `acknowledged` it.
    """
    facility_id = _facility_of(facility_slug)
    with writing(*([facility_id] if facility_id else [])) as now:
        person, facility = _operators_choice(new.email, facility_id)
        giving = Giving(now, None, new.reason, new.last_day, new.acknowledged)
        give_role(person, RoleOf(new.kind, facility.cluster_id, facility.id), giving)
        _note_change(facility, new.kind, now)


@retried
def operator_takes(kind: RoleKind, facility_slug: str, email: str, reason: str = "") -> None:
    """Take a role for a facility away, as the operator.

    Raises:
        Invalid: `email` or `facility` is `unknown`; the role is `missing`.
    """
    facility_id = _facility_of(facility_slug)
    with writing(*([facility_id] if facility_id else [])) as now:
        person, facility = _operators_choice(email, facility_id)
        wanted = RoleOf(kind, facility.cluster_id, facility.id)
        take_role(person, wanted, now, actor_id=None, reason=reason)
        _note_change(facility, kind, now)


def _facility_of(slug: str) -> int | None:
    return db.session.scalar(sa.select(Facility.id).where(Facility.slug == slug))


def _operators_choice(email: str, facility_id: int | None) -> tuple[Person, Facility]:
    person = locked_person(email)
    if facility_id is None:
        raise Invalid("facility", "unknown")
    return person, db.session.get_one(Facility, facility_id)


def _note_change(facility: Facility, kind: RoleKind, now: datetime) -> None:
    if kind is RoleKind.APPROVER:
        target = target_facility(facility)
        claim_change(target, ChangedPart.APPROVERS, now, person_id=None, seen=None)


def facility_roles(kind: RoleKind) -> list[FacilityRoleLine]:
    """Return all roles of this kind that are held, by facility."""
    rows = db.session.execute(
        sa.select(Facility.slug, Person.email, Person.is_active, Role.last_day)
        .join(Role, Role.facility_id == Facility.id)
        .join(Person, Person.id == Role.person_id)
        .where(Role.kind == kind, HELD)
        .order_by(Facility.slug, Person.email)
    )
    return [FacilityRoleLine(*row) for row in rows]
