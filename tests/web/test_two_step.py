"""Pages: two-step sign-in."""

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from booking.accounts import operator_service
from booking.accounts.models import Person, SignIn
from booking.accounts.throttle import ClientSource
from booking.accounts.tokens import hashed
from booking.extensions import db
from booking.second_factors.service import add_app
from tests.conftest import NOW
from tests.factories import PASSWORD, make_partner, sign_in
from tests.pages import get_page, post, read_page, submit

STEP = timedelta(seconds=30)
SECRET = pyotp.random_base32()


def code_at(instant, secret=SECRET):
    return pyotp.TOTP(secret).at(instant)


@pytest.fixture
def anna(app):
    with app.app_context():
        return make_partner("anna@example.org", name="Anna Berg")


@pytest.fixture
def codes(app, anna, at):
    """Anna's recovery codes; her app was set up at NOW, and the clock stands one step later."""
    with app.app_context():
        secret_key = app.extensions["settings"].secret_key
        source = ClientSource(anna.email, "192.0.2.1", secret_key)
        codes = add_app(anna.id, SECRET, code_at(NOW), source, "", "").recovery_codes
    at(NOW + STEP)
    return codes


def first_step(client, url="/sign-in"):
    form = get_page(client, url).one("main").all("form")[0]
    return submit(client, form, {"email": "anna@example.org", "password": PASSWORD})


def second_step(client, code, url="/sign-in/second-step"):
    form = get_page(client, url).one("main").one("form")
    return submit(client, form, {"code": code})


def _person(app):

    with app.app_context():
        return db.session.scalars(sa.select(Person)).one()


def is_signed_in(client):
    return client.get("/account").status_code == 200


def set_up(client, at_instant=NOW):
    page = get_page(client, "/account/two-step/app").one("main")
    secret = page.one("code").text.replace(" ", "")
    return submit(client, page.one("form"), {"code": code_at(at_instant, secret)}), secret


def test_setting_up_shows_recovery_codes_once_and_asks_for_a_code_from_then_on(client, anna, at):
    sign_in(client, anna)

    answer, secret = set_up(client)
    shown = re.findall(r"<code>([a-z0-9-]{19})</code>", answer.text)
    assert len(shown) == 10
    assert is_signed_in(client)
    assert not any(code in client.get("/account/two-step").text for code in shown)
    assert "10 recovery codes left" in get_page(client, "/account/two-step").text

    post(client, "/sign-out")
    at(NOW + STEP)
    assert first_step(client).location == "/sign-in/second-step?next=/"
    assert not is_signed_in(client)
    assert second_step(client, code_at(NOW + STEP, secret)).location == "/"
    assert is_signed_in(client)


def test_a_wrong_first_code_keeps_the_secret_that_the_app_has_got(client, anna):
    sign_in(client, anna)
    page = get_page(client, "/account/two-step/app").one("main")

    answer = submit(client, page.one("form"), {"code": "000000"})
    again = read_page(answer.text).one("main")

    assert answer.status_code == 422
    assert again.one("code").text == page.one("code").text
    assert "Wrong code" in again.text


def test_a_secret_made_by_somebody_else_is_not_set_up(client, other_client, anna, app):
    with app.app_context():
        bea = make_partner("bea@example.org")
    sign_in(client, anna)
    sign_in(other_client, bea)
    page = get_page(other_client, "/account/two-step/app").one("main")
    sealed = page.one("input", name="sealed").get("value")
    secret = page.one("code").text.replace(" ", "")

    answer = post(client, "/account/two-step/app", {"sealed": sealed, "code": code_at(NOW, secret)})

    assert answer.status_code == 422
    assert "Set up an authenticator app" in get_page(client, "/account/two-step").text


def test_after_the_second_step_people_return_to_the_page_they_wanted(client, codes):
    sent = first_step(client, "/sign-in?next=/account/password?a%3Db")

    answer = second_step(client, codes[0], f"{sent.location}&with=recovery-code")

    assert answer.location == "/account/password?a=b"


def test_nobody_is_redirected_to_another_site_by_the_second_step(client, codes):
    first_step(client)

    answer = second_step(client, codes[0], "/sign-in/second-step?next=//evil.example")

    assert answer.location == "/"


def test_a_wrong_code_is_told_at_the_field_and_signs_nobody_in(client, codes):
    first_step(client)

    answer = second_step(client, "000000")

    assert answer.status_code == 422
    assert "Wrong code" in read_page(answer.text).one("main").text
    assert not is_signed_in(client)


def test_without_a_first_step_there_is_no_second_one(client, other_client, codes):
    first_step(client)

    assert other_client.get("/sign-in/second-step").location == "/sign-in"
    answer = post(other_client, "/sign-in/second-step", {"code": codes[0]})
    assert answer.location == "/sign-in"
    assert not is_signed_in(other_client)


def test_the_page_of_the_first_step_is_the_same_with_a_wrong_password(client, anna, codes):
    """Who does not know the password does not learn whether there is a second step."""

    def shown(email):
        form = get_page(client, "/sign-in").one("main").all("form")[0]
        answer = submit(client, form, {"email": email, "password": "wrong"})
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)

    assert shown("anna@example.org") == shown("nobody@example.org")


def test_each_step_gives_the_browser_a_new_token_and_the_old_one_ends(client, codes, app):
    sign_in(client, _person(app))
    with client.session_transaction() as session:
        before = session["_user_id"]

    form = get_page(client, "/account/confirm").one("main").one("form")
    submit(client, form, {"password": PASSWORD})
    with client.session_transaction() as session:
        assert session["_user_id"] == before, "the first step alone changes nothing"
    second_step(client, codes[0])

    with client.session_transaction() as session:
        assert session["_user_id"] != before
        assert "second_step" not in session
    with app.app_context():
        assert db.session.get(SignIn, hashed(before)) is None


CHANGES = ("/account/two-step/app/remove", "/account/two-step/recovery-codes")


@pytest.mark.parametrize("url", CHANGES)
def test_changing_factors_needs_a_fresh_sign_in(url, client, codes, app, at):
    sign_in(client, _person(app))
    at(NOW + timedelta(minutes=11))

    answer = post(client, url)
    assert answer.location == "/account/confirm?next=/account/two-step"

    page = get_page(client, answer.location)
    assert "because you have not entered it in the last 10 minutes" in page.text
    form = page.one("main").one("form")
    assert page.one("main").one("a", class_="btn-outline-primary").get("href") == "/account"
    wrong = submit(client, form, {"password": "wrong"})
    assert wrong.status_code == 422
    assert "Wrong password" in wrong.text
    sent = submit(client, form, {"password": PASSWORD})
    assert post(client, url).location == answer.location, "the first step is not enough"
    assert second_step(client, codes[0], sent.location).location == "/account/two-step"
    assert post(client, url).location != answer.location


def test_setting_up_needs_a_fresh_sign_in(client, anna, at):
    sign_in(client, anna)
    at(NOW + timedelta(minutes=10))

    answer = client.get("/account/two-step/app")

    assert answer.location == "/account/confirm?next=/account/two-step/app"


def test_removing_the_app_ends_the_second_step(client, codes, app):
    sign_in(client, _person(app))

    post(client, "/account/two-step/app/remove")

    assert "The authenticator app has been removed" in get_page(client, "/account/two-step").text
    post(client, "/sign-out")
    assert first_step(client).location == "/"


def test_a_link_to_a_new_password_leads_to_the_second_step(client, codes, app):
    with app.app_context():
        link = operator_service.new_link("anna@example.org")
    form = get_page(client, f"/welcome/{link}").one("main").one("form")

    words = "four words in a row"
    answer = submit(client, form, {"password": words, "repeated": words})

    assert answer.location == "/sign-in/second-step?next=/"
    assert not is_signed_in(client)


def test_the_log_says_in_words_which_second_step_was_added(client, anna):
    sign_in(client, anna)
    set_up(client)

    assert "authenticator app" in get_page(client, "/account/history").one("main").text
