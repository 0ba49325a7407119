"""Passkeys: whose, for which site, how often and for how long an answer counts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service, service
from booking.accounts.factor_models import PasskeyChallenge
from booking.accounts.models import AccountMail, SignIn
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.errors import Busy, Invalid, NotFound
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.sign_ins import CHALLENGE_LASTS
from booking.second_factors import passkey_service
from booking.second_factors.passkey_service import Site
from booking.second_factors.service import factors_of
from tests.authenticator import ORIGIN, PRESENT, Authenticator
from tests.conftest import NOW
from tests.factories import PASSWORD, make_person

pytestmark = pytest.mark.usefixtures("app_context")

SITE = Site("localhost", ORIGIN, "Shared test facilities")
ANNA = "anna@example.org"
SOURCE = ClientSource(ANNA, "192.0.2.1", "secret")


def add(person, device=None, name="Phone", **how):
    device = device or Authenticator()
    asked = passkey_service.ask_to_add(person.id, SITE)
    answer = device.make(asked.options, **how)
    passkey_service.add_passkey(person.id, name, answer, asked.token, SITE, "", "")
    return device


def ask(person_id=None):
    return passkey_service.ask_to_sign_in(SITE, SOURCE, person_id)


def answer(text, asked, step=""):
    return passkey_service.sign_in_with_passkey(text, asked.token, SITE, SOURCE, "", step)


def sign_in(device, person_id=None, step="", **how):
    asked = ask(person_id)
    return answer(device.sign(asked.options, **how), asked, step)


@pytest.fixture
def anna():
    return make_person(ANNA)


@pytest.fixture
def phone(anna):
    return add(anna)


def test_a_passkey_alone_signs_in_with_both_factors(anna, phone):
    token = sign_in(phone)

    assert person_of(token).id == anna.id
    stored = db.session.scalars(sa.select(SignIn).where(SignIn.way == "passkey")).one()
    assert (stored.second_factor, stored.proved_at) == (None, NOW)


def test_a_person_has_several_passkeys_and_removes_one_by_one(anna, phone):
    key = add(anna, name="Security key")
    first = factors_of(anna.id).passkeys[0]
    assert [one.name for one in factors_of(anna.id).passkeys] == ["Phone", "Security key"]
    assert phone.handle == key.handle

    passkey_service.remove_passkey(anna.id, first.key)

    assert sign_in(phone) is None
    assert sign_in(key)
    assert db.session.scalars(sa.select(AccountMail.kind)).all().count("factor_removed") == 1
    with pytest.raises(NotFound):
        passkey_service.remove_passkey(make_person().id, factors_of(anna.id).passkeys[0].key)


def test_removing_a_passkey_ends_the_other_sign_ins(anna, phone):
    this, other = sign_in(phone), sign_in(phone)

    passkey_service.remove_passkey(anna.id, factors_of(anna.id).passkeys[0].key, this)

    assert person_of(this).id == anna.id
    assert person_of(other) is None


def test_with_a_passkey_the_password_alone_does_not_sign_in(anna, phone):
    step = service.sign_in(ANNA, PASSWORD, SOURCE, "")

    assert step.needs_second_step
    token = sign_in(phone, anna.id, step.token)
    assert person_of(token).id == anna.id
    assert sign_in(phone, anna.id, step.token) is None, "the second step is over"


def test_a_second_step_takes_no_passkey_of_somebody_else(anna, phone):
    others = add(make_person("bea@example.org"))
    step = service.sign_in(ANNA, PASSWORD, SOURCE, "")

    assert sign_in(others, anna.id) is None
    assert sign_in(others, anna.id, step.token) is None
    assert sign_in(others, None, step.token) is None
    assert sign_in(phone, anna.id, step.token)


def test_a_question_is_answered_once(phone):
    asked = ask()
    text = phone.sign(asked.options)

    assert answer(text, asked)
    assert answer(text, asked) is None


def test_a_wrong_answer_uses_the_question_up(phone):
    asked = ask()

    assert answer("{}", asked) is None
    assert answer(phone.sign(asked.options), asked) is None


def test_an_answer_to_another_question_does_not_count(phone):
    assert answer(phone.sign(ask().options), ask()) is None


def test_a_question_waits_five_minutes(phone, at):
    asked, late = ask(), ask()

    at(NOW + CHALLENGE_LASTS - timedelta(seconds=1))
    assert answer(phone.sign(asked.options), asked)
    at(NOW + CHALLENGE_LASTS)
    assert answer(phone.sign(late.options), late) is None


@pytest.mark.parametrize(
    "how",
    [
        {"origin": "https://booking.evil.example"},
        {"origin": "https://localhost"},
        {"origin": "http://localhost:8080"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
    ],
    ids=["origin", "scheme", "port", "site", "not verified", "nobody there"],
)
def test_an_answer_for_another_site_or_without_its_owner_is_refused(phone, how):
    assert sign_in(phone, **how) is None
    assert sign_in(phone)


def test_a_passkey_is_not_added_for_another_site_or_without_its_owner(anna):
    for how in ({"origin": "https://evil.example"}, {"flags": PRESENT}):
        with pytest.raises(Invalid):
            add(anna, **how)
    assert not factors_of(anna.id).any


def test_a_count_that_goes_back_is_refused_as_it_may_be_a_copy(phone):
    assert sign_in(phone)
    phone.count = 0

    assert sign_in(phone) is None


def test_another_key_under_the_same_name_is_refused(phone):
    forger = Authenticator()
    forger.credential_id, forger.handle, forger.count = phone.credential_id, phone.handle, 9

    assert sign_in(forger) is None


def test_a_question_to_add_does_not_sign_in_and_counts_for_its_person_only(anna, phone):
    bea = make_person("bea@example.org")
    asked = passkey_service.ask_to_add(anna.id, SITE)
    device = Authenticator()

    with pytest.raises(Invalid):
        passkey_service.add_passkey(
            bea.id, "x", device.make(asked.options), asked.token, SITE, "", ""
        )
    asked = passkey_service.ask_to_add(anna.id, SITE)
    text = phone.sign(asked.options.replace('"rp":', '"rpId": "localhost", "rp":'))
    assert answer(text, asked) is None


def test_one_device_is_not_added_twice(anna, phone):
    with pytest.raises(Invalid):
        add(anna, phone)


def test_a_deactivated_account_does_not_sign_in(phone):
    operator_service.set_active(ANNA, False)

    assert sign_in(phone) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "[" * 9000, '{"id": 1}', '{"id": "x", "response": 3}', "é", "9" * 9000],
)
def test_what_is_no_answer_is_refused(anna, text):
    asked = passkey_service.ask_to_add(anna.id, SITE)
    with pytest.raises(Invalid):
        passkey_service.add_passkey(anna.id, "x", text, asked.token, SITE, "", "")

    assert answer(text, ask()) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PasskeyChallenge)) == 0


def test_tries_that_do_not_sign_in_are_limited_by_network(anna, phone):
    tries = DEFAULT_LIMITS[LimitName.SECOND_STEP_NETWORK].tries
    assert sign_in(phone)
    for _ in range(tries):
        ask()

    with pytest.raises(Busy):
        ask()


def test_the_operator_removes_passkeys_that_were_lost(anna, phone):
    operator_service.remove_second_factors(ANNA, "Lost")

    assert sign_in(phone) is None
    assert not service.sign_in(ANNA, PASSWORD, SOURCE, "").needs_second_step
