"""Naming who decides on a facility, by its coordinators or by the operator.

A coordinator can name only people of the cluster, and does not learn of other accounts.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.memberships import CURRENT
from booking.accounts.models import Approver, Coordinator, Membership, Organisation, Person
from booking.accounts.operator_service import RoleChange, locked_person, set_role
from booking.accounts.queries import account_now
from booking.audit.recording import record
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.version import claim_change, target_facility
from booking.rules.audit_events import Event
from booking.rules.owner_changes import ChangedPart
from booking.rules.visibility import Account, CalendarLevel

_AUDIENCES = ("sees_public", "sees_signed_in", "sees_own_cluster")


@retried
def name_approver(
    account: Account,
    facility_id: int,
    email: str,
    *,
    acknowledged: bool = False,
    version: str | None = None,
) -> None:
    """Make a person of the cluster an approver of a facility; it signs the person out.

    A person belongs to the cluster who coordinates or approves in it, or who works for an
    organisation that has it as its home cluster. `version` is the `facility_version` that the form
    was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown` (no account, a closed one, or one of another cluster);
            `role` is there `already`.
        WorksForOrganisation: the person does, and the coordinator has not `acknowledged` it.
    """
    with writing(facility_id) as now:
        facility = _coordinated_facility(account, facility_id)
        person = locked_person(email)
        if not person.is_active or not _is_of(person, facility.cluster_id):
            raise Invalid("email", "unknown")
        there = db.session.get(Approver, (person.id, facility_id))
        role = Approver(person_id=person.id, facility_id=facility_id)
        change = RoleChange(True, now, account.person_id, acknowledged)
        set_role(person, there, role, change)
        _claim(facility, ChangedPart.APPROVERS, now, account, version)


@retried
def remove_approver(
    account: Account, facility_id: int, email: str, *, version: str | None = None
) -> None:
    """End a person's role as approver of a facility; it signs the person out.

    `version` is the `facility_version` that the form was filled with; None: there was no form.

    Raises:
        ChangedMeanwhile: somebody has changed the facility since.
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown`; `role` is `missing`.
    """
    with writing(facility_id) as now:
        facility = _coordinated_facility(account, facility_id)
        person = locked_person(email)
        there = db.session.get(Approver, (person.id, facility_id))
        role = Approver(person_id=person.id, facility_id=facility_id)
        set_role(person, there, role, RoleChange(False, now, account.person_id))
        _claim(facility, ChangedPart.APPROVERS, now, account, version)


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


def _is_of(person: Person, cluster_id: int) -> bool:
    """Return whether a person belongs to a cluster."""
    coordinates = sa.select(Coordinator.person_id).where(Coordinator.cluster_id == cluster_id)
    approves = (
        sa.select(Approver.person_id)
        .join(Facility, Facility.id == Approver.facility_id)
        .where(Facility.cluster_id == cluster_id)
    )
    at_home = (
        sa.select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.home_cluster_id == cluster_id, CURRENT)
    )
    found = sa.union(coordinates, approves, at_home).subquery()
    return bool(
        db.session.scalar(
            sa.select(sa.func.count()).select_from(found).where(found.c.person_id == person.id)
        )
    )


@dataclass(frozen=True)
class ApproverLine:
    """One facility and one of its approvers."""

    facility_slug: str
    email: str
    is_active: bool


def set_approver(
    email: str, facility_slug: str, approves: bool, *, acknowledged: bool = False
) -> None:
    """Make a person an approver of a facility, or end that.

    Raises:
        Invalid: `email` or `facility` is `unknown`; the role is there `already`, or `missing`.
        WorksForOrganisation: the person does, and the caller has not `acknowledged` it.
    """
    facility_id = db.session.scalar(sa.select(Facility.id).where(Facility.slug == facility_slug))
    with writing(*([facility_id] if facility_id else [])) as now:
        person = locked_person(email)
        if facility_id is None:
            raise Invalid("facility", "unknown")
        there = db.session.get(Approver, (person.id, facility_id))
        role = Approver(person_id=person.id, facility_id=facility_id)
        change = RoleChange(approves, now, None, acknowledged)
        set_role(person, there, role, change)
        target = target_facility(db.session.get_one(Facility, facility_id))
        claim_change(target, ChangedPart.APPROVERS, now, person_id=None, seen=None)


def all_approvers() -> list[ApproverLine]:
    """Return all approvers, by facility."""
    rows = db.session.execute(
        sa.select(Facility.slug, Person.email, Person.is_active)
        .join(Approver, Approver.facility_id == Facility.id)
        .join(Person, Person.id == Approver.person_id)
        .order_by(Facility.slug, Person.email)
    )
    return [ApproverLine(*row) for row in rows]
