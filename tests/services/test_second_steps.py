"""Second factors: what counts as one, once, and what is asked for after the first step."""

from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from booking.accounts import operator_service, service, throttle
from booking.accounts.factor_models import AuthenticatorApp, RecoveryCode, SecondStep
from booking.accounts.known_browsers import new_mark
from booking.accounts.models import AccountMail, Person, SignIn
from booking.accounts.sign_ins import person_of
from booking.accounts.throttle import ClientSource
from booking.db.transactions import writing
from booking.errors import Conflict, Invalid, NotFound
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from booking.rules.sign_ins import SECOND_STEP_LASTS
from booking.second_factors import service as factor_service
from booking.second_factors import totp
from booking.second_factors.second_step_service import finish_with_code, waiting_step
from tests.conftest import NOW
from tests.factories import PASSWORD, make_person

pytestmark = pytest.mark.usefixtures("app_context")

ANNA = "anna@example.org"
STEP = timedelta(seconds=30)
LIMIT = DEFAULT_LIMITS[LimitName.SECOND_STEP_ACCOUNT]
SECRET = pyotp.random_base32()


def source(email=ANNA, address="192.0.2.1", mark="", secret="secret", old=()):  # noqa: S107
    return ClientSource(email, address, secret, mark, old)


def code_at(instant, secret=SECRET):
    return pyotp.TOTP(secret).at(instant)


def first_step(email=ANNA):
    return service.sign_in(email, PASSWORD, source(email), "Firefox")


def finish(code, step=None, **where):
    token = (step or first_step()).token
    return finish_with_code(token, code, source(**where), "Firefox")


def add_app(person, at_instant=NOW, token="", secret=SECRET):
    code = code_at(at_instant, secret)
    return factor_service.add_app(person.id, secret, code, source(person.email), "", token)


def mails():
    return list(db.session.scalars(sa.select(AccountMail.kind).order_by(AccountMail.id)))


def rows(model):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


@pytest.fixture
def anna(at):
    """Has an app, whose first code was used at NOW; the clock stands at the next one."""
    anna = make_person(ANNA)
    anna.codes = add_app(anna).recovery_codes
    at(NOW + STEP)
    return anna


def test_an_app_counts_only_once_one_of_its_codes_was_right():
    anna = make_person(ANNA)

    with pytest.raises(Invalid):
        factor_service.add_app(anna.id, SECRET, "000000", source(), "", "")
    assert not first_step().needs_second_step

    add_app(anna)
    assert first_step().needs_second_step
    with pytest.raises(Conflict):
        add_app(anna)


def test_the_first_factor_ends_all_sign_ins_made_without_one():
    anna = make_person(ANNA)
    here, there = first_step().token, first_step().token

    added = add_app(anna, token=here)

    assert person_of(here) is person_of(there) is None
    assert person_of(added.token).id == anna.id
    assert len(set(added.recovery_codes)) == totp.RECOVERY_CODES


def test_the_first_step_alone_opens_nothing(anna):
    before = rows(SignIn)

    step = first_step()

    assert step.needs_second_step
    assert person_of(step.token) is None
    assert rows(SignIn) == before
    assert waiting_step(step.token).email == ANNA


def test_a_right_code_signs_in_and_the_second_step_is_over(anna):
    step = first_step()

    token = finish(code_at(NOW + STEP), step)

    assert person_of(token).id == anna.id
    with pytest.raises(NotFound):
        finish(code_at(NOW + 2 * STEP), step)
    stored = db.session.scalars(sa.select(SignIn).order_by(SignIn.created_at.desc())).first()
    assert (stored.way, stored.second_factor, stored.proved_at) == ("password", "app", NOW + STEP)


def test_codes_of_one_step_before_and_after_count_and_no_others(anna, at):
    at(NOW + 10 * STEP)

    assert finish(code_at(NOW + 8 * STEP)) is None
    assert finish(code_at(NOW + 12 * STEP)) is None
    assert finish(code_at(NOW + 9 * STEP))
    assert finish(code_at(NOW + 11 * STEP))


def test_a_code_is_used_once_and_none_before_it_counts_again(anna, at):
    at(NOW + 10 * STEP)
    used = code_at(NOW + 10 * STEP)
    assert finish(used)

    assert finish(used) is None
    assert finish(code_at(NOW + 9 * STEP)) is None, "older than the last one"
    at(NOW + 11 * STEP)
    assert finish(used) is None


def test_the_code_that_set_the_app_up_does_not_sign_in(anna):
    assert finish(code_at(NOW)) is None


def test_a_factor_of_somebody_else_does_not_count(anna):
    bea = make_person("bea@example.org")
    others = add_app(bea, NOW + STEP, secret=pyotp.random_base32()).recovery_codes

    assert finish(others[0]) is None
    assert finish(anna.codes[0])


@pytest.mark.parametrize("typed", ["", "000000", "0" * 5000, "é\x00😀", "k7mq-4xwd-9fpt-2hcv"])
def test_what_is_no_code_is_refused(anna, typed):
    assert finish(typed) is None


def test_a_recovery_code_counts_once_however_it_is_typed_and_is_told(anna):
    code = anna.codes[3]

    assert finish(f" {code.upper().replace('-', ' ')} ")
    assert finish(code) is None
    assert factor_service.factors_of(anna.id).codes_left == totp.RECOVERY_CODES - 1
    assert mails().count("recovery_code_used") == 1


def test_only_hashes_and_ciphertext_are_stored(anna):
    stored = db.session.scalars(sa.select(RecoveryCode.code_hash)).all()
    secret = db.session.scalar(sa.select(AuthenticatorApp.secret))
    step = first_step()

    assert not set(anna.codes) & set(stored)
    assert SECRET not in secret
    assert step.token not in db.session.scalars(sa.select(SecondStep.token_hash)).all()


def test_new_recovery_codes_end_the_old_ones(anna):
    new = factor_service.renew_recovery_codes(anna.id)

    assert finish(anna.codes[0]) is None
    assert finish(new[0])


def test_without_a_factor_there_are_no_recovery_codes(anna):
    factor_service.remove_app(anna.id)

    assert rows(RecoveryCode) == 0
    assert not first_step().needs_second_step
    with pytest.raises(NotFound):
        factor_service.renew_recovery_codes(anna.id)
    with pytest.raises(NotFound):
        factor_service.remove_app(anna.id)


def test_removing_the_app_ends_the_other_sign_ins(anna):
    this, other = finish(anna.codes[0]), finish(anna.codes[1])

    factor_service.remove_app(anna.id, this)

    assert person_of(this).id == anna.id
    assert person_of(other) is None


def test_the_second_step_waits_ten_minutes(anna, at):
    step = first_step()

    at(NOW + STEP + SECOND_STEP_LASTS)

    assert waiting_step(step.token) is None
    with pytest.raises(NotFound):
        finish(anna.codes[0], step)


def test_a_new_password_or_a_deactivation_ends_a_second_step(anna):
    first, second = first_step(), first_step()
    service.change_password(anna.id, PASSWORD, "four words in a row", source(), "")
    with pytest.raises(NotFound):
        finish(anna.codes[0], first)

    operator_service.set_active(ANNA, False)
    with pytest.raises(NotFound):
        finish(anna.codes[0], second)


def test_a_mailed_link_is_a_first_factor_only(anna):
    link = operator_service.new_link(ANNA)

    done = service.use_link(link, "four words in a row", "")

    assert done.needs_second_step
    assert person_of(finish(code_at(NOW + STEP), done)).id == anna.id


def test_a_new_password_is_no_new_proof_of_who_one_is(anna, at):
    token = finish(code_at(NOW + STEP))
    at(NOW + timedelta(hours=1))

    token = service.change_password(anna.id, PASSWORD, "four words in a row", source(), "", token)

    assert person_of(token).proved_at == NOW + STEP


def test_wrong_codes_are_limited_and_the_owner_is_told_once(anna):
    for _ in range(LIMIT.tries):
        assert finish("000000") is None
    step = first_step()
    assert finish("000000", step) is None

    assert finish(code_at(NOW + STEP), step, address="198.51.100.7") is None
    assert mails().count("wrong_codes") == 1


def test_wrong_codes_elsewhere_do_not_lock_a_browser_that_the_account_knows(anna):
    for _ in range(LIMIT.tries):
        finish("000000", address="198.51.100.7")
    password_hash = db.session.get(Person, anna.id).password_hash

    assert finish(code_at(NOW + STEP), mark="not.known") is None
    assert finish(code_at(NOW + STEP), mark=new_mark("secret", ANNA, password_hash)) is None
    known = new_mark("secret", ANNA, password_hash, with_second_factor=True)
    assert finish(code_at(NOW + STEP), mark=known)


def test_all_browsers_that_the_account_knows_have_one_count_together(anna):
    """Somebody who has signed in often may hold many marks."""
    known = db.session.get(Person, anna.id).password_hash
    limit = DEFAULT_LIMITS[LimitName.SECOND_STEP_BROWSER]

    for _ in range(limit.tries):
        mark = new_mark("secret", ANNA, known, with_second_factor=True)
        assert finish("000000", mark=mark) is None

    mark = new_mark("secret", ANNA, known, with_second_factor=True)
    assert finish(code_at(NOW + STEP), mark=mark) is None
    assert mails().count("wrong_codes") == 1


def test_wrong_codes_from_one_network_are_limited_whatever_the_account(anna):
    network = DEFAULT_LIMITS[LimitName.SECOND_STEP_NETWORK]
    counter = source().second_step(None)[1]

    with writing() as now:
        for _ in range(network.tries):
            throttle.count([counter], now)

    assert finish(code_at(NOW + STEP)) is None
    assert finish(code_at(NOW + STEP), address="198.51.100.7")


def test_with_a_fallback_key_codes_go_on_and_the_secret_gets_the_present_key(anna, at):
    step = first_step()
    assert finish(code_at(NOW + STEP), step, secret="new", old=("secret",))

    at(NOW + 3 * STEP)
    assert finish(code_at(NOW + 3 * STEP), secret="new")


def test_the_operator_encrypts_all_secrets_with_the_present_key(anna):
    assert factor_service.encrypt_anew(("new", "secret")) == (1, 0)
    assert factor_service.encrypt_anew(("other",)) == (0, 1)

    assert finish(code_at(NOW + STEP), secret="new")


def test_without_the_key_only_recovery_codes_are_left(anna):
    assert finish(code_at(NOW + STEP), secret="new") is None
    assert finish(anna.codes[0], secret="new")


def test_a_secret_is_handed_to_one_person_for_half_an_hour(at):
    sealed = factor_service.new_app_secret(1, "key")

    assert factor_service.secret_in(sealed, 1, "key")
    assert factor_service.secret_in(sealed, 2, "key") is None
    assert factor_service.secret_in(sealed, 1, "other key") is None
    assert factor_service.secret_in("é", 1, "key") is None
    at(NOW + factor_service.SETTING_UP_LASTS + timedelta(seconds=1))
    assert factor_service.secret_in(sealed, 1, "key") is None


def test_the_operator_removes_factors_that_were_lost(app, anna):
    token = finish(code_at(NOW + STEP))
    run = app.test_cli_runner().invoke

    answer = run(args=["account", "remove-second-factors", ANNA, "--reason", "Phone stolen"])

    assert answer.exit_code == 0
    assert person_of(token) is None
    assert not first_step().needs_second_step
    assert mails().count("factor_removed") == 1
    again = run(args=["account", "remove-second-factors", ANNA, "--reason", "Phone stolen"])
    assert (again.exit_code, again.output) == (1, "Error: The person has no second step.\n")
