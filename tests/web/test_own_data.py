"""Pages: one's name, a copy of one's data, and erasing an account."""

import dataclasses
import json

import pytest
import sqlalchemy as sa

from booking.accounts.models import Person, SignIn
from booking.extensions import db
from tests.conftest import NOW
from tests.factories import (
    PASSWORD,
    make_membership,
    make_organisation,
    make_partner,
    make_person,
    sign_in,
)
from tests.pages import get_page, read_page, submit, text_of


@pytest.fixture
def anna(app, client, tmp_path, monkeypatch):
    """Signed in on `client`."""
    settings = dataclasses.replace(app.extensions["settings"], erasure_list=tmp_path / "list.txt")
    monkeypatch.setitem(app.extensions, "settings", settings)
    with app.app_context():
        anna = make_partner("anna@example.org", name="Anna <b>Berg</b>")
    sign_in(client, anna)
    return anna


def fill(client, url, typed):
    page = get_page(client, url).one("main")
    form = next(form for form in page.all("form") if form.get("action") == url)
    return submit(client, form, typed)


def test_a_new_name_stands_everywhere(client, anna):
    assert fill(client, "/account/name", {"name": "Anna Stern"}).status_code == 303
    page = get_page(client, "/account")
    assert "Name changed." in page.text
    assert "Anna Stern" in page.text
    assert "Berg" not in page.text
    for bad in ("", " ", "x" * 121, "Anna\u202eB"):
        answer = fill(client, "/account/name", {"name": bad})
        assert answer.status_code == 422
        assert read_page(answer.text).one("div", id="name-error").text


def test_a_copy_needs_the_password_and_is_a_file(client, anna):
    wrong = fill(client, "/account/data", {"password": "wrong", "form": "json"})
    assert wrong.status_code == 422
    assert "Wrong password" in text_of(wrong)

    answer = fill(client, "/account/data", {"password": PASSWORD, "form": "json"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data-2026-11-24.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    copied = json.loads(answer.text)
    assert copied["tables"][0]["rows"][0]["email"] == "anna@example.org"

    answer = fill(client, "/account/data", {"password": PASSWORD, "form": "page"})
    assert answer.content_type == "text/html; charset=utf-8"
    assert 'filename="my-data-2026-11-24.html"' in answer.headers["Content-Disposition"]
    assert "Anna &lt;b&gt;Berg&lt;/b&gt;" in answer.text
    assert "<script" not in answer.text
    assert fill(client, "/account/data", {"password": PASSWORD, "form": "xml"}).status_code == 422


def test_an_account_is_erased_with_the_password_and_a_tick(client, anna, app):
    for typed in ({"password": PASSWORD}, {"sure": "y", "password": "wrong"}, {"sure": "y"}):
        assert fill(client, "/account/erase", typed).status_code == 422
    answer = fill(client, "/account/erase", {"sure": "y", "password": PASSWORD})

    assert answer.status_code == 303
    page = get_page(client, answer.location)
    assert "Your account has been erased." in page.text
    assert page.all("a", href="/sign-in")
    with app.app_context():
        assert not db.session.get(Person, anna.id).is_active
    assert client.get("/account").location.startswith("/sign-in")


def test_the_last_manager_reads_what_to_do_first(client, anna, app):
    with app.app_context():
        firm = make_organisation()
        make_membership(anna, firm, role="manager")
        make_person(organisation=firm)
    answer = fill(client, "/account/erase", {"sure": "y", "password": PASSWORD})
    assert answer.status_code == 409
    assert "Make a colleague a manager first" in text_of(answer)


def test_an_administrator_erases_an_account_at_its_owners_request(client, anna, app):
    with app.app_context():
        sign_in(client, make_person("admin@example.org", is_admin=True))
    typed = {"email": "nobody@example.org", "sure": "y", "password": PASSWORD}
    assert "Say why" in text_of(fill(client, "/erase-account", typed))
    typed["why"] = "Asked by letter."
    assert "No account has this address" in text_of(fill(client, "/erase-account", typed))
    del typed["email"]
    page = get_page(client, f"/erase-account?person={anna.key}").one("main")
    assert submit(client, page.one("form"), typed).location == "/admin/people"
    with app.app_context():
        assert db.session.get(Person, anna.id).name == "A former member"
    assert "Asked by letter." in get_page(client, "/admin/log").text
    page = get_page(client, f"/admin/people/{anna.key}").one("main")
    assert "This account was erased." in page.text
    assert not page.all("a", href=f"/admin/people/{anna.key}/activate")


def test_who_has_no_password_proves_otherwise_who_they_are(client, anna, app):
    with app.app_context():
        db.session.execute(sa.update(Person).where(Person.id == anna.id).values(password_hash=None))
        db.session.execute(sa.update(SignIn).values(proved_at=None))
        db.session.commit()
    assert client.get("/account/data").location == "/account/confirm?next=/account/data"
    assert client.get("/account/erase").location == "/account/confirm?next=/account/erase"
    with app.app_context():
        db.session.execute(sa.update(SignIn).values(proved_at=NOW))
        db.session.commit()
    assert fill(client, "/account/data", {"form": "json"}).content_type.startswith("application/")
    assert fill(client, "/account/erase", {"sure": "y"}).status_code == 303
