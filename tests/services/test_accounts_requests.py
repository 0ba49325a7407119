"""Requests for accounts, and the coordinators' answers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from booking.accounts import (
    account_request_queries,
    account_request_service,
    operator_service,
    service,
)
from booking.accounts.account_request_service import (
    NewAccountRequest,
    NewOrganisation,
    TooManyTries,
)
from booking.accounts.joining_service import admit_announced
from booking.accounts.models import AccountLogEntry, AccountRequest, Organisation, Person
from booking.accounts.queries import account_of
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.notices.mail import letter
from booking.notices.outbox import OutgoingMail
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_organisation,
    make_person,
    move_to,
    organisations_of,
)
from tests.postbox import text_of

#: When the time for objections is over.
LATER = NOW + timedelta(days=9)

ACCOUNT_REQUEST_EMAIL_LIMIT = DEFAULT_LIMITS[LimitName.ACCOUNT_REQUEST_EMAIL]
ACCOUNT_REQUEST_NETWORK_LIMIT = DEFAULT_LIMITS[LimitName.ACCOUNT_REQUEST_NETWORK]

pytestmark = pytest.mark.usefixtures("app_context")

NEW_PASSWORD = "four words in a row"


@pytest.fixture
def censec():
    return make_cluster("censec")


@pytest.fixture
def hsd():
    return make_cluster("hsd")


@pytest.fixture
def carla(censec):
    """Coordinates CenSec."""
    return make_coordinator(censec, email="carla@example.org")


def send_request(email="anna@example.org", cluster="censec", address="192.0.2.1"):
    asking = NewAccountRequest(
        email=email,
        name="Anna Berg",
        organisation_name="Berg Drones",
        organisation_kind="sme",
        country="DK",
        home_cluster_slug=cluster,
        message="",
    )
    account_request_service.request_account(asking, ClientSource(email, address, "secret"))


def new(name="Berg Drones", cluster="censec"):
    return NewOrganisation(name=name, kind="sme", country="DK", home_cluster_slug=cluster)


def keys_before(*clusters):
    return [
        line.key
        for line in account_request_queries.waiting_account_requests(
            {cluster.id for cluster in clusters}
        )
    ]


def people():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person))


def test_only_coordinators_of_its_cluster_see_an_account_request(censec, hsd):
    send_request()

    assert len(keys_before(censec)) == 1
    assert keys_before(hsd) == []


def test_a_request_without_a_cluster_goes_to_all_coordinators(censec, hsd):
    send_request(cluster=None)

    assert keys_before(censec) == keys_before(hsd) != []
    assert keys_before() == []


def test_a_cluster_that_does_not_exist_is_refused(censec):
    with pytest.raises(Invalid, match="home_cluster"):
        send_request(cluster="nowhere")


def test_one_address_can_send_ten_requests_an_hour(censec, at):
    for number in range(ACCOUNT_REQUEST_NETWORK_LIMIT.tries):
        send_request(email=f"person{number}@example.org")

    with pytest.raises(TooManyTries):
        send_request(email="another@example.org")
    send_request(email="another@example.org", address="198.51.100.7")
    at(NOW + timedelta(hours=1))
    send_request(email="another@example.org")


def test_more_than_three_requests_a_day_with_one_e_mail_are_dropped_silently(censec):
    for number in range(ACCOUNT_REQUEST_EMAIL_LIMIT.tries + 2):
        send_request(address=f"192.0.2.{number}")

    assert len(keys_before(censec)) == ACCOUNT_REQUEST_EMAIL_LIMIT.tries


def test_a_known_e_mail_is_accepted_like_an_unknown_one(censec):
    make_person("anna@example.org")

    send_request()

    assert len(keys_before(censec)) == 1


def test_waiting_requests_come_first_and_answered_ones_stay_for_a_month(censec, carla, at):
    old = make_account_request(censec)
    account_request_service.decline_account(old.key, carla.id)
    at(NOW + timedelta(days=1))
    first, second = make_account_request(censec), make_account_request(censec)
    at(NOW + timedelta(days=2))

    assert keys_before(censec) == [first.key, second.key, old.key]
    at(NOW + timedelta(days=31))
    assert keys_before(censec) == [first.key, second.key]


def test_accepting_a_request_creates_organisation_account_and_link(censec, carla):
    request = make_account_request(censec, email="anna@example.org", name="Anna Berg")

    link = account_request_service.let_in(request.key, carla.id, new()).token

    anna = db.session.scalars(sa.select(Person).where(Person.email == "anna@example.org")).one()
    (organisation,) = organisations_of(anna.id)
    assert (anna.name, organisation.name) == ("Anna Berg", "Berg Drones")
    assert organisation.home_cluster_id == censec.id
    assert anna.password_hash is None
    assert not anna.is_admin
    line = account_request_queries.find_account_request(request.key, {censec.id})
    assert (line.answer, line.answered_by, line.answered_at) == ("let_in", carla.name, NOW)
    assert person_of(service.use_link(link, NEW_PASSWORD, "").token).id == anna.id


def test_a_coordinator_can_add_a_person_to_an_organisation_of_their_cluster(censec, carla):
    firm = make_organisation(home_cluster=censec)
    request = make_account_request(censec)

    account_request_service.let_in(request.key, carla.id, firm.id)

    person = db.session.scalars(sa.select(Person).where(Person.email == request.email)).one()
    assert organisations_of(person.id) == [firm]


def test_all_members_are_told_at_once_of_a_new_member_and_both_is_logged(censec, carla):
    firm = make_organisation("Berg Drones", home_cluster=censec)
    members = [make_person(organisation=firm) for _ in range(2)]
    make_person(organisation=firm, is_active=False)
    make_person(organisation=make_organisation(home_cluster=censec))
    request = make_account_request(censec, name="Nora New")

    account_request_service.let_in(request.key, carla.id, firm.id)
    with clock.fixed(LATER):
        admit_announced(by_mail=False)

    newcomer = db.session.scalars(sa.select(Person).where(Person.email == request.email)).one()
    announced, entry = db.session.scalars(
        sa.select(AccountLogEntry).order_by(AccountLogEntry.id)
    ).all()
    assert (announced.event, announced.told_ids) == ("join_announced", entry.told_ids)
    assert (entry.event, entry.actor_id, entry.at) == ("joined", carla.id, LATER)
    assert (entry.person_id, entry.organisation_id) == (newcomer.id, firm.id)
    assert entry.told_ids == [member.id for member in members]
    for member in members:
        notice = updates(account_of(member.id).viewer).notices[0]
        text = sentence(notice, ZoneInfo("UTC"))
        assert text.startswith("Nora New joined Berg Drones and can now see all of its requests.")
        assert f"{carla.name}, coordinator of Censec" in text
        account = account_of(member.id)
        mail = letter(OutgoingMail((notice.id,), account, NOW, (notice,)), settings_for(""))
        for kind in ("plain", "html"):
            assert "Nora" not in text_of(mail, kind)
            assert "http://localhost/account/updates" in text_of(mail, kind)
    assert not updates(account_of(newcomer.id).viewer).notices


def test_who_has_left_the_organisation_reads_nothing_of_its_new_members(censec, carla):
    firm = make_organisation(home_cluster=censec)
    member = make_person(organisation=firm)
    account_request_service.let_in(make_account_request(censec).key, carla.id, firm.id)
    move_to(member, None)

    (notice,) = updates(account_of(member.id).viewer).notices

    assert notice.content is None
    assert "no longer belong to" in sentence(notice, ZoneInfo("UTC"))


@pytest.mark.parametrize("whose", ["of another cluster", "of no cluster", "of nobody"])
def test_a_coordinator_cannot_add_a_person_to_other_organisations(whose, censec, hsd, carla):
    home = hsd if whose == "of another cluster" else None
    firm_id = 2**31 - 1 if whose == "of nobody" else make_organisation(home_cluster=home).id
    request = make_account_request(censec)
    before = people()

    with pytest.raises(Invalid, match="organisation"):
        account_request_service.let_in(request.key, carla.id, firm_id)

    assert people() == before
    assert db.session.get(AccountRequest, request.id).answer is None


def test_a_new_organisation_has_a_home_cluster_of_the_coordinator(censec, hsd, carla):
    request = make_account_request(censec)

    with pytest.raises(Invalid, match="new_home_cluster"):
        account_request_service.let_in(request.key, carla.id, new(cluster="hsd"))

    assert db.session.scalars(sa.select(Organisation)).all() == []


def test_the_name_of_an_organisation_is_unique_whatever_its_case(censec, hsd, carla):
    make_organisation("Berg Drones", home_cluster=hsd)
    request = make_account_request(censec)

    with pytest.raises(Invalid, match="new_name: taken"):
        account_request_service.let_in(request.key, carla.id, new("BERG drones"))


@pytest.mark.parametrize(
    ("home", "code"), [("censec", "member"), ("hsd", "elsewhere"), (None, "elsewhere")]
)
def test_an_account_that_exists_is_never_changed(home, code, censec, hsd, carla):
    homes = {"censec": censec, "hsd": hsd, None: None}
    firm = make_organisation(home_cluster=homes[home])
    anna = make_person("anna@example.org", organisation=firm, is_active=home != "hsd")
    before = (anna.name, organisations_of(anna.id), anna.password_hash, anna.is_active)
    request = make_account_request(censec, email="anna@example.org", name="Somebody Else")

    with pytest.raises(Invalid, match=f"email: {code}"):
        account_request_service.let_in(request.key, carla.id, new())

    anna = db.session.get(Person, anna.id)
    assert (anna.name, organisations_of(anna.id), anna.password_hash, anna.is_active) == before
    assert db.session.get(AccountRequest, request.id).answer is None
    assert db.session.scalars(sa.select(Organisation.name)).all() == [firm.name]


ANSWERS = {
    "approve": lambda key, person_id: account_request_service.let_in(key, person_id, new()),
    "decline": account_request_service.decline_account,
    "renew": account_request_service.renew_link,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_coordinator_finds_only_requests_that_they_may_answer(answer, censec, hsd, carla):
    theirs = make_account_request(hsd)
    of_all = make_account_request()
    partner, gone = make_person(), make_coordinator(censec, is_active=False)

    for key, person_id in [
        (theirs.key, carla.id),
        ("guessed", carla.id),
        (of_all.key, partner.id),
        (of_all.key, gone.id),
    ]:
        with pytest.raises(NotFound):
            answer(key, person_id)


@pytest.mark.parametrize("first", ["approve", "decline"])
@pytest.mark.parametrize("second", ["approve", "decline"])
def test_of_two_coordinators_who_answer_one_wins(first, second, censec, carla):
    other = make_coordinator(censec)
    request = make_account_request(censec)
    ANSWERS[first](request.key, carla.id)
    before = people()

    with pytest.raises(Conflict, match="already_decided"):
        ANSWERS[second](request.key, other.id)

    line = account_request_queries.find_account_request(request.key, {censec.id})
    assert line.answered_by == carla.name
    assert people() == before


def test_a_coordinator_who_lost_the_role_cannot_answer(censec, carla):
    request = make_account_request(censec)
    make_coordinator(censec)
    operator_service.take_cluster_role(RoleKind.COORDINATOR, "carla@example.org", "censec")

    with pytest.raises(NotFound):
        account_request_service.let_in(request.key, carla.id, new())


def test_a_new_link_ends_the_one_before_until_a_password_is_chosen(censec, carla):
    request = make_account_request(censec)
    first = account_request_service.let_in(request.key, carla.id, new()).token

    second = account_request_service.renew_link(request.key, carla.id)

    assert account_request_queries.find_link_holder(first) is None
    assert account_request_queries.find_link_holder(second).email == request.email
    service.use_link(second, NEW_PASSWORD, "")
    with pytest.raises(Conflict):
        account_request_service.renew_link(request.key, carla.id)


def test_only_coordinators_of_the_home_cluster_create_a_new_link(censec, hsd, carla):
    request = make_account_request()
    account_request_service.let_in(request.key, carla.id, new())
    other = make_coordinator(hsd)

    assert account_request_queries.find_account_request(request.key, {hsd.id}).can_renew is False
    assert account_request_queries.find_account_request(request.key, {censec.id}).can_renew is True
    with pytest.raises(NotFound):
        account_request_service.renew_link(request.key, other.id)


def test_a_declined_person_gets_no_link(censec, carla):
    request = make_account_request(censec)
    account_request_service.decline_account(request.key, carla.id)

    with pytest.raises(NotFound):
        account_request_service.renew_link(request.key, carla.id)


def test_opening_a_link_does_not_use_it_up(censec, carla, at):
    request = make_account_request(censec)
    link = account_request_service.let_in(request.key, carla.id, new()).token

    for _ in range(3):
        assert account_request_queries.find_link_holder(link).name == request.name
    at(NOW + timedelta(days=7))
    assert account_request_queries.find_link_holder(link) is None
    at(NOW)
    operator_service.set_active(request.email, False)
    assert account_request_queries.find_link_holder(link) is None


def test_choices_are_limited_to_the_coordinators_clusters(censec, hsd):
    ours, theirs = make_organisation("A", home_cluster=censec), make_organisation(home_cluster=hsd)
    make_organisation("without a home")

    values = [one.value for one in account_request_queries.organisation_choices({censec.id})]

    assert values == [str(ours.id)]
    assert str(theirs.id) not in values
    assert [one.value for one in account_request_queries.cluster_choices({censec.id})] == ["censec"]
    assert len(account_request_queries.cluster_choices()) == 2
