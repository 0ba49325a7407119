"""Signing in with a provider: what it answers, to whom it is linked, and what goes wrong."""

import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest
import requests
import sqlalchemy as sa
from werkzeug import Response

from booking.accounts.identity_models import SignInIdentity
from booking.accounts.models import AccountMail, Person, SignIn
from booking.accounts.throttle import ClientSource
from booking.db.transactions import writing
from booking.extensions import db
from booking.second_factors.service import add_app
from booking.single_sign_on import client as oidc
from booking.single_sign_on import provider_session
from tests.conftest import NOW
from tests.factories import PASSWORD, make_cluster, make_partner, make_person, sign_in
from tests.identity_provider import (
    ANNA,
    as_json,
    new_key,
    running_mock,
    running_provider,
    stated,
)
from tests.pages import get_page, post, read_page, submit

FAILED = "We could not sign you in with Harbour University"


@pytest.fixture(scope="module")
def _server():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def uni(_server, app):
    """A provider in force, which does what it should until a test changes it."""
    start_anew(app, _server)
    return _server


@pytest.fixture
def anna(app):
    with app.app_context():
        return make_partner("anna@example.org", name="Anna Berg")


def start_anew(app, provider):
    provider.__dict__.update(type(provider)(provider.issuer).__dict__)
    put_in_force(app, stated(provider.issuer))


def put_in_force(app, *providers):
    app.extensions["settings"] = replace(
        app.extensions["settings"], sign_in_providers=tuple(providers)
    )
    app.extensions["sign_in_clients"] = {}


def link_to(app, person, provider, subject="anna-1"):
    with app.app_context(), writing():
        db.session.add(
            SignInIdentity(
                key=f"key-{subject}",
                person_id=person.id,
                issuer=provider.issuer,
                subject=subject,
                linked_at=NOW,
            )
        )


def begin(client, target=None):
    sent = client.get("/sign-in/with/uni", query_string={"next": target} if target else {})
    assert sent.status_code == 302, sent.text
    return sent.location


def finish(client, answer):
    return client.get("/sign-in/with/uni/answer", query_string=answer)


def sign_on(client, provider, target=None, **claims):
    return finish(client, provider.answer_to(begin(client, target), **claims))


def is_signed_in(client):
    return client.get("/account").status_code == 200


def linked_people(app):
    with app.app_context():
        return db.session.execute(sa.select(SignInIdentity.person_id, SignInIdentity.subject)).all()


def heading(answer):
    return read_page(answer.text).one("main").one("h1").text


# The way there, and back.


def test_the_way_there_has_code_flow_pkce_state_and_nonce(client, uni):
    address = urlsplit(begin(client))

    sent = dict(parse_qsl(address.query))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{uni.issuer}/authorize"
    assert sent["response_type"] == "code"
    assert sent["code_challenge_method"] == "S256"
    assert sent["redirect_uri"] == "http://localhost/sign-in/with/uni/answer"
    assert set(sent["scope"].split()) == {"openid", "email", "profile"}
    assert min(len(sent[name]) for name in ("state", "nonce", "code_challenge")) >= 20


def test_who_has_linked_the_identity_is_signed_in_and_gets_where_they_wanted(
    app, client, uni, anna
):
    link_to(app, anna, uni)

    answer = sign_on(client, uni, "/account/password?from=mail")

    assert (answer.status_code, answer.location) == (303, "/account/password?from=mail")
    assert "Anna Berg" in get_page(client, "/account").one("header").text
    with app.app_context():
        assert db.session.scalars(sa.select(SignInIdentity.used_at)).one() == NOW


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/" + "a" * 1900])
def test_nobody_is_led_to_another_site_or_a_path_too_long_to_keep(target, app, client, uni, anna):
    link_to(app, anna, uni)

    assert sign_on(client, uni, target).location == "/"


def test_signing_in_begins_a_new_session(app, client, uni, anna):
    link_to(app, anna, uni)
    address = begin(client)
    cookie = client.get_cookie("booking").value

    finish(client, uni.answer_to(address))

    other = app.test_client()
    other.set_cookie("booking", cookie)
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_the_address_alone_signs_nobody_in(app, client, uni):
    with app.app_context():
        make_partner(ANNA["email"])

    answer = sign_on(client, uni)

    assert answer.location == "/sign-in/not-linked"
    assert not is_signed_in(client)
    assert linked_people(app) == []


def test_a_deactivated_account_stays_out(app, client, uni, anna):
    link_to(app, anna, uni)
    with app.app_context(), writing():
        db.session.get(Person, anna.id).is_active = False

    answer = sign_on(client, uni)

    assert answer.status_code == 400
    assert "deactivated" in read_page(answer.text).one("main").text
    assert not is_signed_in(client)


def test_an_identity_of_somebody_else_does_not_change_who_is_signed_in(app, client, uni, anna):
    with app.app_context():
        link_to(app, make_person("other@example.org"), uni)
    sign_in(client, anna)

    answer = sign_on(client, uni)

    assert answer.status_code == 400
    assert "linked to another account" in read_page(answer.text).one("main").text
    assert "Anna Berg" in get_page(client, "/account").one("header").text


# Linking.


def test_linking_needs_both_sign_ins_and_a_word(app, client, uni, anna):
    page = get_page(client, sign_on(client, uni).location)
    to_sign_in = page.one("a", class_="btn-primary").get("href")
    form = get_page(client, to_sign_in).one("main").all("form")[0]
    answer = submit(client, form, {"email": "anna@example.org", "password": PASSWORD})
    assert answer.location == "/account/single-sign-on"
    assert linked_people(app) == []
    question = get_page(client, answer.location).one("section", aria_labelledby="waiting")
    assert ANNA["email"] in question.text
    assert "Anna Berg" in question.text

    done = submit(client, question.all("form")[0], {})

    assert done.status_code == 303
    assert linked_people(app) == [(anna.id, "anna-1")]
    with app.app_context():
        mails = db.session.execute(sa.select(AccountMail.kind, AccountMail.address)).all()
    assert ("identity_linked", "anna@example.org") in [tuple(one) for one in mails]
    post(client, "/sign-out")
    assert sign_on(client, uni).location == "/"
    assert is_signed_in(client)


def test_somebody_signed_in_links_from_their_account(app, client, uni, anna):
    sign_in(client, anna)
    button = next(
        one
        for one in get_page(client, "/account/single-sign-on").one("main").all("a")
        if one.text == "Link Harbour University"
    )
    sent = client.get(button.get("href"))
    assert finish(client, uni.answer_to(sent.location)).location == "/account/single-sign-on"

    post(client, "/account/single-sign-on/link")

    assert linked_people(app) == [(anna.id, "anna-1")]
    assert "Harbour University" in get_page(client, "/account/single-sign-on").one("main").text


def test_an_answer_waits_ten_minutes(app, client, uni, anna, at):
    sign_on(client, uni)
    sign_in(client, anna)
    at(NOW + timedelta(minutes=10))

    post(client, "/account/single-sign-on/link")

    assert linked_people(app) == []
    page = get_page(client, "/account/single-sign-on")
    assert not page.all("section", aria_labelledby="waiting")


def test_what_was_declined_is_forgotten(app, client, uni, anna):
    sign_on(client, uni)
    sign_in(client, anna)

    post(client, "/account/single-sign-on/leave")
    post(client, "/account/single-sign-on/link")

    assert linked_people(app) == []


@pytest.mark.parametrize("verified", [False, None])
def test_an_address_that_is_not_verified_links_and_prefills_nothing(
    verified, app, client, uni, anna
):
    claims = {key: value for key, value in ANNA.items() if key != "email_verified"}
    if verified is not None:
        claims["email_verified"] = verified

    page = get_page(client, sign_on(client, uni, **claims).location)

    assert "cannot be linked" in page.one("main").text
    asked = get_page(client, "/ask-for-account")
    assert not asked.one("input", id="email").get("value")
    assert not asked.one("input", id="name").get("value")
    sign_in(client, anna)
    assert post(client, "/account/single-sign-on/link").status_code == 422
    assert linked_people(app) == []


def test_who_has_no_account_requests_one_with_what_the_provider_says(client, uni):
    page = get_page(client, sign_on(client, uni).location)
    assert "/ask-for-account" in [one.get("href") for one in page.one("main").all("a")]

    form = get_page(client, "/ask-for-account")

    assert form.one("input", id="name").get("value") == ANNA["name"]
    assert form.one("input", id="email").get("value") == ANNA["email"]


def test_the_provider_is_asked_again_only_if_the_token_does_not_say(app, client, uni, anna):
    sign_on(client, uni)
    assert "/userinfo" not in uni.asked

    sign_on(client, uni, sub="b", userinfo={**ANNA, "sub": "b"})
    assert "/userinfo" in uni.asked
    assert get_page(client, "/ask-for-account").one("input", id="email").get("value")

    about_another = sign_on(client, uni, sub="b", userinfo=ANNA)
    assert about_another.status_code == 400
    link_to(app, anna, uni)
    uni.asked.clear()
    sign_on(client, uni, sub="anna-1")
    assert "/userinfo" not in uni.asked


def test_the_second_step_is_asked_for_unless_the_provider_says_that_it_did(
    app, client, other_client, uni, anna, at
):
    link_to(app, anna, uni)
    secret = pyotp.random_base32()
    with app.app_context():
        source = ClientSource(anna.email, "192.0.2.1", app.extensions["settings"].secret_key)
        add_app(anna.id, secret, pyotp.TOTP(secret).at(NOW), source, "", "")
    later = NOW + timedelta(seconds=30)
    at(later)
    put_in_force(app, stated(uni.issuer, second_factor=frozenset({"mfa"})))

    answer = sign_on(client, uni, "/account/password", amr=["pwd"], sub="anna-1")

    assert answer.location == "/sign-in/second-step?next=/account/password"
    assert not is_signed_in(client)
    form = get_page(client, answer.location).one("main").all("form")[0]
    done = submit(client, form, {"code": pyotp.TOTP(secret).at(later)})
    assert done.location == "/account/password"
    assert is_signed_in(client)
    assert sign_on(other_client, uni, amr=["pwd", "mfa"], sub="anna-1").location == "/"
    assert is_signed_in(other_client)
    with app.app_context():
        ways = [
            tuple(one) for one in db.session.execute(sa.select(SignIn.way, SignIn.second_factor))
        ]
    assert {("single_sign_on", "app"), ("single_sign_on", "provider")} <= set(ways)


def test_linking_and_unlinking_need_a_sign_in_of_just_now(app, client, uni, anna, at):
    link_to(app, anna, uni, "anna-2")
    sign_in(client, anna)
    at(NOW + timedelta(minutes=11))
    sign_on(client, uni)

    linking = post(client, "/account/single-sign-on/link")
    unlinking = post(client, "/account/single-sign-on/key-anna-2/unlink")

    assert linking.location == unlinking.location
    assert linking.location == "/account/confirm?next=/account/single-sign-on"
    assert linked_people(app) == [(anna.id, "anna-2")]
    form = get_page(client, linking.location).one("main").all("form")[0]
    back = submit(client, form, {"password": PASSWORD})
    question = get_page(client, back.location).one("section", aria_labelledby="waiting")
    submit(client, question.all("form")[0], {})
    assert linked_people(app) == [(anna.id, "anna-2"), (anna.id, "anna-1")]


def test_unlinking_ends_it(app, client, uni, anna):
    link_to(app, anna, uni)
    sign_in(client, anna)
    form = get_page(client, "/account/single-sign-on").one("main").one("details").one("form")

    assert submit(client, form, {}).status_code == 303

    assert linked_people(app) == []
    assert post(client, "/account/single-sign-on/key-anna-1/unlink").status_code == 404


def test_nobody_unlinks_what_is_anothers(app, client, uni, anna):
    link_to(app, anna, uni)
    with app.app_context():
        sign_in(client, make_person("other@example.org"))

    assert post(client, "/account/single-sign-on/key-anna-1/unlink").status_code == 404
    assert len(linked_people(app)) == 1


# What goes wrong.


def claims_with(**changes):
    return lambda claims: claims.update(changes)


def without(name):
    return lambda claims: claims.pop(name)


BAD_CLAIMS = {
    "another issuer": claims_with(iss="https://evil.example"),
    "another audience": claims_with(aud="another-client"),
    "another audience with our azp": claims_with(aud="another-client", azp="booking"),
    "also for others, from another": claims_with(aud=["booking", "another"], azp="another"),
    "another nonce": claims_with(nonce="another"),
    "no nonce": without("nonce"),
    "expired": claims_with(exp=int(time.time()) - 3600),
    "no end": without("exp"),
    "of tomorrow": claims_with(iat=int(time.time()) + 86400),
    "no subject": without("sub"),
    "empty subject": claims_with(sub=""),
    "a subject that is no text": claims_with(sub={"a": 1}),
    "a subject too long": claims_with(sub="a" * 256),
    "times that are none": claims_with(exp="soon"),
}


def test_claims_that_cannot_be_trusted_sign_nobody_in(app, client, uni, anna):
    link_to(app, anna, uni)
    for what, change in BAD_CLAIMS.items():
        uni.change = change

        answer = sign_on(client, uni)

        assert answer.status_code == 400, what
        assert heading(answer) == FAILED, what
    assert not is_signed_in(client)
    uni.change = lambda claims: None
    sign_on(client, uni)
    assert is_signed_in(client)


def unsigned(uni):
    uni.discovery = {"id_token_signing_alg_values_supported": ["none", "HS256"]}


def signed_by_another(uni):
    uni.key = new_key("first")


def reply(path, answer):
    def break_it(uni):
        uni.replies[path] = answer

    return break_it


NONSENSE = (
    lambda: Response("<h1>Welcome</h1>", mimetype="text/html"),
    lambda: as_json([]),
    lambda: as_json("x"),
    lambda: as_json({}),
    lambda: as_json({"id_token": "a.b.c", "access_token": 1}),
    lambda: as_json({"keys": [{"kty": "EC"}], "id_token": None}),
    lambda: Response("[" * 100_000, mimetype="application/json"),
    lambda: Response(b"\xff\xfe", mimetype="application/json"),
    lambda: Response(status=302, headers={"Location": "https://evil.example/"}),
)
BROKEN = {
    "only unsigned tokens": unsigned,
    "a signature of another": signed_by_another,
    **{
        f"nonsense {number} at {path}": reply(path, answer)
        for path in ("/.well-known/openid-configuration", "/token", "/keys")
        for number, answer in enumerate(NONSENSE)
    },
    **{
        f"down at {path}": reply(path, lambda: Response(status=500))
        for path in ("/.well-known/openid-configuration", "/token", "/keys")
    },
    "too large": reply("/token", lambda: Response("a" * 300_000)),
    "another issuer in the discovery": lambda uni: uni.discovery.update(issuer="https://evil.org"),
    "an endpoint without TLS": lambda uni: uni.discovery.update(
        authorization_endpoint="http://evil.example/authorize"
    ),
}


def test_whatever_a_provider_answers_there_is_a_page_and_passwords_go_on(
    app, client, uni, anna, caplog
):
    link_to(app, anna, uni)
    for what, break_it in BROKEN.items():
        start_anew(app, uni)
        break_it(uni)
        caplog.clear()

        answer = client.get("/sign-in/with/uni")
        if answer.status_code == 302:
            answer = finish(client, uni.answer_to(answer.location))

        assert answer.status_code in (400, 503), what
        assert heading(answer) == FAILED, what
        assert "with your e-mail address and password" in answer.text, what
        assert "uni failed" in caplog.text, what
        assert not any(one in caplog.text for one in ("anna", "Berg")), what
    assert not is_signed_in(client)
    form = get_page(client, "/sign-in").one("main").all("form")[0]
    submit(client, form, {"email": "anna@example.org", "password": PASSWORD})
    assert is_signed_in(client)


def test_the_sign_in_page_asks_no_provider_anything(client, uni):
    page = get_page(client, "/sign-in?next=/requests")

    button = page.one("section", aria_labelledby="providers").one("a")
    assert button.text == "Sign in with Harbour University"
    assert button.get("href") == "/sign-in/with/uni?next=/requests"
    assert uni.asked == []


def test_a_provider_that_is_down_or_slow_is_given_up_in_time(app, client, uni, monkeypatch):
    monkeypatch.setattr(provider_session, "PATIENCE", 0.2)

    def drip():
        def body():
            for _ in range(100):
                time.sleep(0.05)
                yield b" "

        return Response(body(), mimetype="application/json")

    uni.replies["/.well-known/openid-configuration"] = drip
    slow = client.get("/sign-in/with/uni")
    put_in_force(app, stated("http://127.0.0.1:9"))
    down = client.get("/sign-in/with/uni")

    assert (slow.status_code, down.status_code) == (503, 503)
    assert "does not answer at the moment" in read_page(down.text).one("main").text
    assert len(uni.asked) == 1


def test_an_answer_without_a_beginning_does_nothing(client, uni):
    for answer in ({}, {"state": "x"}, {"code": "x"}, {"code": "x", "state": "x"}, {"error": "x"}):
        page = finish(client, answer)

        assert page.status_code == 400, answer
        assert "belongs to no sign-in that was begun in this browser" in page.text
    assert uni.asked == []


def test_an_answer_counts_once_and_in_its_browser_only(app, client, other_client, uni, anna):
    link_to(app, anna, uni)
    answer = uni.answer_to(begin(client))
    begin(other_client)

    assert finish(other_client, answer).status_code == 400
    assert finish(client, answer).location == "/"
    assert finish(client, answer).status_code == 400


def test_a_code_counts_once(app, client, other_client, uni, anna):
    link_to(app, anna, uni)
    first, second = begin(client), begin(other_client)
    answer = uni.answer_to(first)
    finish(client, answer)

    stolen = finish(other_client, {**uni.answer_to(second), "code": answer["code"]})

    assert stolen.status_code == 400
    assert not is_signed_in(other_client)


def test_a_code_of_another_browser_does_not_fit_the_verifier(app, client, other_client, uni, anna):
    link_to(app, anna, uni)
    stolen = uni.answer_to(begin(client))["code"]
    answer = uni.answer_to(begin(other_client))

    assert finish(other_client, {**answer, "code": stolen}).status_code == 400
    assert not is_signed_in(other_client)


def test_an_answer_comes_within_ten_minutes(app, client, uni, anna, monkeypatch):
    link_to(app, anna, uni)
    answer = uni.answer_to(begin(client))
    later = time.time() + 601
    monkeypatch.setattr("time.time", lambda: later)

    assert "too old" in finish(client, answer).text


def test_an_answer_of_another_provider_is_refused(app, client, uni, anna):
    link_to(app, anna, uni)
    put_in_force(app, stated(uni.issuer), stated("http://127.0.0.1:9", key="other", name="Other"))
    answer = uni.answer_to(begin(client))

    assert client.get("/sign-in/with/other/answer", query_string=answer).status_code == 400
    assert finish(client, {**answer, "iss": "https://evil.example"}).status_code == 400
    assert not is_signed_in(client)


def test_an_error_of_the_provider_is_said_in_plain_words(client, uni):
    for error, says in {
        "access_denied": "You cancelled there",
        "temporarily_unavailable": "does not answer at the moment",
        "invalid_request": "cannot be trusted",
        "<script>": "cannot be trusted",
    }.items():
        state = uni.answer_to(begin(client))["state"]

        answer = finish(client, {"error": error, "state": state, "error_description": "Zanthor"})

        assert says in read_page(answer.text).one("main").text, error
        assert "Zanthor" not in answer.text
        assert finish(client, {"code": "x", "state": state}).status_code == 400
    without_state = finish(client, {"error": "access_denied"})
    assert "You cancelled there" in read_page(without_state.text).one("main").text


def test_many_windows_do_not_fill_the_cookie(app, client, uni, anna):
    link_to(app, anna, uni)
    first = uni.answer_to(begin(client, "/" + "a" * 599))
    for _ in range(5):
        last = uni.answer_to(begin(client, "/" + "a" * 599))

    assert len(client.get_cookie("booking").value) < 3800
    assert finish(client, first).status_code == 400
    assert finish(client, last).status_code == 303


def test_a_new_key_is_fetched_once_a_minute_at_most(app, client, uni, anna, monkeypatch):
    link_to(app, anna, uni)
    sign_on(client, uni)
    post(client, "/sign-out")
    uni.key = new_key("second")
    uni.published.append(uni.key)
    uni.asked.clear()

    assert sign_on(client, uni).status_code == 303
    assert uni.asked.count("/keys") == 1
    post(client, "/sign-out")
    uni.key = new_key("third")
    uni.published.append(uni.key)
    assert sign_on(client, uni).status_code == 400
    assert uni.asked.count("/keys") == 1
    monkeypatch.setattr(oidc, "KEYS_AGAIN_AFTER", 0)
    assert sign_on(client, uni).status_code == 303
    assert uni.asked.count("/keys") == 2


def test_what_a_provider_says_of_itself_is_asked_once_an_hour(client, uni, monkeypatch):
    begin(client)
    begin(client)
    assert len(uni.asked) == 1

    monkeypatch.setattr(oidc, "DISCOVERY_LASTS", 0)
    begin(client)

    assert len(uni.asked) == 2


def test_a_withdrawn_key_no_longer_counts(app, client, uni, anna, monkeypatch):
    link_to(app, anna, uni)
    sign_on(client, uni)
    post(client, "/sign-out")
    uni.published[:] = [new_key("second")]
    monkeypatch.setattr(oidc, "DISCOVERY_LASTS", 0)

    assert sign_on(client, uni).status_code == 400


def test_signing_out_says_that_the_provider_may_go_on(app, client, uni, anna):
    link_to(app, anna, uni)
    sign_on(client, uni)

    answer = post(client, "/sign-out")

    page = get_page(client, answer.location)
    assert "Harbour University may still know you" in page.text
    assert not is_signed_in(client)


def test_a_provider_is_shown_with_its_cluster(app, client, uni):
    with app.app_context():
        make_cluster("tampere", name="Tampere Cluster")
    put_in_force(app, stated(uni.issuer, cluster_slug="tampere"))

    section = get_page(client, "/sign-in").one("section", aria_labelledby="providers")

    assert "Tampere Cluster" in section.text


def test_an_unknown_provider_is_no_page(client, uni):
    assert client.get("/sign-in/with/none").status_code == 404
    assert client.get("/sign-in/with/none/answer?state=x").status_code == 404


def test_somebody_signs_in_with_the_real_provider(app, client, anna):
    """oidc-provider-mock: whatever it puts into the token, and whatever elsewhere."""
    with running_mock() as issuer:
        put_in_force(app, stated(issuer))
        claims = {key: value for key, value in ANNA.items() if key != "sub"}
        requests.put(f"{issuer}/users/anna-1", json=claims, timeout=5)

        def answer_of():
            there = requests.post(
                begin(client), data={"sub": "anna-1"}, allow_redirects=False, timeout=5
            )
            return dict(parse_qsl(urlsplit(there.headers["Location"]).query))

        assert finish(client, answer_of()).location == "/sign-in/not-linked"
        sign_in(client, anna)
        assert finish(client, answer_of()).location == "/account/single-sign-on"
        post(client, "/account/single-sign-on/link")
        post(client, "/sign-out")
        answer = answer_of()
        assert finish(client, answer).location == "/"
        assert is_signed_in(client)
        # The provider takes a code once, too.
        post(client, "/sign-out")
        answer = {**answer_of(), "code": answer["code"]}
        assert finish(client, answer).status_code == 400
