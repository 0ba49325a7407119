"""Coordinators say who decides on a facility and who may see its calendar."""

import pytest
import sqlalchemy as sa

from booking.accounts.models import AccountLogEntry, Role, SignIn
from booking.accounts.queries import account_of
from booking.accounts.role_service import WorksForOrganisation
from booking.accounts.roles import IS_APPROVER
from booking.db import clock
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.facilities.models import Facility
from booking.manage.people.queries import people_of
from booking.manage.people.service import (
    NewRole,
    give_for_facility,
    set_audiences,
    take_for_facility,
)
from booking.manage.queries import managed_facility
from booking.rules.roles import RoleKind
from booking.rules.visibility import CalendarLevel
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    sign_in,
)


@pytest.fixture
def hall(app_context):
    """A hall with a bench below, a shed next to it, and the coordinator of their cluster."""
    cluster = make_cluster("here")
    hall = make_facility(cluster, "hall")
    hall.bench = make_facility(cluster, "bench", parent=hall)
    hall.shed = make_facility(cluster, "shed")
    hall.coordinator = account_of(make_coordinator(cluster, name="Cora").id)
    return hall


def name_approver(account, facility_id, email, *, acknowledged=False):
    new = NewRole(RoleKind.APPROVER, email, "Knows the hall", acknowledged=acknowledged)
    give_for_facility(account, facility_id, new)


def remove_approver(account, facility_id, email):
    take_for_facility(account, facility_id, RoleKind.APPROVER, email, reason="Has moved")


def named_on(facility):
    return set(
        db.session.scalars(
            sa.select(Role.person_id).where(Role.facility_id == facility.id, IS_APPROVER)
        )
    )


def test_people_of_the_cluster_can_be_named_approvers_and_are_signed_out(hall, client):
    at_home = make_partner(organisation=make_organisation(home_cluster=hall.cluster))
    of_shed = make_approver(hall.shed)
    sign_in(client, at_home)

    for person in (at_home, of_shed):
        name_approver(hall.coordinator, hall.id, person.email.upper(), acknowledged=True)

    assert named_on(hall) == {at_home.id, of_shed.id}
    assert db.session.scalars(sa.select(SignIn)).all() == []
    with pytest.raises(Invalid, match="already"):
        name_approver(hall.coordinator, hall.id, at_home.email, acknowledged=True)


def test_naming_who_works_for_an_organisation_needs_to_be_acknowledged_and_is_logged(hall):
    firm = make_organisation("Demo Drones", home_cluster=hall.cluster)
    partner = make_partner(organisation=firm, name="Paul")

    with pytest.raises(WorksForOrganisation) as caught:
        name_approver(hall.coordinator, hall.id, partner.email)

    assert (caught.value.person, caught.value.organisations) == ("Paul", ("Demo Drones",))
    assert (named_on(hall), logged()) == (set(), [])
    name_approver(hall.coordinator, hall.id, partner.email, acknowledged=True)
    assert named_on(hall) == {partner.id}
    remove_approver(hall.coordinator, hall.id, partner.email)
    who = (hall.coordinator.person_id, partner.id, firm.id, hall.id)
    assert logged() == [("approver_named", *who), ("approver_removed", *who)]


def logged():
    return [
        (one.event, one.actor_id, one.person_id, one.organisation_id, one.facility_id)
        for one in db.session.scalars(sa.select(AccountLogEntry).order_by(AccountLogEntry.id))
    ]


def test_people_outside_the_cluster_look_like_unknown_people(hall):
    there = make_cluster("there")
    home = make_organisation(home_cluster=hall.cluster)
    strangers = [
        make_partner(),
        make_partner(organisation=make_organisation(home_cluster=there)),
        make_coordinator(there),
        make_person(is_admin=True),
        make_person(organisation=home, is_active=False),
    ]

    for email in [*(person.email for person in strangers), "nobody@example.org"]:
        with pytest.raises(Invalid, match="email: unknown"):
            name_approver(hall.coordinator, hall.id, email)
    assert named_on(hall) == set()


def test_only_coordinators_of_the_cluster_change_people_and_calendar(hall):
    approver = make_approver(hall)
    others = [approver, make_coordinator(make_cluster("there")), make_person(is_admin=True)]

    for account in [account_of(person.id) for person in others]:
        with pytest.raises(NotFound):
            name_approver(account, hall.id, approver.email)
        with pytest.raises(NotFound):
            remove_approver(account, hall.id, approver.email)
        with pytest.raises(NotFound):
            set_audiences(account, hall.id, *[CalendarLevel.NOTHING] * 3)
    assert named_on(hall) == {approver.id}


def test_without_approvers_those_above_decide_and_else_the_coordinators(hall):
    anna, bo = make_approver(hall.bench, name="Anna"), make_approver(hall, name="Bo")

    def people(facility):
        return people_of(managed_facility(hall.coordinator.viewer, facility.slug), clock.now())

    assert people(hall.bench).deciding == ["Anna"]
    assert people(hall.bench).deciding_without(anna.id) == ["Bo"]
    assert people(hall).deciding_without(bo.id) == []
    assert people(hall).answering == ["Cora"]

    remove_approver(hall.coordinator, hall.bench.id, anna.email)

    assert people(hall.bench).deciding == ["Bo"]
    with pytest.raises(Invalid, match="missing"):
        remove_approver(hall.coordinator, hall.bench.id, anna.email)


def test_calendar_visibility_is_set_for_each_audience(hall):
    levels = (CalendarLevel.NOTHING, CalendarLevel.BUSY, CalendarLevel.NOTHING)

    set_audiences(hall.coordinator, hall.id, *levels)

    row = db.session.get(Facility, hall.id)
    assert (row.sees_public, row.sees_signed_in, row.sees_own_cluster) == levels
