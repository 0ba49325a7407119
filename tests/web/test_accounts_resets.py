"""Pages: a forgotten password, and changing one's e-mail address."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from booking.accounts import operator_service
from booking.accounts.models import AccountMail, Person
from booking.extensions import db
from booking.rules.limits import DEFAULT_LIMITS, LimitName
from tests.factories import (
    PASSWORD,
    make_account_request,
    make_cluster,
    make_coordinator,
    make_partner,
    make_person,
    sign_in,
)
from tests.pages import get_page, post, read_page, submit
from tests.postbox import mailing, text_of

LINK_MAIL_NETWORK_LIMIT = DEFAULT_LIMITS[LimitName.LINK_MAIL_NETWORK]

ANNA = "anna@example.org"
NEW_PASSWORD = "four words in a row"


@pytest.fixture
def anna(app, monkeypatch):
    settings = app.extensions["settings"]
    monkeypatch.setitem(
        app.extensions, "settings", replace(settings, smtp_host="127.0.0.1", mail_from="a@b.test")
    )
    with app.app_context():
        return make_partner(ANNA, name="Anna Berg")


def forget(client, email):
    form = get_page(client, "/forgotten-password").one("main").one("form")
    return submit(client, form, {"email": email})


def link_for(app, email=ANNA):
    with app.app_context():
        return operator_service.new_link(email)


def test_the_way_from_signing_in_to_a_new_password(app, client, anna, postbox):
    worker = mailing(app, postbox.port)
    (way,) = [
        link.get("href")
        for link in get_page(client, "/sign-in").one("main").all("a")
        if link.text == "Forgotten your password?"
    ]

    sent = submit(client, get_page(client, way).one("main").one("form"), {"email": ANNA})
    assert (sent.status_code, sent.location) == (303, "/forgotten-password/sent")
    assert "expires after 30 minutes" in get_page(client, sent.location).one("main").text
    worker.round()
    path = re.search(r"http://localhost(/reset-password/\S+)", text_of(postbox.mails[0])).group(1)
    page = get_page(client, path)
    assert page.one("h1").text == "Choose a new password"
    form = page.one("main").one("form")
    done = submit(client, form, {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD})

    assert (done.status_code, done.location) == (303, "/")
    assert get_page(client, "/").one("p", class_="flash").text == (
        "Password changed. You have been signed out everywhere else."
    )
    over = client.get(path)
    assert over.status_code == 404
    assert [a.get("href") for a in read_page(over.text).one("main").all("a")] == [
        "/forgotten-password",
        "/sign-in",
    ]


@pytest.mark.parametrize("who", [ANNA, "nobody@example.org", "gone@example.org"])
def test_the_answer_is_the_same_for_every_address(who, app, client, anna):
    with app.app_context():
        make_person("gone@example.org", is_active=False)

    answer = forget(client, who)

    assert (answer.status_code, answer.location) == (303, "/forgotten-password/sent")
    assert answer.text.count(who) == 0
    assert sorted(answer.headers.keys()) == sorted(
        forget(client, "other@example.org").headers.keys()
    )


def test_too_many_requests_from_one_network_get_429_and_keep_what_was_typed(client, anna):
    for number in range(LINK_MAIL_NETWORK_LIMIT.tries):
        forget(client, f"person{number}@example.org")

    refused = forget(client, "one.more@example.org")

    page = read_page(refused.text)
    assert refused.status_code == 429
    assert "Try again later." in refused.text, "how long depends on the limit that is set"
    assert page.one("input", id="email").get("value") == "one.more@example.org"


@pytest.mark.parametrize("address", ["reset-password", "welcome"])
def test_opening_a_link_uses_nothing_up_and_its_address_is_no_referrer(address, app, client, anna):
    path = f"/{address}/{link_for(app)}"

    for method in ("GET", "HEAD", "GET"):
        answer = client.open(path, method=method)
        assert answer.status_code == 200
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_mail_server_the_page_says_whom_to_ask(app, client, monkeypatch):
    page = get_page(client, "/forgotten-password").one("main")

    assert "Ask the coordinator of your cluster" in page.text
    assert page.all("form") == []
    assert post(client, "/forgotten-password", {"email": ANNA}).status_code == 422


def change(client, email="new@example.org", password=PASSWORD):
    form = get_page(client, "/account/email").one("main").one("form")
    return submit(client, form, {"email": email, "password": password})


def test_a_new_address_is_confirmed_by_a_button_behind_the_mailed_link(
    app, client, other_client, anna, postbox
):
    worker = mailing(app, postbox.port)
    sign_in(client, anna)

    assert change(client).location == "/account"
    page = get_page(client, "/account")
    assert "We have sent a link to new@example.org." in page.one("p", class_="flash").text
    assert "new@example.org is not confirmed yet." in page.one("main").text
    worker.round()
    (mail,) = [one for one in postbox.mails if one["To"] == "new@example.org"]
    path = re.search(r"http://localhost(/confirm-email/\S+)", text_of(mail)).group(1)
    opened = other_client.get(path)
    assert opened.headers["Referrer-Policy"] == "strict-origin"
    form = read_page(opened.text).one("main").one("form")
    with app.app_context():
        assert db.session.scalar(sa.select(Person.email)) == ANNA
    assert submit(other_client, form, {}).location == "/sign-in"

    assert (
        get_page(client, "/account").one("ul", class_="account-facts").text.count("new@example.org")
    )
    over = other_client.get(path)
    assert over.status_code == 404
    assert "This link no longer works" in over.text
    assert "within 24 hours" in over.text


def test_a_refused_change_of_address_keeps_it_and_says_why(app, client, anna):
    sign_in(client, anna)

    for email, password, field, message in (
        ("new@example.org", "wrong", "password", "Wrong password, or too many attempts."),
        (ANNA, PASSWORD, "email", "This is your address already."),
        ("no address", PASSWORD, "email", "Enter an e-mail address such as name@example.org."),
    ):
        answer = change(client, email, password)
        page = read_page(answer.text)
        assert answer.status_code == 422
        assert message in page.one("div", id=f"{field}-error").text
        assert page.one("input", id="email").get("value") == email


def test_a_change_to_an_address_with_an_account_is_answered_alike(app, client, anna):
    with app.app_context():
        make_person("rival@example.org")
    sign_in(client, anna)

    to_free, to_taken = change(client, "free@example.org"), change(client, "rival@example.org")

    assert (to_free.status_code, to_free.location) == (to_taken.status_code, to_taken.location)
    assert list(to_free.headers.keys()) == list(to_taken.headers.keys())
    with app.app_context():
        kinds = db.session.scalars(sa.select(AccountMail.kind)).all()
    assert sorted(set(kinds)) == ["confirm_email", "email_changing"]


def test_a_new_account_gets_its_link_by_mail_and_the_coordinator_does_not_see_it(
    app, client, anna, postbox
):
    with app.app_context():
        cluster = make_cluster("here")
        coordinator = make_coordinator(cluster)
        key = make_account_request(cluster, email="new@example.org").key
    worker = mailing(app, postbox.port)
    sign_in(client, coordinator)

    form = next(
        form
        for form in get_page(client, f"/manage/people/{key}").one("main").all("form")
        if "Approve and send link" in form.text
    )
    done = submit(client, form)
    assert (done.status_code, done.location) == (303, "/manage/people")
    assert "to new@example.org." in get_page(client, done.location).one("p", class_="flash").text
    worker.round()

    (mail,) = [one for one in postbox.mails if one["To"] == "new@example.org"]
    assert "within 7 days" in text_of(mail)
    path = re.search(r"http://localhost(/welcome/\S+)", text_of(mail)).group(1)
    other = app.test_client()
    assert get_page(other, path).one("h1").text == "Choose your password"
    again = post(client, f"/manage/people/{key}/link")
    assert (again.status_code, again.location) == (303, "/manage/people")
    worker.round()
    assert other.get(path).status_code == 404, "the new link replaces it"
    assert len([one for one in postbox.mails if one["To"] == "new@example.org"]) == 2
