"""Throttling failed sign-ins: what is counted, and for how long."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import known_browsers, passwords, service, throttle
from booking.accounts.models import FailedSignIn
from booking.accounts.throttle import ClientSource
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_person,
)

ACCOUNT_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_ACCOUNT]
BROWSER_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_BROWSER]
NETWORK_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_NETWORK]

pytestmark = pytest.mark.usefixtures("app_context")


def source(email="anna@example.org", address="192.0.2.1", mark=""):
    return ClientSource(email, address, "secret", mark)


def sign_in(email="anna@example.org", password=PASSWORD, address="192.0.2.1", mark=""):
    return service.sign_in(email, password, source(email, address, mark), "Firefox")


def fail(times, email="anna@example.org", address="192.0.2.1", mark=""):
    for _ in range(times):
        assert sign_in(email, "wrong", address, mark) is None


def mark_for(person):
    """The mark of a browser in which this person has signed in."""
    return known_browsers.new_mark("secret", person.email, person.password_hash)


def rows(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_the_throttle_refuses_even_the_right_password_until_the_time_is_over(at):
    make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries)

    assert sign_in() is None
    at(NOW + ACCOUNT_LIMIT.within - timedelta(seconds=1))
    assert sign_in() is None
    at(NOW + ACCOUNT_LIMIT.within)
    assert sign_in()


@pytest.mark.parametrize("has_account", [True, False])
def test_a_blocked_try_costs_no_verification(has_account, monkeypatch):
    if has_account:
        make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries)
    verified = []
    monkeypatch.setattr(passwords, "matches", lambda *args: verified.append(args))

    assert sign_in() is None
    assert verified == []


def test_a_try_is_counted_before_its_password_is_verified(monkeypatch):
    make_person("anna@example.org")
    seen = []
    monkeypatch.setattr(passwords, "matches", lambda *_: seen.append(rows(FailedSignIn)))

    sign_in()

    assert seen == [2], "one for the account, one for the network"


def test_failures_elsewhere_do_not_lock_a_browser_that_the_account_knows():
    anna = make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries, address="198.51.100.7")

    assert sign_in() is None
    assert sign_in(mark=mark_for(anna))
    assert sign_in() is None, "signing in there does not free the others"


def test_a_known_browser_has_a_limit_of_its_own():
    anna = make_person("anna@example.org")
    mark, other = mark_for(anna), mark_for(anna)
    fail(BROWSER_LIMIT.tries, mark=mark)

    assert sign_in(mark=mark) is None
    assert sign_in(mark=other)
    assert sign_in()


def test_a_mark_is_good_for_one_account_and_until_its_password_changes():
    anna, bea = make_person("anna@example.org"), make_person("bea@example.org")
    fail(ACCOUNT_LIMIT.tries)
    mark = mark_for(anna)

    for bad in (mark_for(bea), f"{mark}0", mark.partition(".")[0], f".{mark}", "x" * 5000, "ü.ü"):
        assert sign_in(mark=bad) is None
    assert sign_in(mark=mark)
    new_password = "four words in a row"
    service.change_password(anna.id, PASSWORD, new_password, source(), "")
    assert sign_in(password=new_password, mark=mark) is None


def test_a_successful_sign_in_does_not_count_against_its_network():
    make_person("anna@example.org")
    for _ in range(NETWORK_LIMIT.tries + 1):
        assert sign_in()


def test_failed_sign_ins_elsewhere_do_not_keep_somebody_from_changing_the_password():
    anna = make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries)

    assert service.change_password(anna.id, PASSWORD, "four words in a row", source(), "")


def test_one_try_below_the_limit_still_signs_in():
    make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries - 1)

    assert sign_in()


def test_throttling_one_account_does_not_throttle_another():
    make_person("anna@example.org")
    make_person("bea@example.org")
    fail(ACCOUNT_LIMIT.tries)

    assert sign_in("bea@example.org")


def test_an_account_is_throttled_for_all_addresses():
    make_person("anna@example.org")
    for number in range(ACCOUNT_LIMIT.tries):
        fail(1, address=f"192.0.2.{number}")

    assert sign_in(address="198.51.100.7") is None


def test_one_address_cannot_try_many_accounts():
    make_person("anna@example.org")
    for number in range(NETWORK_LIMIT.tries):
        fail(1, email=f"somebody{number}@example.org")

    assert sign_in() is None
    assert sign_in(address="198.51.100.7")


def test_all_addresses_of_one_ipv6_network_are_counted_together():
    inside, outside = source(address="2001:db8::1"), source(address="2001:db8:0:1::1")

    assert (
        inside.sign_in_network
        == source(address="2001:db8::ffff").sign_in_network
        != outside.sign_in_network
    )
    assert (
        source(address="::ffff:192.0.2.1").sign_in_network
        == source(address="192.0.2.1").sign_in_network
    )


def test_an_unknown_e_mail_is_throttled_like_a_known_one():
    fail(ACCOUNT_LIMIT.tries)
    before = rows(FailedSignIn)

    assert sign_in() is None
    assert rows(FailedSignIn) == before, "tries during the lock are not counted"


def test_signing_in_resets_the_count_of_the_account():
    make_person("anna@example.org")
    fail(ACCOUNT_LIMIT.tries - 1)
    assert sign_in()
    fail(ACCOUNT_LIMIT.tries - 1)

    assert sign_in()


def test_old_failures_are_deleted(at):
    fail(3)
    at(NOW + timedelta(days=2))
    fail(1)

    assert rows(FailedSignIn) == 2


def test_the_table_of_failures_identifies_nobody():
    fail(1)

    keys = db.session.scalars(sa.select(FailedSignIn.key)).all()
    assert all(len(key) == 64 and int(key, 16) for key in keys)
    assert (
        source().sign_in_email.key
        != ClientSource("anna@example.org", "192.0.2.1", "other").sign_in_email.key
    )


def test_counters_are_locked_against_other_processes(engine_name):
    with service.writing():
        throttle.lock([source().sign_in_email, source().sign_in_network])
        held = (
            db.session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
            if engine_name == "postgresql"
            else 2
        )
    assert held == 2
