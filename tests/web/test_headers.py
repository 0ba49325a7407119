"""What every answer carries, whatever it answers."""

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.models import SignIn
from booking.app import create_app
from booking.extensions import db
from tests.databases import settings_for
from tests.factories import make_person, sign_in
from tests.pages import csrf_token

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/", "/facilities", "/sign-in", "/nowhere", "/healthz", "/static/theme.css"]
)
def test_every_response_has_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert {name: headers[name] for name in EVERYWHERE} == EVERYWHERE
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in headers


def test_pages_are_not_cached_but_static_files_are(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/static/theme.css", buffered=True).headers["Cache-Control"]


def test_error_pages_under_static_addresses_are_not_cached(
    app_context: None, client: FlaskClient
) -> None:
    sign_in(client, make_person())
    for address in ("/static/nope.css", "/static/nope.css?v=1"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80"])
def test_a_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400


def test_forwarded_host_names_do_not_appear_in_addresses(
    app_context: None, client: FlaskClient
) -> None:
    sign_in(client, make_person())
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded"):
        assert "evil.example" not in client.get("/account", headers={name: "evil.example"}).text


def test_in_production_the_session_cookie_has_the_host_prefix(database_url: str) -> None:
    settings = dataclasses.replace(
        settings_for(database_url),
        production=True,
        base_url="https://localhost",
        trusted_hosts=("localhost",),
    )
    app = create_app(settings)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    (cookie,) = [text for text in cookies if text.startswith("__Host-booking=")]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    with app.app_context():
        db.engine.dispose()


def test_a_page_that_needs_no_session_sets_no_cookie(client: FlaskClient) -> None:
    for path in ("/", "/facilities", "/clusters", "/healthz"):
        assert "Set-Cookie" not in client.get(path).headers


def test_a_body_over_the_limit_is_refused_with_a_page(client: FlaskClient) -> None:
    answer = client.post("/ask-for-account", data={"message": "x" * 1_000_000})
    assert answer.status_code == 413
    assert "<h1" in answer.text


def test_a_wrong_method_is_refused_and_the_right_ones_are_named(client: FlaskClient) -> None:
    answer = client.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_unexpected_error_shows_a_page_without_details(app: Flask, client: FlaskClient) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.testing = False
    broken.access_mark = "public"
    app.view_functions["browse.start"] = broken
    answer = client.get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


def test_an_unavailable_database_answers_503(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alembic_version RENAME TO gone")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_form_posted_after_its_sign_in_expired_leads_back_to_its_page(
    app_context: None, client: FlaskClient
) -> None:
    sign_in(client, make_person())
    token = csrf_token(client)
    db.session.rollback()
    db.session.query(SignIn).delete()
    db.session.commit()
    for page, back in (
        ("http://localhost/account?view=1", "/account?view%3D1"),
        ("https://evil.example/account", "/"),
        ("", "/"),
    ):
        answer = client.post(
            "/account", data={"csrf_token": token}, headers={"Referer": page} if page else {}
        )
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/sign-in?next={back}"
