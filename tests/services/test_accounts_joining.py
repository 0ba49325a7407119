"""Joining an organisation that has managers: they decide, and no coordinator does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import account_request_service as service
from booking.accounts import operator_service
from booking.accounts.account_request_queries import (
    counting_waiting_account_requests,
    find_account_request,
    waiting_account_requests,
)
from booking.accounts.invitation_queries import find_invitation
from booking.accounts.invitation_service import accept_invitation, join_with_new_account
from booking.accounts.joining_service import admit_announced
from booking.accounts.models import AccountRequest, Organisation, Person
from booking.accounts.name_check_service import (
    answer_name_check,
    ask_for_name,
    waiting_name_checks,
)
from booking.accounts.objections import announced_to, object_to
from booking.accounts.organisations import LooksAlike
from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.errors import Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.visibility import MembershipRole
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    organisations_of,
)
from tests.request_factories import make_request, slot_on

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


#: Friday, 27 November, 10:00 in Brussels; the third working day after it is a Wednesday.
FRIDAY = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
WEDNESDAY = datetime(2026, 12, 2, 17, 0, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def announced():
    """The firm has no manager who can sign in: its member is asked."""
    with clock.fixed(FRIDAY):
        ground = Ground(is_active=False)
    assert ground.passed_on is None
    return ground


def test_where_nobody_manages_members_are_told_and_have_three_working_days(announced):
    (line,) = announced_to(announced.firm.id)
    assert (line.name, line.approved_by) == ("Nora", "Carla")
    assert line.objections_until == WEDNESDAY
    assert told(announced.member) == [
        (
            "Carla wants to let somebody join Firm, which nobody manages. You have three working "
            "days to object: see Your organisation."
        )
    ]
    with clock.fixed(WEDNESDAY - A_MINUTE):
        assert admit_announced(by_mail=False) == 0
    assert newcomer() is None
    with clock.fixed(WEDNESDAY):
        assert admit_announced(by_mail=True) == 1
        assert admit_announced(by_mail=True) == 0

    assert organisations_of(newcomer().id) == [announced.firm]
    assert not account_of(newcomer().id).organisations[0].is_manager
    assert any(one.startswith("Nora joined Firm") for one in told(announced.member))
    assert announced_to(announced.firm.id) == []


def test_who_is_objected_to_does_not_join_and_the_coordinator_reads_why(announced):
    account = account_of(announced.member.id)
    assert counted_waiting(announced) == 0  # nothing to do for the coordinator

    object_to(account, announced.request.key, "Nobody of us knows her.")

    with clock.fixed(WEDNESDAY + A_MINUTE):
        assert admit_announced(by_mail=False) == 0
    assert newcomer() is None
    line = find_account_request(announced.request.key, {announced.cluster.id})
    assert (line.objection, line.joins) == ("Nobody of us knows her.", "Firm")
    assert line.objected_by == announced.member.name
    assert counted_waiting(announced) == 1
    with pytest.raises(Conflict, match="already_decided"):
        object_to(account, announced.request.key, "Twice.")


def test_who_was_objected_to_can_only_be_announced_again(announced):
    key, coordinator = announced.request.key, announced.coordinator.id
    with pytest.raises(Conflict, match="already_decided"):
        service.let_in(key, coordinator, announced.firm.id)
    object_to(account_of(announced.member.id), key, "Who is she?")
    with clock.fixed(WEDNESDAY):
        assert service.let_in(key, coordinator, announced.firm.id) is None
        (line,) = announced_to(announced.firm.id)
        assert line.objections_until == datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
        assert line.objection == ""
        assert admit_announced(by_mail=False) == 0


def test_only_members_object(announced):
    for person in (announced.coordinator, announced.manager, make_person()):
        account = account_of(person.id)
        if account is not None:
            with pytest.raises(NotFound):
                object_to(account, announced.request.key, "No.")
    elsewhere = make_person(organisation=make_organisation())
    with pytest.raises(NotFound):
        object_to(account_of(elsewhere.id), announced.request.key, "No.")


def test_what_was_declined_or_is_a_managers_by_then_admits_nobody(announced):
    operator_service.add_member(announced.member.email, "Firm", is_manager=True)
    with clock.fixed(WEDNESDAY):
        assert admit_announced(by_mail=False) == 0
    assert [one.name for one in service.join_requests(announced.firm.id)] == ["Nora"]
    assert announced_to(announced.firm.id) == []
    assert newcomer() is None


def test_an_address_that_got_an_account_meanwhile_goes_back_to_the_coordinator(announced):
    make_person("new@example.org")
    with clock.fixed(WEDNESDAY):
        assert admit_announced(by_mail=False) == 0
    assert counted_waiting(announced) == 1
    service.decline_account(announced.request.key, announced.coordinator.id)


def counted_waiting(ground: Ground) -> int:
    db.session.rollback()
    return db.session.scalar(counting_waiting_account_requests({ground.cluster.id}))


def test_the_first_person_of_an_organisation_without_people_manages_it():
    cluster = make_cluster("here")
    firm = make_organisation("Firm", home_cluster=cluster)
    request = make_account_request(cluster, email="new@example.org")

    assert service.let_in(request.key, make_coordinator(cluster).id, firm.id)

    assert account_of(newcomer().id).organisations[0].is_manager


@pytest.mark.parametrize("left", ["somebody who left", "somebody deactivated", "a booking"])
def test_a_coordinator_lets_nobody_into_what_others_left_behind(left):
    cluster = make_cluster("here")
    firm = make_organisation("Firm", home_cluster=cluster)
    if left == "a booking":
        decider = make_person()
        make_request(
            decider, make_facility(cluster), [slot_on(NOW.date())], organisation_id=firm.id
        )
    else:
        past = make_membership(make_person(is_active=left != "somebody deactivated"), firm)
        if left == "somebody who left":
            past.until = clock.now()
            db.session.commit()
    request = make_account_request(cluster, email="new@example.org")

    with pytest.raises(Invalid, match="nobody_left"):
        service.let_in(request.key, make_coordinator(cluster).id, firm.id)

    assert newcomer() is None
    assert db.session.get(AccountRequest, request.id).answer is None


def test_who_is_announced_does_not_join_once_nobody_is_left_to_object(announced):
    operator_service.set_active(announced.member.email, False)

    with clock.fixed(WEDNESDAY):
        assert admit_announced(by_mail=False) == 0

    assert newcomer() is None
    assert counted_waiting(announced) == 1


def test_a_name_that_looks_like_another_needs_an_administrator():
    cluster = make_cluster("here")
    make_organisation("Berg Drones GmbH", home_cluster=cluster)
    coordinator = make_coordinator(cluster)
    request = make_account_request(cluster, email="new@example.org", website="https://b.example")
    new = service.NewOrganisation("Bergdrones Oy", "sme", "FI", "here")
    with pytest.raises(LooksAlike):
        service.let_in(request.key, coordinator.id, new)

    ask_for_name(request.key, coordinator.id, new)
    (check,) = waiting_name_checks()
    assert (check.name, check.looks_like) == ("Bergdrones Oy", ("Berg Drones GmbH",))
    answer_name_check(check.key, allowed=True, actor_id=None)

    with pytest.raises(Conflict, match="already_decided"):
        answer_name_check(check.key, allowed=False, actor_id=None)
    assert waiting_name_checks() == []
    made = db.session.scalars(
        sa.select(Organisation).where(Organisation.name == "Bergdrones Oy")
    ).one()
    assert made.website == "https://b.example"
    service.let_in(request.key, coordinator.id, made.id)
    assert account_of(newcomer().id).organisations[0].is_manager


def test_an_administrator_allows_only_the_name_that_they_have_read():
    cluster = make_cluster("here")
    coordinator, request = make_coordinator(cluster), make_account_request(cluster)
    new = service.NewOrganisation("Bergdrones Oy", "sme", "FI", "here")
    ask_for_name(request.key, coordinator.id, new)
    (read,) = waiting_name_checks()

    ask_for_name(request.key, coordinator.id, replace(new, name="Other Oy"))

    with pytest.raises(NotFound):
        answer_name_check(read.key, allowed=True, actor_id=None)
    (check,) = waiting_name_checks()
    assert answer_name_check(check.key, allowed=True, actor_id=None) == "Other Oy"


def test_a_name_that_is_refused_adds_nothing_and_only_the_coordinator_asks():
    cluster = make_cluster("here")
    coordinator, request = make_coordinator(cluster), make_account_request(cluster)
    new = service.NewOrganisation("Bergdrones Oy", "sme", "FI", "here")
    with pytest.raises(NotFound):
        ask_for_name(request.key, make_coordinator(make_cluster()).id, new)
    ask_for_name(request.key, coordinator.id, new)
    key = waiting_name_checks()[0].key
    with pytest.raises(Forbidden):
        answer_name_check(key, allowed=True, actor_id=coordinator.id)
    answer_name_check(key, allowed=False, actor_id=make_person(is_admin=True).id)

    assert find_account_request(request.key, {cluster.id}).name_check == "refused"
    assert not db.session.scalars(
        sa.select(Organisation).where(Organisation.name == "Bergdrones Oy")
    ).all()


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
    operator_service.end_membership_of(ground.manager.email, "Firm")

    with pytest.raises(NotFound):
        accept(ground, ground.manager)
    with pytest.raises(NotFound):
        service.decline_join_request(account, ground.request.key)
    operator_service.end_membership_of(ground.member.email, "Firm")
