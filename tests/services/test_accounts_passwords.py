"""Setting a password: with the old one, or with a one-time link."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service, passwords, service
from booking.accounts.models import OneTimeLink
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.cheap_passwords import PRODUCTION
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_person,
)

ACCOUNT_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_ACCOUNT]

pytestmark = pytest.mark.usefixtures("app_context")

NEW_PASSWORD = "four words in a row"


def source(email="anna@example.org", address="192.0.2.1"):
    return ClientSource(email, address, "secret")


def sign_in(email="anna@example.org", password=PASSWORD, address="192.0.2.1"):
    done = service.sign_in(email, password, source(email, address), "Firefox")
    return done and done.token


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_production_hashes_as_rfc_9106_recommends(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", PRODUCTION)

    hashed = passwords.hash_password(NEW_PASSWORD)

    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(hashed, NEW_PASSWORD)


def test_changing_the_password_ends_all_sign_ins_and_starts_a_new_one():
    anna = make_person("anna@example.org")
    here, there = sign_in(), sign_in()

    token = service.change_password(anna.id, PASSWORD, NEW_PASSWORD, source(), "Firefox")

    assert person_of(here) is person_of(there) is None
    assert person_of(token).id == anna.id
    assert sign_in() is None
    assert sign_in(password=NEW_PASSWORD)


def test_changing_the_password_needs_the_old_one_and_failures_are_counted():
    anna = make_person("anna@example.org")
    token = sign_in()
    for _ in range(ACCOUNT_LIMIT.tries):
        with pytest.raises(Invalid, match="old: wrong"):
            service.change_password(anna.id, "wrong", NEW_PASSWORD, source(), "")

    with pytest.raises(Invalid, match="old: wrong"):
        service.change_password(anna.id, PASSWORD, NEW_PASSWORD, source(), "")
    assert person_of(token), "the sign-in holds"


def test_a_weak_new_password_changes_nothing():
    anna = make_person("anna@example.org")
    token = sign_in()

    with pytest.raises(Invalid, match="password: too_short"):
        service.change_password(anna.id, PASSWORD, "short", source(), "")

    assert person_of(token)
    assert sign_in()


def _link(email="anna@example.org"):
    return operator_service.new_link(email)


def test_a_link_sets_a_password_once_and_signs_in():
    anna = make_person("anna@example.org", with_password=False)
    link = _link()

    token = service.use_link(link, NEW_PASSWORD, "Firefox").token

    assert person_of(token).id == anna.id
    assert sign_in(password=NEW_PASSWORD)
    with pytest.raises(NotFound):
        service.use_link(link, "another four words", "")
    assert link not in db.session.scalars(sa.select(OneTimeLink.token_hash)).all()


def test_a_link_ends_after_seven_days(at):
    make_person("anna@example.org", with_password=False)
    link = _link()

    at(NOW + timedelta(days=7))
    with pytest.raises(NotFound):
        service.use_link(link, NEW_PASSWORD, "")
    at(NOW + timedelta(days=6, hours=23))
    assert service.use_link(link, NEW_PASSWORD, "")


def test_only_the_newest_link_works():
    make_person("anna@example.org", with_password=False)
    first, second = _link(), _link()

    with pytest.raises(NotFound):
        service.use_link(first, NEW_PASSWORD, "")
    assert service.use_link(second, NEW_PASSWORD, "")


def test_a_link_can_be_used_again_after_a_weak_password():
    make_person("anna@example.org", with_password=False)
    link = _link()

    with pytest.raises(Invalid, match="password: well_known"):
        service.use_link(link, "password1234", "")

    assert service.use_link(link, NEW_PASSWORD, "")


def test_a_link_used_by_somebody_with_a_password_ends_their_sign_ins():
    make_person("anna@example.org")
    old = sign_in()

    service.use_link(_link(), NEW_PASSWORD, "")

    assert person_of(old) is None
