"""Administrators name and remove coordinators of a cluster, which those there are told."""

from datetime import UTC, date

import pytest

from booking.accounts.coordinator_service import (
    NewCoordinator,
    name_coordinator,
    remove_coordinator,
)
from booking.accounts.queries import account_of
from booking.accounts.role_service import WorksForOrganisation
from booking.accounts.roles import own_roles
from booking.db import clock
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.manage.people.service import NewRole, give_for_cluster
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.roles import RoleKind
from tests.factories import (
    make_cluster,
    make_coordinator,
    make_organisation,
    make_person,
    make_role,
)

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.parametrize("engine_name", ["sqlite"]),
]


@pytest.fixture
def cluster():
    """A cluster with its coordinator Cora, the administrator Ada, and Bo, who has no role."""
    cluster = make_cluster("here", short_name="Here")
    cluster.cora = make_coordinator(cluster, name="Cora")
    cluster.ada = make_person(name="Ada", is_admin=True)
    cluster.bo = make_person("bo@example.org", name="Bo")
    return cluster


def name(cluster, slug="here", **typed):
    new = {"email": "bo@example.org", "reason": "Runs it from May", "last_day": None}
    return name_coordinator(account_of(cluster.ada.id), slug, NewCoordinator(**new | typed))


def key_of(person):
    return own_roles(person.id, clock.now())[0].key


def told(person):
    return [sentence(one, UTC) for one in updates(account_of(person.id).viewer).notices]


def test_an_administrator_names_and_removes_a_coordinator_and_those_there_are_told(cluster):
    assert name(cluster) == "Bo"

    role = own_roles(cluster.bo.id, clock.now())[0]
    assert (role.kind, role.given_by, role.reason) == (
        RoleKind.COORDINATOR,
        "Ada",
        "Runs it from May",
    )
    assert told(cluster.bo)[0].startswith("Ada made you a coordinator of Here.")
    assert told(cluster.cora) == ["Ada made Bo a coordinator of Here."]

    ada = account_of(cluster.ada.id)
    assert remove_coordinator(ada, "here", key_of(cluster.bo), "Has moved") == "Bo"
    assert own_roles(cluster.bo.id, clock.now()) == []
    assert "Ada removed Bo as coordinator of Here." in told(cluster.cora)


def test_coordinators_are_told_of_each_other_as_long_as_they_are_one(cluster):
    other = make_coordinator(cluster, name="Olga")
    new = NewRole(RoleKind.COORDINATOR, "bo@example.org", "Helps")
    make_role(cluster.bo, RoleKind.AUDITOR, cluster)
    give_for_cluster(account_of(cluster.cora.id), cluster.id, new)

    assert told(cluster.cora) == []
    assert told(other) == ["Cora made Bo a coordinator of Here."]
    remove_coordinator(account_of(cluster.ada.id), "here", key_of(other), "Has moved")
    assert not any("Bo" in one for one in told(other))


def test_the_last_coordinator_stays(cluster):
    ada = account_of(cluster.ada.id)

    with pytest.raises(Conflict, match="last_coordinator"):
        remove_coordinator(ada, "here", key_of(cluster.cora), "Has moved")
    name(cluster, last_day=date(2026, 12, 24))
    with pytest.raises(Conflict, match="last_coordinator"):
        remove_coordinator(ada, "here", key_of(cluster.cora), "Has moved")


def test_who_is_no_administrator_any_more_names_nobody(cluster):
    account = account_of(cluster.ada.id)
    cluster.ada.is_admin = False
    make_person(is_admin=True)
    db.session.commit()

    with pytest.raises(Forbidden):
        name_coordinator(account, "here", NewCoordinator("bo@example.org", "Runs it"))
    with pytest.raises(Forbidden):
        remove_coordinator(account, "here", key_of(cluster.cora), "Has moved")


def test_only_active_accounts_are_named_and_only_roles_of_this_cluster_removed(cluster):
    there = make_cluster("there")
    elsewhere = make_coordinator(there)
    cluster.bo.is_active = False
    db.session.commit()

    for email in ("bo@example.org", "nobody@example.org"):
        with pytest.raises(Invalid, match="email: unknown"):
            name(cluster, email=email)
    with pytest.raises(NotFound):
        name(cluster, slug="none")
    for key in (key_of(elsewhere), "none"):
        with pytest.raises(NotFound):
            remove_coordinator(account_of(cluster.ada.id), "here", key, "Has moved")


def test_who_works_for_an_organisation_is_named_only_once_that_was_read(cluster):
    make_person("anna@example.org", organisation=make_organisation("Demo Drones"))

    with pytest.raises(WorksForOrganisation):
        name(cluster, email="anna@example.org")
    name(cluster, email="anna@example.org", acknowledged=True)
