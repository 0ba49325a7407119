"""What administrators do with accounts, and what becomes of the work of a deactivated one."""

from datetime import UTC, date

import pytest
import sqlalchemy as sa

from booking.accounts import people_service as service
from booking.accounts.account_mail import AccountMailKind
from booking.accounts.factor_models import AuthenticatorApp
from booking.accounts.models import AccountMail, Membership, OneTimeLink, Person, SignIn
from booking.accounts.operator_service import set_active, set_admin
from booking.accounts.queries import account_of
from booking.accounts.sign_in_service import Proof, begin_sign_in
from booking.admin.overview_queries import installation
from booking.admin.people_queries import Show, people_list, person_page
from booking.audit.models import AuditEntry
from booking.bookings.models import BookingRequest
from booking.db.transactions import writing
from booking.errors import Conflict, Forbidden, NotFound
from booking.extensions import db
from booking.notices.queries import updates
from booking.notices.sentences import sentence
from booking.notices.worker import Worker
from booking.privacy.erasure_service import erase_account
from booking.rules.audit_chain import content_of
from booking.rules.lifecycle import State
from booking.rules.sign_ins import SignInWay
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import (
    make_cluster,
    make_facility,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    slot_on,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def admin(app_context):
    return make_person("ada@example.org", is_admin=True)


@pytest.fixture
def anna(app_context):
    return make_person("anna@example.org", organisation=make_organisation("Firm"))


def act(person: Person):
    return account_of(person.id)


def look_afters() -> list[int]:
    db.session.expire_all()
    return [
        one.contact_id
        for one in db.session.scalars(sa.select(BookingRequest).order_by(BookingRequest.id))
    ]


@pytest.mark.parametrize("by_page", [True, False], ids=["page", "command"])
def test_open_requests_of_a_deactivated_account_go_to_a_manager_who_is_told(admin, anna, by_page):
    firm = anna.organisation
    make_membership(make_person("older@example.org"), firm)
    boss = make_person("boss@example.org")
    make_membership(boss, firm, role="manager")
    hall = make_facility(make_cluster("here"), "hall")
    make_request(anna, hall, [slot_on(date(2027, 1, 12))])
    make_request(anna, hall, [slot_on(date(2027, 1, 13))], state=State.DECLINED)
    if by_page:
        service.change_active(act(admin), anna.key, False, "left the firm")
    else:
        set_active(anna.email, False)
    assert look_afters() == [boss.id, None]
    told = [sentence(one, UTC) for one in updates(act(boss).viewer).notices]
    assert told[0].startswith("The account of Anna was deactivated. You look after their open")


def test_activating_again_brings_back_the_memberships_but_not_what_was_handed_over(admin, anna):
    colleague = make_person("colleague@example.org")
    make_membership(colleague, anna.organisation)
    make_request(anna, make_facility(make_cluster("here"), "hall"), [slot_on(date(2027, 1, 12))])
    service.change_active(act(admin), anna.key, False, "on leave")
    service.change_active(act(admin), anna.key, True, "is back")
    assert act(anna).organisation_name == "Firm"
    assert look_afters() == [colleague.id]


def test_nobody_is_told_when_nothing_was_handed_over(admin, anna):
    colleague = make_person("colleague@example.org")
    make_membership(colleague, anna.organisation)
    service.change_active(act(admin), anna.key, False, "left")
    assert not updates(act(colleague).viewer).notices


def test_deactivating_ends_sign_ins_and_links(admin, anna):
    with writing() as now:
        begin_sign_in(
            db.session.get_one(Person, anna.id),
            "Firefox",
            now,
            Proof(SignInWay.PASSWORD, None, now),
        )
        service.make_link(db.session.get_one(Person, anna.id), now)
    service.change_active(act(admin), anna.key, False, "left")
    assert db.session.scalars(sa.select(SignIn)).all() == []
    assert db.session.scalars(sa.select(OneTimeLink)).all() == []


def test_nobody_deactivates_their_own_account(admin):
    make_person(is_admin=True)
    with pytest.raises(Conflict, match="yourself"):
        service.change_active(act(admin), admin.key, False, "tired")


def test_the_last_administrator_stays(admin):
    make_person("former@example.org", is_admin=True, is_active=False)
    with pytest.raises(Conflict, match="last_admin"):
        service.change_admin(act(admin), admin.key, False, "tired")
    with pytest.raises(Conflict, match="last_admin"):
        set_admin(admin.email, False)
    with pytest.raises(Conflict, match="last_admin"):
        set_active(admin.email, False)
    assert act(admin).viewer.is_admin


def test_the_second_of_two_administrators_who_remove_each_other_is_refused(admin):
    other = make_person("eve@example.org", is_admin=True)
    first, second = act(admin), act(other)
    service.change_admin(first, other.key, False, "changes")
    with pytest.raises(Forbidden):
        service.change_admin(second, admin.key, False, "changes")
    assert act(admin).viewer.is_admin


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda me, key: service.change_active(me, key, True, "x"), "already"),
        (lambda me, key: service.change_admin(me, key, False, "x"), "already"),
        (lambda me, key: service.sign_out_everywhere(me, key, "x"), "already"),
        (lambda me, key: service.remove_second_factors(me, key, "x"), "already"),
        (lambda me, key: service.renew_link(me, key, "x", by_mail=False), "no_mail"),
    ],
)
def test_who_comes_second_is_told(admin, anna, step, code):
    with pytest.raises(Conflict, match=code):
        step(act(admin), anna.key)


def test_only_administrators_act_and_only_on_people_who_exist(admin, anna):
    with pytest.raises(Forbidden):
        service.change_active(act(anna), admin.key, False, "revenge")
    for key in ("", "none"):
        with pytest.raises(NotFound):
            service.change_active(act(admin), key, False, "who?")


def test_an_erased_account_is_nobody_any_more(admin, anna, tmp_path):
    erase_account(admin.id, anna.email, tmp_path / "erased")
    db.session.expire_all()
    with pytest.raises(NotFound):
        service.change_active(act(admin), anna.key, True, "who?")
    assert [one.name for one in people_list("", Show.ALL, 1).lines] == ["Ada"]


def test_a_link_for_the_first_password_replaces_the_earlier_one(admin):
    newcomer = make_person("new@example.org", with_password=False)
    _, first = service.renew_link(act(admin), newcomer.key, "lost it", by_mail=False)
    assert first is not None
    assert service.renew_link(act(admin), newcomer.key, "lost it", by_mail=True)[1] is None
    assert db.session.scalars(sa.select(OneTimeLink)).all() == []
    assert db.session.scalars(sa.select(AccountMail.kind)).all() == [AccountMailKind.WELCOME]


def test_who_has_a_password_gets_the_link_by_mail_as_if_they_had_asked(admin, anna):
    assert service.renew_link(act(admin), anna.key, "asked by phone", by_mail=True)[1] is None
    mail = db.session.scalars(sa.select(AccountMail)).one()
    assert (mail.kind, mail.address) == (AccountMailKind.RESET, "anna@example.org")


def test_a_lost_second_step_is_removed_by_another_administrator_and_told_by_mail(admin, anna):
    for person in (admin, anna):
        db.session.add(
            AuthenticatorApp(
                person_id=person.id, secret="sealed", last_step=0, added_at=NOW, used_at=NOW
            )
        )
    db.session.commit()
    with pytest.raises(Conflict, match="yourself"):
        service.remove_second_factors(act(admin), admin.key, "lost my telephone")
    assert service.remove_second_factors(act(admin), anna.key, "lost her telephone") == "Anna"
    assert not person_page(anna.key, NOW).has_second_factor
    assert person_page(admin.key, NOW).has_second_factor
    mail = db.session.scalars(sa.select(AccountMail)).one()
    assert (mail.kind, mail.address) == (AccountMailKind.FACTOR_REMOVED, "anna@example.org")


def test_an_administrator_makes_the_first_manager(admin, anna):
    key = db.session.scalar(sa.select(Membership.key))
    assert service.make_manager(act(admin), key, "asked by letter") == ("Anna", "Firm")
    assert act(anna).active.is_manager
    with pytest.raises(Conflict, match="already"):
        service.make_manager(act(admin), key, "again")


def test_each_step_is_in_the_log_with_its_reason(admin, anna):
    key = db.session.scalar(sa.select(Membership.key))
    with writing() as now:
        begin_sign_in(
            db.session.get_one(Person, anna.id),
            "Firefox",
            now,
            Proof(SignInWay.PASSWORD, None, now),
        )
    service.make_manager(act(admin), key, "first")
    service.renew_link(act(admin), anna.key, "second", by_mail=True)
    service.sign_out_everywhere(act(admin), anna.key, "third")
    service.change_admin(act(admin), anna.key, True, "fourth")
    service.change_active(act(admin), anna.key, False, "fifth")
    service.change_active(act(admin), anna.key, True, "sixth")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.position)).all()
    assert [(one.event, content_of(one.content).why) for one in entries] == [
        ("manager_named", "first"),
        ("password_link_made", "second"),
        ("sign_ins_ended", "third"),
        ("admin_named", "fourth"),
        ("account_deactivated", "fifth"),
        ("account_activated", "sixth"),
    ]
    assert {(one.actor_id, one.person_id) for one in entries} == {(admin.id, anna.id)}


def test_the_facts_of_an_installation_are_read(app, admin, anna, at):
    make_facility(make_cluster("here", short_name="Here"), "hall")
    before = installation(settings_for("sqlite://"), None)
    assert (before.worker_seen_at, before.facilities, before.admins) == (None, 1, 1)
    assert (before.without_coordinator, before.without_manager) == (["Here"], 1)
    service.renew_link(act(admin), anna.key, "asked", by_mail=True)
    Worker(app).round()
    after = installation(settings_for("sqlite://"), None)
    assert after.worker_seen_at == after.now == after.mail_waiting_since
    assert after.mail_waiting == 1
