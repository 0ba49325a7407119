"""The page of sign-in providers: what stands there, and checking one of them."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from werkzeug import Response

from booking.accounts.identity_models import SignInIdentity
from booking.accounts.models import Person
from booking.db.transactions import writing
from booking.extensions import db
from booking.single_sign_on import provider_session
from booking.single_sign_on.models import ProviderCheck
from tests.conftest import NOW
from tests.factories import make_cluster, make_person, sign_in
from tests.identity_provider import SECRET, as_json, running_provider, stated
from tests.pages import get_page, post

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])

PAGE = "/admin/sign-in-providers"
OFFERS = {
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "claims_supported": ["email_verified"],
}


@pytest.fixture(scope="module")
def _server():
    with running_provider() as provider:
        yield provider


@pytest.fixture
def uni(_server, app, client):
    """A provider in force, and an administrator who is signed in."""
    _server.__dict__.update(type(_server)(_server.issuer).__dict__)
    _server.discovery = dict(OFFERS)
    put_in_force(app, stated(_server.issuer))
    with app.app_context():
        sign_in(client, make_person("ada@example.org", is_admin=True))
    return _server


def put_in_force(app, *providers):
    app.extensions["settings"] = replace(
        app.extensions["settings"], sign_in_providers=tuple(providers)
    )


def check(client, key="uni"):
    return post(client, f"{PAGE}/{key}/check")


def checked(client):
    answer = check(client)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#provider-uni")
    return get_page(client, PAGE).text


def test_the_page_shows_each_provider_its_use_and_no_secret(app, client, uni):
    with app.app_context(), writing():
        anna = make_person("anna@example.org")
        for subject, issuer, used_at in (
            ("1", uni.issuer, NOW),
            ("2", "https://old.example", None),
        ):
            db.session.add(
                SignInIdentity(
                    key=subject,
                    person_id=anna.id,
                    issuer=issuer,
                    subject=subject,
                    linked_at=NOW,
                    used_at=used_at,
                )
            )
    page = get_page(client, PAGE)
    for text in (
        "Harbour University",
        uni.issuer,
        "all clusters",
        "Linked accounts 1",
        "Last sign-in Tue 24 Nov",
        "It has not been tested yet.",
        "https://old.example: 1 account",
    ):
        assert text in page.text
    assert page.one("input", id="address-uni").get("value") == (
        "http://localhost/sign-in/with/uni/answer"
    )
    assert SECRET not in client.get(PAGE).text
    assert not uni.asked  # looking at the page asks nothing of anybody


def test_cluster_and_client_id_of_a_provider_are_shown_short(app, client, uni):
    with app.app_context():
        make_cluster("here", name="Cluster Here")
    put_in_force(
        app,
        replace(stated(uni.issuer, cluster_slug="here"), client_id="0123456789-of-a-very-long-one"),
        stated("https://b.example", key="b", cluster_slug="gone"),
    )
    text = get_page(client, PAGE).text
    assert "Cluster Here" in text
    assert "gone, which is the slug of no cluster" in text
    assert "012345…-one" in text
    assert "0123456789-of" not in text


def test_a_check_says_what_it_found_and_only_the_last_one_is_kept(app, client, uni):
    discovery = "/.well-known/openid-configuration"
    text = checked(client)
    for said in (
        "Harbour University was checked",
        "It answers and says how it works.",
        "It calls itself exactly what the file says.",
        "It offers the code flow.",
        "It offers PKCE with S256.",
        "Its keys can be read: 1 key for signatures.",
    ):
        assert said in text
    assert uni.asked == [discovery, "/keys"]

    uni.discovery["issuer"] = "https://evil.example/<b>"
    uni.discovery["jwks_uri"] = "http://keys.example/"
    text = checked(client)
    for said in (
        "nobody can sign in with it now",
        "It calls itself https://evil.example/<b>.",
        "It names no address with https:// for jwks_uri",
    ):
        assert said in text
    assert "keys can be read" not in text
    assert uni.asked == [discovery, "/keys", discovery]  # keys without TLS are not asked for
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ProviderCheck)) == 1


def test_a_provider_whose_clock_is_wrong_is_told_so(client, uni):
    # The server on this machine shows the true time, and ours stands still.
    assert "so what it signs is refused" in checked(client)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Response(status=404), "it answers with status 404"),
        (Response(status=302, headers={"Location": "http://127.0.0.1/"}), "which we do not follow"),
        (Response("<html>"), "no description of a provider"),
        (Response("x" * (provider_session.LARGEST_ANSWER + 1)), "larger than 256 kB"),
    ],
)
def test_an_answer_that_is_no_description_is_told_in_words(answer, says, client, uni):
    uni.replies["/.well-known/openid-configuration"] = lambda: answer
    assert says in checked(client)


def test_a_provider_that_is_down_or_slow_ends_in_time_and_is_said_so(app, client, uni, monkeypatch):
    put_in_force(app, stated("http://127.0.0.1:9"))  # nothing listens there
    assert "It cannot be reached" in checked(client)
    put_in_force(app, stated(uni.issuer))
    monkeypatch.setattr(provider_session, "PATIENCE", 0)
    assert "It did not answer within" in checked(client)


def test_a_check_of_another_issuer_counts_no_more(app, client, uni):
    checked(client)
    put_in_force(app, stated("https://new.example"))
    assert "It has not been tested yet." in get_page(client, PAGE).text
    assert check(client, "none").status_code == 404


def test_who_is_no_administrator_any_more_when_the_answer_comes_keeps_nothing(app, client, uni):
    def removed():
        with app.app_context(), writing():
            person = db.session.scalar(sa.select(Person).where(Person.email == "ada@example.org"))
            person.is_admin = False
        return as_json({})

    uni.replies["/.well-known/openid-configuration"] = removed
    assert check(client).status_code == 403
    with app.app_context():
        assert not db.session.scalars(sa.select(ProviderCheck)).all()


VALUES = 'name = "Uni"\nissuer = "https://a.example"\nclient_id = "x"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "there is no file"),
        ("[uni]\nname = ?", "not valid TOML (line 2, column 8)"),
        (f"[uni]\n{VALUES}client_secret = 'hidden'", "unknown entry: client_secret"),
        (
            '[uni]\nname = "U"\nclient_id = "x"\nissuer = "http://a.example"',
            "must begin with https",
        ),
        (f"[new]\n{VALUES}", "set the client secret in: SIGN_IN_SECRET_NEW"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_before_a_restart(
    text, says, app, client, uni, tmp_path, monkeypatch
):
    file = tmp_path / "providers.toml"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("SIGN_IN_PROVIDERS", str(file))
    page = get_page(client, PAGE).text
    assert says in page
    assert "hidden" not in page
    assert "Harbour University" in page  # which the pages still use
