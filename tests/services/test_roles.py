"""Roles begin and end, with who gave them and why; and somebody always coordinates."""

from datetime import date, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from booking.absences.service import CoordinatorsDecide, NewAbsence, enter_absence
from booking.accounts import operator_service, role_service
from booking.accounts.models import Person, Role
from booking.accounts.queries import account_of
from booking.accounts.role_service import RoleOf
from booking.accounts.roles import IS_COORDINATOR, own_roles, roles_in
from booking.audit.models import AuditEntry
from booking.db import clock
from booking.db.transactions import writing
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.facilities.deciders import deciders_on
from booking.manage.people.service import (
    NewRole,
    give_for_cluster,
    give_for_facility,
    take_by_key,
)
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.factories import (
    make_approver,
    make_cluster,
    make_coordinator,
    make_facility,
    make_organisation,
    make_partner,
    make_person,
    make_role,
)

pytestmark = pytest.mark.usefixtures("app_context")
LAST = date(2026, 11, 30)
#: Midnight after that day in Tampere, an hour before it is midnight in Copenhagen.
OVER = datetime(2026, 12, 1, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.fixture
def cluster():
    """A cluster with an hour of its own, its coordinator and a hall."""
    cluster = make_cluster("tampere", time_zone="Europe/Helsinki")
    cluster.cora = account_of(make_coordinator(cluster, name="Cora").id)
    cluster.hall = make_facility(cluster, "hall", name="Hall")
    cluster.anna = make_partner(
        "anna@example.org", name="Anna", organisation=make_organisation(home_cluster=cluster)
    )
    return cluster


def give(cluster, kind, *, last_day=None, reason="Knows the hall", by=None):
    new = NewRole(kind, "anna@example.org", reason, last_day, acknowledged=True)
    if kind.of_facility:
        give_for_facility(by or cluster.cora, cluster.hall.id, new)
    else:
        give_for_cluster(by or cluster.cora, cluster.id, new)


def test_a_role_says_who_gave_and_took_it_when_and_why_and_stays_as_a_row(cluster):
    give(cluster, RoleKind.APPROVER)
    role = own_roles(cluster.anna.id, NOW)[0]
    assert (role.kind, role.where, role.since) == (RoleKind.APPROVER, "Hall", NOW)
    assert (role.given_by, role.reason) == ("Cora", "Knows the hall")

    assert take_by_key(cluster.cora, role.key, "Has moved") == "Anna"

    assert own_roles(cluster.anna.id, NOW) == []
    ended = next(one for one in roles_in([cluster.id], NOW) if one.key == role.key)
    assert (ended.ended_at, ended.ended_by, ended.end_reason) == (NOW, "Cora", "Has moved")
    assert ended.was_taken
    give(cluster, RoleKind.APPROVER)
    assert [one.key for one in own_roles(cluster.anna.id, NOW)] != [role.key]
    with pytest.raises(Invalid, match="missing"):
        take_by_key(cluster.cora, role.key, "Again")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.position)).all()
    assert [one.event for one in entries] == [
        "approver_named",
        "approver_removed",
        "approver_named",
    ]
    assert (entries[1].person_id, entries[1].facility_id) == (cluster.anna.id, cluster.hall.id)
    assert "Has moved" in entries[1].content


def test_a_role_with_a_last_day_ends_by_itself_at_midnight_of_its_cluster_also_from_memory(cluster):
    give(cluster, RoleKind.APPROVER, last_day=LAST)
    db.session.rollback()

    def rights():
        db.session.rollback()
        return (
            deciders_on(cluster.hall.id, None).approvers,
            account_of(cluster.anna.id).viewer.approves,
            len(own_roles(cluster.anna.id, clock.now())),
        )

    with clock.fixed(OVER - timedelta(seconds=1)):
        assert rights() == ({cluster.anna.id}, {cluster.hall.id}, 1)
    with clock.fixed(OVER):
        assert rights() == (frozenset(), frozenset(), 0)
        ended = next(one for one in roles_in([cluster.id], OVER) if one.person == "Anna")
        assert (ended.ended_at, ended.was_taken) == (OVER, False)
        give(cluster, RoleKind.APPROVER)  # again: what is over makes room
        assert rights() == ({cluster.anna.id}, {cluster.hall.id}, 1)


@pytest.mark.parametrize(
    ("last_day", "code"), [(date(2026, 11, 23), "past"), (date(2037, 1, 1), "too_far")]
)
def test_a_last_day_that_makes_no_sense_is_refused(cluster, last_day, code):
    with pytest.raises(Invalid, match=f"last_day: {code}"):
        give(cluster, RoleKind.APPROVER, last_day=last_day)


def test_who_goes_away_is_told_when_nobody_decides_after_a_role_has_ended_meanwhile(cluster):
    away = account_of(make_approver(cluster.hall).id)
    other = make_person()
    make_role(other, RoleKind.APPROVER, cluster.hall, last_day=LAST)

    enter_absence(away, NewAbsence(date(2026, 11, 27), LAST))
    with pytest.raises(CoordinatorsDecide):
        enter_absence(away, NewAbsence(LAST + timedelta(days=1), LAST + timedelta(days=1)))


def test_roles_of_a_cluster_are_given_and_taken_by_its_coordinators_only(cluster):
    there = account_of(make_coordinator(make_cluster("there")).id)
    key = db.session.scalars(sa.select(Role.key).where(Role.cluster_id == cluster.id)).one()

    for kind in (RoleKind.APPROVER, RoleKind.COORDINATOR):
        with pytest.raises(NotFound):
            give(cluster, kind, by=there)
    with pytest.raises(NotFound):
        take_by_key(there, key, "Away with them")
    stranger = make_person("stranger@example.org")
    with pytest.raises(Invalid, match="email: unknown"):
        give_for_cluster(
            cluster.cora, cluster.id, NewRole(RoleKind.COORDINATOR, stranger.email, "Why")
        )


def test_the_last_coordinator_stays_whoever_and_whatever_ends_them(cluster):
    cora = db.session.get_one(Person, cluster.cora.person_id)
    key = own_roles(cora.id, NOW)[0].key
    give(cluster, RoleKind.COORDINATOR, last_day=LAST)  # one who ends does not count

    for end in (
        lambda: take_by_key(cluster.cora, key, "Enough"),
        lambda: operator_service.take_cluster_role(RoleKind.COORDINATOR, cora.email, "tampere"),
        lambda: operator_service.set_active(cora.email, False),
    ):
        with pytest.raises(Conflict, match="last_coordinator"):
            end()
    take_by_key(cluster.cora, own_roles(cluster.anna.id, NOW)[0].key, "Not needed")
    give(cluster, RoleKind.COORDINATOR)
    take_by_key(cluster.cora, key, "Enough")
    assert own_roles(cora.id, NOW) == []


def test_the_only_coordinator_gets_no_last_day(cluster):
    operator_service.set_active("anna@example.org", True)
    with pytest.raises(Invalid, match="last_day: only_coordinator"):
        operator_service.give_cluster_role(
            RoleKind.COORDINATOR,
            "anna@example.org",
            make_cluster("new").slug,
            last_day=LAST,
            acknowledged=True,
        )


def test_the_last_administrator_stays():
    first, second = (make_person(is_admin=True).email for _ in range(2))
    operator_service.set_admin(first, False)

    for end in (
        lambda: operator_service.set_admin(second, False),
        lambda: operator_service.set_active(second, False),
    ):
        with pytest.raises(Conflict, match="last_admin"):
            end()


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize(("is_guarded", "left"), [(True, 1), (False, 0)])
def test_of_two_coordinators_who_are_removed_at_once_one_stays(
    cluster, app, monkeypatch, is_guarded, left
):
    """Without the lock of the rules both would go."""
    other = make_coordinator(cluster, email="other@example.org")
    email = db.session.get_one(Person, cluster.cora.person_id).email
    wanted = RoleOf(RoleKind.COORDINATOR, cluster.id)
    if not is_guarded:
        monkeypatch.setattr(role_service, "claim_rules", lambda: None)
    outcomes = []

    def remove_the_other():
        with app.app_context():
            try:
                operator_service.take_cluster_role(wanted.kind, other.email, "tampere")
            except Conflict as refused:
                outcomes.append(refused.code)

    second = Thread(target=remove_the_other)
    with writing() as now:
        role_service.take_role(operator_service.locked_person(email), wanted, now, actor_id=None)
        db.session.flush()
        second.start()
        while not db.session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert second.is_alive()
    second.join()

    found = sa.select(sa.func.count()).where(Role.cluster_id == cluster.id, IS_COORDINATOR)
    assert db.session.scalar(found) == left
    assert outcomes == ["last_coordinator"] * left
