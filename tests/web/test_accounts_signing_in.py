"""Pages: signing in and out."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service
from booking.accounts.models import SignIn
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.conftest import NOW
from tests.factories import PASSWORD, make_partner, make_person, sign_in
from tests.pages import get_page, post, read_page, submit

ACCOUNT_LIMIT = DEFAULT_LIMITS[LimitName.SIGN_IN_ACCOUNT]


@pytest.fixture
def anna(app):
    with app.app_context():
        return make_partner("anna@example.org", name="Anna Berg")


def form_of(client, url="/sign-in"):
    return get_page(client, url).one("main").all("form")[0]


def try_to_sign_in(client, email="anna@example.org", password=PASSWORD, url="/sign-in"):
    return submit(client, form_of(client, url), {"email": email, "password": password})


def is_signed_in(client):
    return client.get("/account").status_code == 200


def sign_ins(app):
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(SignIn))


def test_the_right_password_signs_in_and_shows_the_name(client, anna):
    answer = try_to_sign_in(client)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Anna Berg" in get_page(client, "/account").one("header").text


def test_after_signing_in_people_return_to_the_page_they_wanted(client, anna):
    sent = client.get("/account/password?from=mail")

    answer = try_to_sign_in(client, url=sent.location)

    assert answer.location == "/account/password?from=mail"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https:evil.example",
        "\thttps://evil.example",
        "http://localhost@evil.example",
        "http://localhost:1234/",
        "javascript:alert(1)",
        "/x%0d%0aSet-Cookie:a=b",
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_redirected_to_another_site(target, client, anna):
    page = client.get("/sign-in", query_string={"next": target})
    form = read_page(page.text).one("main").all("form")[0]
    shown = submit(client, form, {"email": "anna@example.org", "password": PASSWORD})
    assert shown.location == "/"

    answer = post(
        client, "/sign-in", {"email": "a", "password": "b"}, query_string={"next": target}
    )
    assert answer.location is None or answer.location == "/"
    assert client.get("/sign-in", query_string={"next": target}).location == "/"


@pytest.mark.parametrize("who", ["unknown", "wrong password", "deactivated", "no password yet"])
def test_all_refused_sign_ins_look_the_same(who, app, client, anna):
    with app.app_context():
        make_person("gone@example.org", is_active=False)
        make_person("new@example.org", with_password=False)
    email, password = {
        "unknown": ("nobody@example.org", PASSWORD),
        "wrong password": ("anna@example.org", "wrong"),
        "deactivated": ("gone@example.org", PASSWORD),
        "no password yet": ("new@example.org", PASSWORD),
    }[who]

    answer = try_to_sign_in(client, email, password)

    page = read_page(answer.text)
    assert answer.status_code == 422
    assert page.one("div", class_="error-summary").text == (
        "There is a problem Wrong e-mail address or password, or too many attempts. "
        "After 10 wrong attempts, wait 15 minutes."
    )
    assert page.one("input", id="email").get("value") == email
    assert page.one("input", id="password").get("value", "") == ""
    assert page.one("title").text.startswith("Error: ")
    assert "Set-Cookie" not in answer.headers or "Expires" not in answer.headers["Set-Cookie"]


def test_the_throttle_works_across_browsers_and_restarts(app, client, other_client, anna, at):
    for _ in range(ACCOUNT_LIMIT.tries):
        wrong = try_to_sign_in(client, password="wrong")
    locked = try_to_sign_in(other_client)

    assert locked.status_code == wrong.status_code
    summaries = [
        read_page(answer.text).one("div", class_="error-summary").text for answer in (wrong, locked)
    ]
    assert summaries[0] == summaries[1]
    assert sign_ins(app) == 0
    at(NOW + ACCOUNT_LIMIT.within)
    assert try_to_sign_in(other_client).status_code == 303


def test_a_browser_in_which_somebody_signed_in_stays_open_while_others_are_locked(
    client, other_client, anna
):
    mark = next(
        line
        for line in try_to_sign_in(client).headers.getlist("Set-Cookie")
        if line.startswith("booking-browser=")
    )
    assert "HttpOnly" in mark
    assert "SameSite=Lax" in mark
    post(client, "/sign-out")
    for _ in range(ACCOUNT_LIMIT.tries):
        try_to_sign_in(other_client, password="wrong")

    assert try_to_sign_in(other_client).status_code == 422
    assert try_to_sign_in(client).status_code == 303


def test_signing_in_starts_a_new_session_and_keeps_only_the_draft(client, anna):
    get_page(client, "/sign-in")
    with client.session_transaction() as session:
        session["draft"] = "token of a draft"
        session["planted"] = "by somebody else"
        before = session["csrf_token"]

    try_to_sign_in(client)

    with client.session_transaction() as session:
        assert session["draft"] == "token of a draft"
        assert "planted" not in session
        assert session.get("csrf_token") != before


def test_the_cookie_holds_a_token_and_no_number_or_name(client, anna):
    try_to_sign_in(client)

    with client.session_transaction() as session:
        values = [value for value in session.values() if value is not True]
        assert len(session["_user_id"]) == 43
        assert not any(str(value) in (str(anna.id), anna.email, anna.name) for value in values)


def test_a_copied_cookie_is_useless_after_signing_out(client, other_client, anna):
    try_to_sign_in(client)
    with client.session_transaction() as session:
        copy = dict(session)
    with other_client.session_transaction() as session:
        session.update(copy)
    assert is_signed_in(other_client)

    page = get_page(client, "/account")
    out = next(form for form in page.all("form") if form.get("action") == "/sign-out")
    answer = submit(client, out)

    assert (answer.status_code, answer.location) == (303, "/")
    assert not is_signed_in(client)
    assert not is_signed_in(other_client)


def test_signing_out_deletes_the_draft(client, anna):
    sign_in(client, anna)
    with client.session_transaction() as session:
        session["draft"] = "token of a draft"

    post(client, "/sign-out")

    with client.session_transaction() as session:
        assert "draft" not in session


def test_signing_out_without_being_signed_in_is_no_error(client):
    assert post(client, "/sign-out").status_code == 303


def test_signing_out_needs_a_post(client, anna):
    sign_in(client, anna)

    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


@pytest.mark.parametrize("token", [None, "", "forged", "of another browser"])
@pytest.mark.parametrize(
    "url", ["/sign-in", "/sign-out", "/ask-for-account", "/account", "/account/password"]
)
def test_every_form_needs_the_token_of_this_browser(token, url, client, other_client, anna, app):
    sign_in(client, anna)
    data = {"email": "anna@example.org", "password": PASSWORD}
    if token == "of another browser":
        token = form_of(other_client).one("input", name="csrf_token").get("value")
    if token is not None:
        data["csrf_token"] = token

    assert client.post(url, data=data).status_code == 400
    assert is_signed_in(client)
    assert sign_ins(app) == 1


def test_a_csrf_token_in_the_address_does_not_count(client, anna):
    token = form_of(client).one("input", name="csrf_token").get("value")

    answer = client.post(
        f"/sign-in?csrf_token={token}", data={"email": anna.email, "password": PASSWORD}
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://localhost:1234"}, 400),
        ({"Origin": "http://["}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://localhost"}, 303),
        ({}, 303),
    ],
)
def test_a_post_that_says_it_comes_from_another_site_is_refused(headers, status, client, anna):
    token = form_of(client).one("input", name="csrf_token").get("value")
    data = {"csrf_token": token, "email": anna.email, "password": PASSWORD}

    assert client.post("/sign-in", data=data, headers=headers).status_code == status


@pytest.mark.parametrize("host", ["evil.example", "a b<script>"])
def test_an_untrusted_host_is_refused_also_with_a_long_address(client, host):
    for address in ("/facilities", "/facilities?q=" + "a" * 4500):
        answer = client.get(address, headers={"Host": host})
        assert answer.status_code == 400
        assert "<script>" not in answer.text


def test_an_untrusted_host_is_refused(client):
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/sign-in", headers={"X-Forwarded-Host": "evil.example"}).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {"email": "", "password": ""},
        {"email": "anna@example.org", "password": "x" * 200_000},
        {"email": "a" * 100_000, "password": "x"},
        {"email": "anna@example.org\x00", "password": "x"},
        {"email": "anna@example.org", "password": "x\x00"},
        {"email": ["anna@example.org", "bea@example.org"], "password": ["wrong", PASSWORD]},
        {"email[]": "anna@example.org", "password[]": PASSWORD},
        {"person_id": "1", "is_admin": "1", "token_hash": "x"},
    ],
)
def test_odd_input_is_refused_with_a_message(data, client, anna, app):
    answer = post(client, "/sign-in", data)

    assert answer.status_code == 422
    assert read_page(answer.text).one("div", class_="error-summary")
    assert sign_ins(app) == 0


def test_a_body_of_a_megabyte_is_refused(client):
    assert post(client, "/sign-in", {"email": "a" * 1_000_000}).status_code == 413


def test_signed_in_people_are_redirected_from_the_sign_in_page(client, anna):
    sign_in(client, anna)

    assert client.get("/sign-in").location == "/"
    assert client.get("/sign-in?next=/account").location == "/account"


def test_pages_are_not_cached(client, anna):
    sign_in(client, anna)

    answer = client.get("/account")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_a_role_change_signs_out_at_once(client, app, anna):
    sign_in(client, anna)
    assert is_signed_in(client)

    with app.app_context():
        operator_service.set_admin("anna@example.org", True)

    assert not is_signed_in(client)


def test_an_idle_sign_in_ends(client, anna, at):
    sign_in(client, anna)
    at(NOW + timedelta(hours=12))

    assert client.get("/account").location == "/sign-in?next=/account"


@pytest.mark.parametrize("token", ["1", "", "' OR 1=1 --", "x" * 3000, None, 7, ["a"]])
def test_an_unknown_session_token_is_anonymous(token, client, anna):
    with client.session_transaction() as session:
        session["_user_id"] = token

    assert client.get("/sign-in").status_code == 200
    assert not is_signed_in(client)
