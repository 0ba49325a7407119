"""Signing in, and what ends a sign-in."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service, passwords, service
from booking.accounts.known_browsers import new_mark
from booking.accounts.models import AccountMail, Person, SignIn
from booking.accounts.sign_ins import person_of, sign_ins_of
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed
from booking.errors import Invalid, NotFound
from booking.extensions import db
from booking.manage.people.service import NewRole, operator_gives
from booking.rules.roles import RoleKind
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_cluster,
    make_coordinator,
    make_facility,
    make_person,
)

pytestmark = pytest.mark.usefixtures("app_context")

NEW_PASSWORD = "four words in a row"


def source(email="anna@example.org", address="192.0.2.1"):
    return ClientSource(email, address, "secret")


def sign_in(email="anna@example.org", password=PASSWORD, address="192.0.2.1"):
    done = service.sign_in(email, password, source(email, address), "Firefox")
    return done and done.token


def rows(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_the_right_password_signs_in_whatever_the_case_of_the_e_mail():
    anna = make_person("anna@example.org")

    token = sign_in(" Anna@Example.ORG ")

    assert person_of(token).id == anna.id


def test_a_sign_in_in_a_browser_that_the_account_does_not_know_is_told_by_mail():
    anna = make_person("anna@example.org")
    sign_in()
    told = sa.select(sa.func.count()).where(AccountMail.kind == "new_browser")
    assert db.session.scalar(told) == 1

    mark = new_mark("secret", anna.email, anna.password_hash)
    known = ClientSource(anna.email, "192.0.2.1", "secret", mark)
    assert service.sign_in(anna.email, PASSWORD, known, "Firefox")

    assert db.session.scalar(told) == 1


def test_only_the_hash_of_the_token_is_stored():
    make_person("anna@example.org")

    token = sign_in()

    assert db.session.scalars(sa.select(SignIn.token_hash)).all() == [hashed(token)]
    assert person_of(token).get_id() == token
    assert person_of(hashed(token)) is None


@pytest.mark.parametrize("case", ["unknown", "wrong", "deactivated", "no password yet"])
def test_each_refused_sign_in_costs_one_verification(case, monkeypatch):
    make_person(
        "anna@example.org", is_active=case != "deactivated", with_password=case != "no password yet"
    )
    verified = []

    def verify(password_hash, password):
        verified.append(password_hash)
        raise passwords.VerificationError

    monkeypatch.setattr(passwords, "_HASHER", SimpleNamespace(verify=verify))
    monkeypatch.setattr(passwords, "_dummy_hash", lambda: "dummy")

    assert sign_in("bea@example.org" if case == "unknown" else "anna@example.org") is None
    assert len(verified) == 1
    assert (verified == ["dummy"]) == (case != "wrong")


def test_no_password_matches_an_account_without_one():
    assert not passwords.matches(None, "nobody has this password")


def test_a_password_is_the_same_however_its_accents_are_typed():
    typed_as_two = "cafe\u0301 au lait et miel"

    assert passwords.matches(passwords.hash_password("caf\u00e9 au lait et miel"), typed_as_two)


def test_a_sign_in_ends_after_twelve_hours_without_use(at):
    make_person("anna@example.org")
    token = sign_in()

    at(NOW + timedelta(hours=11, minutes=59))
    assert person_of(token)
    at(NOW + timedelta(hours=23, minutes=58))
    assert person_of(token)
    at(NOW + timedelta(hours=36))
    assert person_of(token) is None


def test_a_sign_in_ends_after_thirty_days_of_use(at):
    make_person("anna@example.org")
    token = sign_in()

    for hours in range(11, 30 * 24, 11):
        at(NOW + timedelta(hours=hours))
        assert person_of(token)
    at(NOW + timedelta(days=30))
    assert person_of(token) is None


def test_a_polling_page_does_not_keep_a_sign_in_alive(at):
    make_person("anna@example.org")
    token = sign_in()

    at(NOW + timedelta(hours=11))
    assert person_of(token, active=False)
    at(NOW + timedelta(hours=12))
    assert person_of(token, active=False) is None


def test_an_ended_sign_in_does_not_come_back_when_the_clock_is_set_back(at):
    make_person("anna@example.org")
    token = sign_in()
    at(NOW + timedelta(hours=12))
    assert person_of(token) is None

    at(NOW)
    assert person_of(token) is None


def test_the_last_use_is_written_at_most_every_five_minutes(at):
    make_person("anna@example.org")
    token = sign_in()

    for minutes, written in ((4, 0), (5, 5), (9, 5), (10, 10)):
        at(NOW + timedelta(minutes=minutes))
        person_of(token)
        seen_at = db.session.scalar(sa.select(SignIn.seen_at))
        assert seen_at == NOW + timedelta(minutes=written)


def test_a_page_is_shown_even_if_its_use_cannot_be_recorded(at):
    anna = make_person("anna@example.org")
    token = sign_in()
    at(NOW + timedelta(hours=1))

    anna_id = anna.id
    db.session.rollback()

    with db.engine.connect().execution_options(writes=True) as writer, writer.begin():
        writer.execute(sa.update(SignIn).values(browser="locked"))

        assert person_of(token).id == anna_id


def test_signing_out_ends_this_sign_in_only():
    make_person("anna@example.org")
    here, there = sign_in(), sign_in()

    service.sign_out(here)

    assert person_of(here) is None
    assert person_of(there)


def test_a_person_can_end_one_of_their_own_sign_ins_and_nobody_elses():
    anna = make_person("anna@example.org")
    bea = make_person("bea@example.org")
    token = sign_in()

    with pytest.raises(NotFound):
        service.end_own_sign_in(bea.id, hashed(token))
    assert person_of(token)

    service.end_own_sign_in(anna.id, hashed(token))
    assert person_of(token) is None
    with pytest.raises(NotFound):
        service.end_own_sign_in(anna.id, hashed(token))


def test_a_person_sees_their_valid_sign_ins_this_one_first(at):
    anna = make_person("anna@example.org")
    make_person("bea@example.org")
    sign_in()
    sign_in("bea@example.org")
    at(NOW + timedelta(hours=8))
    this = sign_in()
    at(NOW + timedelta(hours=13))
    second = sign_in()
    at(NOW + timedelta(hours=14))
    third = sign_in()

    lines = sign_ins_of(anna.id, this)

    assert [line.key for line in lines] == [hashed(this), hashed(third), hashed(second)]
    assert [line.is_this for line in lines] == [True, False, False]


def test_deactivation_ends_sign_ins_and_links_at_once():
    make_person("anna@example.org")
    token, link = sign_in(), operator_service.new_link("anna@example.org")

    operator_service.set_active("anna@example.org", False)

    assert person_of(token) is None
    assert sign_in() is None
    with pytest.raises(NotFound):
        service.use_link(link, NEW_PASSWORD, "")
    operator_service.set_active("anna@example.org", True)
    assert person_of(token) is None, "activation brings no sign-in back"
    assert sign_in()


def test_a_deactivated_person_is_signed_out_even_if_a_sign_in_row_is_left():
    make_person("anna@example.org")
    token = sign_in()
    db.session.execute(sa.update(Person).values(is_active=False))
    db.session.commit()

    assert person_of(token) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda: operator_service.set_admin("anna@example.org", True),
        lambda: operator_service.give_cluster_role(
            RoleKind.COORDINATOR, "anna@example.org", "censec"
        ),
        lambda: operator_service.take_cluster_role(RoleKind.COORDINATOR, "anna@example.org", "hsd"),
        lambda: operator_gives("hall", NewRole(RoleKind.APPROVER, "anna@example.org")),
    ],
)
def test_a_change_of_role_ends_the_sign_ins_of_that_person_only(change):
    hsd, censec = make_cluster("hsd"), make_cluster("censec")
    make_facility(censec, "hall")
    make_coordinator(hsd, email="anna@example.org")
    make_coordinator(hsd)
    make_person("bea@example.org")
    annas, beas = sign_in(), sign_in("bea@example.org")

    change()

    assert person_of(annas) is None
    assert person_of(beas)


def test_the_old_password_fails_if_it_is_changed_during_verification(monkeypatch):
    make_person("anna@example.org")

    def changed_meanwhile(password_hash, password):
        db.session.rollback()
        new_hash = db.session.scalar(sa.select(Person.password_hash)) + "x"
        db.session.execute(sa.update(Person).values(password_hash=new_hash))
        db.session.commit()
        return True

    monkeypatch.setattr(passwords, "matches", changed_meanwhile)

    assert sign_in() is None
    assert rows(SignIn) == 0


def test_only_existing_time_zones_are_accepted():
    anna = make_person("anna@example.org")

    service.change_time_zone(anna.id, "Europe/Helsinki")
    with pytest.raises(Invalid, match="time_zone"):
        service.change_time_zone(anna.id, "Europe/Nowhere")

    assert db.session.get(Person, anna.id).time_zone == "Europe/Helsinki"
    service.change_time_zone(anna.id, None)
    assert db.session.get(Person, anna.id).time_zone is None
