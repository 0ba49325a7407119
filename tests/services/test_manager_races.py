"""Two managers who go at the same moment: one of them stays while others work there."""

from functools import partial

import pytest
import sqlalchemy as sa

from booking.accounts import invitation_service, membership_service
from booking.accounts import membership_service as service
from booking.accounts.memberships import managers_of
from booking.accounts.models import Membership
from booking.accounts.queries import account_of
from booking.extensions import db
from booking.rules.visibility import MembershipRole
from tests.factories import make_membership, make_organisation, make_person
from tests.two_at_once import at_once

pytestmark = pytest.mark.usefixtures("app_context")

MEMBER = MembershipRole.MEMBER


def key_of(person_id: int) -> str:
    return db.session.scalars(
        sa.select(Membership.key).where(Membership.person_id == person_id)
    ).one()


@pytest.fixture
def managers(app_context):
    """Two people who manage a firm in which somebody else works: (id, key) of both."""
    firm = make_organisation("Firm")
    make_person(organisation=firm)
    found = []
    for _ in range(2):
        person = make_person()
        make_membership(person, firm, role="manager")
        found.append((person.id, key_of(person.id)))
    return found


#: What one of them does, whose id and key come first, while the other does the same.
ACTS = {
    "leave": lambda one, _: service.leave(*one, ""),
    "step down": lambda one, _: service.change_role(account_of(one[0]), one[1], MEMBER),
    "remove each other": lambda one, other: service.remove_member(account_of(one[0]), other[1]),
    "demote each other": lambda one, other: service.change_role(
        account_of(one[0]), other[1], MEMBER
    ),
}


def managers_left() -> int:
    return len(managers_of(db.session.scalars(sa.select(Membership.organisation_id)).first()))


@pytest.mark.parametrize("act", ACTS)
def test_of_two_managers_who_go_at_once_one_stays(app, monkeypatch, managers, act):
    one, other = managers

    met = at_once(app, monkeypatch, partial(ACTS[act], one, other), partial(ACTS[act], other, one))

    assert met != "done"
    assert managers_left() == 1


@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("act", ACTS)
def test_without_the_lock_of_the_organisation_both_would_go(app, monkeypatch, managers, act):
    one, other = managers
    monkeypatch.setattr(membership_service, "lock_organisations", lambda ids: None)

    met = at_once(app, monkeypatch, partial(ACTS[act], one, other), partial(ACTS[act], other, one))

    assert met == "done"
    assert managers_left() == 0


def test_who_accepts_while_the_only_manager_leaves_joins_nothing(app, monkeypatch):
    """Their invitation ends with the manager who sent it."""
    firm = make_organisation("Firm")
    manager = make_person()
    make_membership(manager, firm, role="manager")
    source = invitation_service.ClientSource("", "192.0.2.1", "secret")
    invited = make_person("nora@example.org")
    token = invitation_service.invite(account_of(manager.id), invited.email, source, by_mail=False)

    met = at_once(
        app,
        monkeypatch,
        partial(service.leave, manager.id, key_of(manager.id), ""),
        partial(invitation_service.accept_invitation, token, invited.id),
    )

    assert met == "invitation"
    assert (
        db.session.scalars(sa.select(Membership.id).where(Membership.until.is_(None))).all() == []
    )
