"""Who is named on a facility, as the coordinators of its cluster say.

Only people of the cluster can be named, and nothing tells a coordinator who else has an account.
"""

import sqlalchemy as sa

from booking.accounts.models import Approver, Coordinator, Organisation, Person
from booking.accounts.queries import account_now
from booking.accounts.roles_service import locked_person, set_role
from booking.db.transactions import retried, writing
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.rules.visibility import Account, CalendarLevel


@retried
def name_approver(account: Account, facility_id: int, email: str) -> None:
    """Name somebody of the cluster as one who decides on a facility; it signs them out.

    Of the cluster is who coordinates or approves in it, or works for an organisation whose home
    cluster it is.

    Raises:
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown`, also where the account is not of the cluster or closed;
            `role` is there `already`.
    """
    with writing(facility_id):
        facility = _mine_now(account, facility_id)
        person = locked_person(email)
        if not person.is_active or not _is_of(person, facility.cluster_id):
            raise Invalid("email", "unknown")
        there = db.session.get(Approver, (person.id, facility_id))
        role = Approver(person_id=person.id, facility_id=facility_id)
        set_role(person, there, role, wanted=True)


@retried
def remove_approver(account: Account, facility_id: int, email: str) -> None:
    """Take somebody off a facility; it signs them out.

    Raises:
        NotFound: the person does not coordinate the facility's cluster, or there is none.
        Invalid: `email` is `unknown`; `role` is `missing`.
    """
    with writing(facility_id):
        _mine_now(account, facility_id)
        person = locked_person(email)
        there = db.session.get(Approver, (person.id, facility_id))
        role = Approver(person_id=person.id, facility_id=facility_id)
        set_role(person, there, role, wanted=False)


@retried
def set_audiences(
    account: Account,
    facility_id: int,
    public: CalendarLevel,
    signed_in: CalendarLevel,
    own_cluster: CalendarLevel,
) -> None:
    """Say what each audience sees of a facility's calendar.

    Raises:
        NotFound: the person does not coordinate the facility's cluster, or there is none.
    """
    with writing(facility_id):
        facility = _mine_now(account, facility_id)
        facility.sees_public = public.value
        facility.sees_signed_in = signed_in.value
        facility.sees_own_cluster = own_cluster.value


def _mine_now(account: Account, facility_id: int) -> Facility:
    coordinates = account_now(account).viewer.coordinates
    facility = db.session.get(Facility, facility_id, populate_existing=True)
    if facility is None or facility.cluster_id not in coordinates:
        raise NotFound("facility")
    return facility


def _is_of(person: Person, cluster_id: int) -> bool:
    """Tell whether somebody belongs to a cluster."""
    coordinates = sa.select(Coordinator.person_id).where(Coordinator.cluster_id == cluster_id)
    approves = (
        sa.select(Approver.person_id)
        .join(Facility, Facility.id == Approver.facility_id)
        .where(Facility.cluster_id == cluster_id)
    )
    at_home = (
        sa.select(Person.id)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Organisation.home_cluster_id == cluster_id)
    )
    found = sa.union(coordinates, approves, at_home).subquery()
    return bool(
        db.session.scalar(
            sa.select(sa.func.count()).select_from(found).where(found.c.person_id == person.id)
        )
    )
