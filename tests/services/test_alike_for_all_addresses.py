"""Who has an account is told by no answer: for every address the same work is done.

The same statements in the same order, and where a password is checked, one verification. What is
looked up for a mail is looked up by the worker (`notices.account_outbox`).
"""

import pytest
import sqlalchemy as sa

from booking.accounts import invitation_service, passwords, service
from booking.accounts.account_request_service import (
    NewAccountRequest,
    let_in,
    request_account,
)
from booking.accounts.known_browsers import marked_browser, new_mark
from booking.accounts.models import AccountLogEntry, AccountMail
from booking.accounts.queries import account_of
from booking.accounts.reset_service import request_reset
from booking.accounts.throttle import ClientSource
from booking.errors import NotFound
from booking.extensions import db
from tests.factories import (
    make_account_request,
    make_cluster,
    make_coordinator,
    make_membership,
    make_organisation,
    make_person,
    make_second_factor,
)
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("app_context")
KINDS = ("unknown", "known", "deactivated", "without a password", "with a second step")


@pytest.fixture
def addresses():
    """An address of each kind, and nothing kept from before that would save a statement."""
    found = {kind: f"{kind.replace(' ', '-')}@example.org" for kind in KINDS}
    for kind, email in found.items():
        if kind != "unknown":
            person = make_person(
                email,
                is_active=kind != "deactivated",
                with_password=kind != "without a password",
            )
            if kind == "with a second step":
                make_second_factor(person.id)
    return found


def work_for(addresses, do):
    """What the database is asked, by kind of address."""
    found = {}
    for kind, email in addresses.items():
        source = ClientSource(email, f"192.0.{len(found)}.1", "secret")
        db.session.rollback()
        with statements() as seen:
            do(email, source)
        db.session.rollback()
        found[kind] = seen
    return found


def assert_alike(found):
    assert found["unknown"], "nothing was asked"
    for kind, seen in found.items():
        assert seen == found["unknown"], kind


def test_a_wrong_password_costs_the_same_for_every_address(addresses, monkeypatch):
    verified = []
    verify = passwords.matches

    def count(password_hash, password):
        verified.append(password)
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "matches", count)

    def sign_in(email, source):
        assert service.sign_in(email, "not the password", source, "Firefox") is None

    assert_alike(work_for(addresses, sign_in))
    assert len(verified) == len(KINDS)


def test_a_forgotten_password_costs_the_same_for_every_address(addresses):
    assert_alike(work_for(addresses, request_reset))
    kinds = db.session.scalars(sa.select(AccountMail.kind)).all()
    assert kinds == ["reset"] * len(KINDS)


def test_a_request_for_an_account_costs_the_same_for_every_address(addresses):
    make_cluster("censec")

    def request(email, source):
        request_account(
            NewAccountRequest(email, "Anna", "Berg Drones", "sme", "DK", "censec", "Hello"), source
        )

    assert_alike(work_for(addresses, request))


def test_an_invitation_costs_the_same_for_every_address(addresses):
    manager = make_person("mia@example.org")
    make_membership(manager, make_organisation("Firm"), role="manager")
    account = account_of(manager.id)

    def invite(email, source):
        assert invitation_service.invite(account, email, source, by_mail=True)

    assert_alike(work_for(addresses, invite))


def test_a_coordinator_who_passes_somebody_on_to_managers_learns_nothing_of_the_address(addresses):
    censec = make_cluster("censec")
    carla = make_coordinator(censec)
    firm = make_organisation("Firm", home_cluster=censec)
    make_membership(make_person("mia@example.org"), firm, role="manager")
    keys = {email: make_account_request(censec, email=email).key for email in addresses.values()}
    carla_id, firm_id = carla.id, firm.id

    def accept(email, _source):
        assert let_in(keys[email], carla_id, firm_id, by_mail=True) is None

    assert_alike(work_for(addresses, accept))
    events = db.session.scalars(sa.select(AccountLogEntry.event)).all()
    assert events == ["join_request_passed_on"] * len(KINDS)


def test_an_invitation_of_somebody_who_is_just_deactivated_is_not_sent(monkeypatch):
    """The manager is locked before anything is read, so the one of the two waits for the other."""
    manager = make_person("mia@example.org")
    make_membership(manager, make_organisation("Firm"), role="manager")
    account = account_of(manager.id)
    source = ClientSource("nora@example.org", "192.0.2.1", "secret")
    with statements() as seen:
        invitation_service.invite(account, "nora@example.org", source, by_mail=True)
    if db.engine.dialect.name == "postgresql":
        locks = [one for one in seen if "FOR NO KEY UPDATE" in one]
        assert "FROM person" in locks[0]
        assert "FROM organisation" in locks[1]
    manager.is_active = False
    db.session.merge(manager)
    db.session.commit()

    with pytest.raises(NotFound):
        invitation_service.invite(account, "other@example.org", source, by_mail=True)


def test_a_mark_from_before_the_first_second_step_ends_with_it_and_a_new_one_counts():
    before = new_mark("secret", "anna@example.org", "hash")
    after = new_mark("secret", "anna@example.org", "hash", with_second_factor=True)

    def known(mark, *, with_second_factor):
        return marked_browser(
            mark, ("secret",), "anna@example.org", "hash", with_second_factor=with_second_factor
        )

    assert known(before, with_second_factor=False)
    assert known(before, with_second_factor=True) is None
    assert known(after, with_second_factor=True)
    assert known(after, with_second_factor=False) is None
