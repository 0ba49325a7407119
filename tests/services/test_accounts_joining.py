"""Joining an organisation that has managers: they decide, and no coordinator does."""

from datetime import UTC

import pytest
import sqlalchemy as sa

from booking.accounts import account_request_service as service
from booking.accounts import operator_service
from booking.accounts.account_request_queries import (
    find_account_request,
    waiting_account_requests,
)
from booking.accounts.invitation_queries import find_invitation
from booking.accounts.invitation_service import accept_invitation, join_with_new_account
from booking.accounts.models import AccountRequest, Person
from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.visibility import MembershipRole
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_membership,
    make_organisation,
    make_person,
    organisations_of,
)

pytestmark = pytest.mark.usefixtures("app_context")


class Ground:
    """A firm with a manager, and a request to join it that a coordinator has passed on."""

    def __init__(self, *, is_active: bool = True) -> None:
        self.cluster = make_cluster("here")
        self.coordinator = make_coordinator(self.cluster, name="Carla")
        self.firm = make_organisation("Firm", home_cluster=self.cluster)
        self.manager = make_person(is_active=is_active)
        make_membership(self.manager, self.firm, role="manager")
        self.member = make_person(organisation=self.firm)
        self.request = make_account_request(self.cluster, email="new@example.org", name="Nora")
        self.passed_on = service.let_in(self.request.key, self.coordinator.id, self.firm.id)


def newcomer() -> Person | None:
    return db.session.scalar(sa.select(Person).where(Person.email == "new@example.org"))


def told(person: Person) -> list[str]:
    return [sentence(one, UTC) for one in updates(account_of(person.id).viewer).notices]


def test_a_coordinator_lets_nobody_into_an_organisation_with_managers():
    ground = Ground()

    assert ground.passed_on is None
    assert newcomer() is None
    assert waiting_account_requests({ground.cluster.id}) == []
    assert find_account_request(ground.request.key, {ground.cluster.id}) is None
    assert told(ground.manager) == [
        (
            "Somebody asks to join Firm, passed on by Carla. Only its managers can accept: see "
            "Your organisation."
        )
    ]
    assert told(ground.member) == []
    with pytest.raises(NotFound):
        service.let_in(ground.request.key, ground.coordinator.id, ground.firm.id)


def test_where_no_manager_can_sign_in_the_coordinator_decides():
    ground = Ground(is_active=False)

    assert ground.passed_on
    assert organisations_of(newcomer().id) == [ground.firm]


def test_the_first_person_of_a_new_organisation_manages_it():
    cluster = make_cluster("here")
    request = make_account_request(cluster, email="new@example.org")
    new = service.NewOrganisation("Berg Drones", "sme", "DK", "here")

    service.let_in(request.key, make_coordinator(cluster).id, new)

    (organisation,) = account_of(newcomer().id).organisations
    assert organisation.role is MembershipRole.MANAGER


def accept(ground: Ground, who: Person) -> str:
    source = ClientSource(who.email, "192.0.2.1", "secret")
    _, token = service.accept_join_request(
        account_of(who.id), ground.request.key, source, by_mail=False
    )
    return token


def test_who_a_manager_accepts_joins_by_the_link_and_everybody_is_told():
    ground = Ground()
    assert [one.name for one in service.join_requests(ground.firm.id)] == ["Nora"]

    token = accept(ground, ground.manager)

    assert service.join_requests(ground.firm.id) == []
    assert newcomer() is None
    assert find_invitation(token).name == "Nora"
    with pytest.raises(Conflict, match="already_decided"):
        service.decline_join_request(account_of(ground.manager.id), ground.request.key)
    join_with_new_account(token, "Nora", "four words in a row", "Firefox")
    (organisation,) = account_of(newcomer().id).organisations
    assert (organisation.name, organisation.role) == ("Firm", MembershipRole.MEMBER)
    (line,) = told(ground.member)
    assert line.startswith("Nora joined Firm and can now see all")
    assert f"{ground.manager.name} invited them." in line


def test_a_manager_declines():
    ground = Ground()

    service.decline_join_request(account_of(ground.manager.id), ground.request.key)

    assert newcomer() is None
    assert db.session.get(AccountRequest, ground.request.id).answer == "declined"
    assert service.join_requests(ground.firm.id) == []


@pytest.mark.parametrize("who", ["member", "coordinator", "manager elsewhere"])
def test_nobody_else_answers(who):
    ground = Ground()
    elsewhere = make_person()
    make_membership(elsewhere, make_organisation(), role="manager")
    people = {
        "member": ground.member,
        "coordinator": ground.coordinator,
        "manager elsewhere": elsewhere,
    }
    account = account_of(people[who].id)
    wrong = Forbidden if who == "member" else NotFound

    with pytest.raises(wrong):
        accept(ground, people[who])
    with pytest.raises(wrong):
        service.decline_join_request(account, ground.request.key)
    assert newcomer() is None


def test_an_account_that_exists_joins_only_by_its_owner_and_the_manager_does_not_learn_of_it():
    """Whoever asked in its name has not shown that the address is theirs."""
    ground = Ground()
    other = make_person("new@example.org", organisation=make_organisation())

    token = accept(ground, ground.manager)

    assert ground.firm not in organisations_of(other.id)
    accept_invitation(token, other.id)
    assert ground.firm in organisations_of(other.id)


def test_a_former_manager_is_not_asked_and_answers_nothing():
    ground = Ground()
    account = account_of(ground.manager.id)
    operator_service.add_member(ground.member.email, "Firm", is_manager=True)
    operator_service.remove_member(ground.manager.email, "Firm")

    with pytest.raises(NotFound):
        accept(ground, ground.manager)
    with pytest.raises(NotFound):
        service.decline_join_request(account, ground.request.key)
    operator_service.remove_member(ground.member.email, "Firm")
    another = make_account_request(ground.cluster, email="b@example.org")
    assert service.let_in(another.key, ground.coordinator.id, ground.firm.id)
