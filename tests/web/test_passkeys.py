"""Pages: passkeys, as the script of the pages asks and answers."""

from dataclasses import replace

import pytest

from tests.authenticator import Authenticator
from tests.factories import make_partner, sign_in
from tests.pages import csrf_token, get_page, post, read_page

NEW = "/account/two-step/passkeys/new"


@pytest.fixture(autouse=True)
def _named_site(app, monkeypatch):
    settings = replace(app.extensions["settings"], base_url="http://localhost")
    monkeypatch.setitem(app.extensions, "settings", settings)


@pytest.fixture
def anna(app):
    with app.app_context():
        return make_partner("anna@example.org", name="Anna Berg")


def options(client, url):
    return post(client, url).text


def add(client, device):
    asked = options(client, "/account/two-step/passkeys/options")
    return post(client, NEW, {"name": "Phone", "answer": device.make(asked)})


def use(client, device, query="", **how):
    asked = options(client, f"/sign-in/passkey/options{query}")
    return post(client, f"/sign-in/passkey{query}", {"answer": device.sign(asked, **how)})


@pytest.fixture
def phone(client, anna):
    """Anna's passkey; she has signed out."""
    device = Authenticator()
    sign_in(client, anna)
    assert "Your recovery codes" in add(client, device).text
    post(client, "/sign-out")
    return device


def test_a_passkey_signs_in_and_leads_to_the_page_that_was_wanted(client, phone):
    answer = use(client, phone, "?next=/account/password")

    assert (answer.status_code, answer.location) == (303, "/account/password")
    assert client.get("/account").status_code == 200
    assert "Phone" in get_page(client, "/account/two-step").text


def test_a_refused_answer_is_told_and_signs_nobody_in(client, phone):
    answer = use(client, phone, origin="https://evil.example")

    assert answer.location == "/sign-in"
    assert "the passkey is not known here" in get_page(client, "/sign-in").text
    assert client.get("/account").status_code == 302


def test_an_answer_counts_only_in_the_browser_that_was_asked(client, other_client, phone):
    asked = options(client, "/sign-in/passkey/options")
    csrf_token(other_client)

    post(other_client, "/sign-in/passkey", {"answer": phone.sign(asked)})

    assert other_client.get("/account").status_code == 302


def test_an_answer_that_does_not_fit_keeps_the_typed_name(client, anna):
    sign_in(client, anna)
    options(client, "/account/two-step/passkeys/options")

    answer = post(client, NEW, {"name": "Blue key", "answer": "{}"})

    assert answer.status_code == 422
    page = read_page(answer.text).one("main")
    assert page.one("input", name="name").get("value") == "Blue key"
    assert "The passkey was not added" in page.text


def test_confirming_with_a_passkey_takes_only_ones_own(client, other_client, anna, phone, app):
    with app.app_context():
        bea = make_partner("bea@example.org")
    sign_in(other_client, bea)

    use(other_client, phone, "?for=confirm")

    assert "bea@example.org" in get_page(other_client, "/account").text


def test_without_a_script_the_page_offers_the_other_way(client, anna):
    sign_in(client, anna)

    page = get_page(client, NEW).one("main")

    assert page.one("form").get("hidden") is not None
    assert "Passkeys need JavaScript" in page.one("noscript").text
