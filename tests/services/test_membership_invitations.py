"""Managers invite people by their address; who answers, and what ends an invitation."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import invitation_service as service
from booking.accounts import operator_service
from booking.accounts.invitation_queries import find_invitation, invitations_of
from booking.accounts.models import AccountMail, MembershipInvitation, Person, SignIn
from booking.accounts.queries import account_of
from booking.accounts.throttle import ClientSource
from booking.db import clock
from booking.errors import Busy, Conflict, Forbidden, Invalid, NotFound
from booking.extensions import db
from booking.notices.account_mail import account_letter
from booking.notices.account_outbox import take_account_mail
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.conftest import NOW
from tests.factories import make_membership, make_organisation, make_person, organisations_of
from tests.postbox import text_of

NORA = "nora@example.org"
PASSWORD = "four words in a row"
SOURCE = ClientSource("", "192.0.2.1", "secret")

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def firm(app_context):
    return make_organisation("Firm")


@pytest.fixture
def manager(firm):
    person = make_person("mia@example.org")
    make_membership(person, firm, role="manager")
    return person


def invite(manager, email=NORA, *, by_mail=False):
    return service.invite(account_of(manager.id), email, SOURCE, by_mail=by_mail)


def key_of(email=NORA):
    wanted = sa.select(MembershipInvitation.key).where(MembershipInvitation.email == email)
    return db.session.scalars(wanted.order_by(MembershipInvitation.id.desc())).first()


def names_of(person):
    db.session.rollback()
    return [one.name for one in organisations_of(person.id)]


def test_who_has_no_account_makes_one_and_joins(manager, firm):
    token = invite(manager, " NORA@Example.org ")

    service.join_with_new_account(token, "Nora", PASSWORD, "Firefox")

    nora = db.session.scalar(sa.select(Person).where(Person.email == NORA))
    assert (nora.name, names_of(nora)) == ("Nora", ["Firm"])
    assert db.session.scalar(sa.select(SignIn.organisation_id)) == firm.id
    with pytest.raises(NotFound):
        service.join_with_new_account(token, "Nora", PASSWORD, "Firefox")


def test_who_has_an_account_accepts_with_it_and_keeps_their_other_organisation(manager):
    nora = make_person(NORA, organisation=make_organisation("University"))

    name = service.accept_invitation(invite(manager), nora.id)

    assert name == "Firm"
    assert sorted(names_of(nora)) == ["Firm", "University"]


def test_an_account_that_exists_is_never_overwritten(manager):
    token = invite(manager)
    nora = make_person(NORA)
    before = nora.password_hash

    with pytest.raises(Conflict, match="already_decided"):
        service.join_with_new_account(token, "Somebody else", PASSWORD, "Firefox")

    db.session.refresh(nora)
    assert (nora.name, nora.password_hash, names_of(nora)) == ("Nora", before, [])
    assert find_invitation(token).person_id == nora.id


def test_an_invitation_is_for_its_address_alone(manager):
    other = make_person("other@example.org")
    token = invite(manager)

    for answer in (service.accept_invitation, service.decline_invitation):
        with pytest.raises(Forbidden):
            answer(token, other.id)
    make_person(NORA)
    with pytest.raises(Forbidden):
        service.decline_invitation(token, None)

    assert names_of(other) == []
    assert find_invitation(token) is not None


@pytest.mark.parametrize("over", ["accepted", "declined", "withdrawn", "expired", "sent again"])
def test_a_link_that_is_over_changes_nothing(manager, over):
    nora = make_person(NORA)
    account = account_of(manager.id)
    token = invite(manager)
    later = NOW
    match over:
        case "accepted":
            service.accept_invitation(token, nora.id)
            operator_service.end_membership_of(NORA, "Firm")
        case "declined":
            service.decline_invitation(token, nora.id)
        case "withdrawn":
            service.withdraw_invitation(account, key_of())
        case "expired":
            later = NOW + service.INVITATION_LASTS
        case "sent again":
            service.send_again(account, key_of(), SOURCE, by_mail=False)

    with clock.fixed(later):
        assert find_invitation(token) is None
        for answer in (service.accept_invitation, service.decline_invitation):
            with pytest.raises(NotFound):
                answer(token, nora.id)
        with pytest.raises(NotFound):
            service.join_with_new_account(token, "Nora", PASSWORD, "Firefox")
    assert names_of(nora) == []


def test_it_works_until_it_expires_and_sending_again_begins_anew(manager):
    token = invite(manager)
    last = NOW + service.INVITATION_LASTS - timedelta(seconds=1)
    with clock.fixed(last):
        assert find_invitation(token) is not None
        _, newer = service.send_again(account_of(manager.id), key_of(), SOURCE, by_mail=False)
    with clock.fixed(last + service.INVITATION_LASTS - timedelta(seconds=1)):
        assert find_invitation(newer) is not None


def test_an_old_link_brings_nobody_back_who_was_removed(manager):
    nora = make_person(NORA)
    token = invite(manager)
    operator_service.add_member(NORA, "Firm", is_manager=False)
    assert invitations_of(account_of(manager.id).organisation_id, NOW) == []
    operator_service.end_membership_of(NORA, "Firm")

    with pytest.raises(NotFound):
        service.accept_invitation(token, nora.id)
    assert names_of(nora) == []


@pytest.mark.parametrize("how", ["removed", "made a member", "deactivated"])
def test_who_manages_no_more_leaves_no_invitation_behind(manager, firm, how):
    mia = make_person("second@example.org")
    make_membership(mia, firm, role="manager")
    make_membership(manager, make_organisation("Other"), role="manager")
    account = account_of(manager.id)
    other = next(one for one in account.organisations if one.name == "Other")
    elsewhere = service.invite(replace(account, active=other), NORA, SOURCE, by_mail=False)
    own, kept = invite(manager), invite(mia, "kept@example.org")
    match how:
        case "removed":
            operator_service.end_membership_of(manager.email, "Firm")
        case "made a member":
            operator_service.add_member(manager.email, "Firm", is_manager=False)
        case "deactivated":
            operator_service.set_active(manager.email, False)

    assert find_invitation(own) is None
    assert (find_invitation(elsewhere) is None) == (how == "deactivated")
    assert find_invitation(kept) is not None


@pytest.mark.parametrize("known", [True, False])
def test_the_mail_is_the_same_whether_or_not_the_address_has_an_account(app, manager, known):
    if known:
        make_person(NORA)
    settings = app.extensions["settings"]
    source = ClientSource("", "192.0.2.1", settings.secret_key)
    token = service.invite(account_of(manager.id), NORA, source, by_mail=True)

    text = text_of(account_letter(take_account_mail(settings), settings))

    assert re.search(r"/invitations/(\S+)", text).group(1) == token
    assert "Mia invites you to work for Firm on this site." in text
    assert "whether or not you have an account" in text


def test_the_mail_of_an_invitation_that_was_withdrawn_is_not_sent(app, manager):
    invite(manager, by_mail=True)
    service.withdraw_invitation(account_of(manager.id), key_of())

    assert take_account_mail(app.extensions["settings"]) is None
    assert db.session.scalars(sa.select(AccountMail)).all() == []


def test_too_many_mails_to_an_address_are_dropped_and_the_earlier_link_stays(manager):
    tokens = {invite(manager, by_mail=True)}
    for _ in range(DEFAULT_LIMITS[LimitName.LINK_MAIL].tries):
        tokens.add(service.send_again(account_of(manager.id), key_of(), SOURCE, by_mail=True)[1])

    assert "" in tokens
    assert len([one for one in tokens if find_invitation(one)]) == 1
    sent = DEFAULT_LIMITS[LimitName.LINK_MAIL].tries + 1
    for number in range(sent, DEFAULT_LIMITS[LimitName.LINK_MAIL_NETWORK].tries):
        invite(manager, f"a{number}@example.org", by_mail=True)
    with pytest.raises(Busy):
        invite(manager, "last@example.org", by_mail=True)


@pytest.mark.parametrize("who", ["member", "manager elsewhere", "nobody's"])
def test_only_managers_invite_send_again_and_withdraw(manager, firm, who):
    invite(manager)
    key = key_of()
    person = make_person()
    if who != "nobody's":
        there = firm if who == "member" else make_organisation("Elsewhere")
        make_membership(person, there, role="member" if who == "member" else "manager")
    account = account_of(person.id)
    wrong = Forbidden if who == "member" else NotFound

    if who != "manager elsewhere":
        with pytest.raises(wrong):
            service.invite(account, "x@example.org", SOURCE, by_mail=False)
    with pytest.raises(wrong):
        service.send_again(account, key, SOURCE, by_mail=False)
    with pytest.raises(wrong):
        service.withdraw_invitation(account, key)


def test_who_works_there_is_not_invited_and_who_is_invited_is_sent_a_new_link(manager, firm):
    with pytest.raises(Invalid, match="email"):
        invite(manager, "mia@example.org")
    earlier = invite(manager)
    assert invite(manager) != earlier
    assert len(invitations_of(firm.id, NOW)) == 1
    assert find_invitation(earlier) is None
