"""A new secret key: with the old one as a fallback nobody notices, and no calendar changes."""

import re
from dataclasses import replace
from datetime import date

import pytest

from booking.accounts.account_mail import AccountMailKind
from booking.accounts.email_service import confirm_email_change, request_email_change
from booking.accounts.known_browsers import marked_browser, new_mark
from booking.accounts.throttle import ClientSource
from booking.app import flask_configuration
from booking.notices.account_outbox import take_account_mail
from booking.rules.lifecycle import State
from tests.factories import (
    PASSWORD,
    make_cluster,
    make_facility,
    make_partner,
    make_request,
    sign_in,
    slot_on,
)
from tests.pages import get_page, submit

NEW = "a new secret key of at least thirty-two characters"
DAY = date(2027, 1, 12)
SIGNING = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "WTF_CSRF_SECRET_KEY")


@pytest.fixture
def new_key(app, monkeypatch):
    """Returns a function that replaces the secret key, as a restart does."""

    def change(*, keep_old=True):
        old = app.extensions["settings"]
        fallbacks = (old.secret_key,) if keep_old else ()
        settings = replace(old, secret_key=NEW, secret_key_fallbacks=fallbacks)
        monkeypatch.setitem(app.extensions, "settings", settings)
        for name in SIGNING:
            monkeypatch.setitem(app.config, name, flask_configuration(settings)[name])

    return change


def test_a_new_key_signs_nobody_out_and_takes_forms_that_are_open(app, client, new_key):
    with app.app_context():
        anna = make_partner("anna@example.org")
    sign_in(client, anna)
    form = next(
        form
        for form in get_page(client, "/account").one("main").all("form")
        if form.get("action") == "/account"
    )

    new_key()

    assert client.get("/account").status_code == 200
    assert submit(client, form, {"time_zone": "Europe/Helsinki"}).status_code == 303
    assert client.get("/account").status_code == 200


def test_a_key_that_is_not_kept_signs_everybody_out(app, client, new_key):
    with app.app_context():
        anna = make_partner("anna@example.org")
    sign_in(client, anna)

    new_key(keep_old=False)

    assert client.get("/account").status_code == 302


def test_a_browser_stays_known_by_an_older_key():
    mark = new_mark("old", "anna@example.org", "hash")

    assert marked_browser(mark, ("new", "old"), "anna@example.org", "hash")
    assert marked_browser(mark, ("new",), "anna@example.org", "hash") is None


def test_a_link_that_waits_to_be_mailed_goes_on_to_work(app, app_context, new_key):
    anna = make_partner("anna@example.org")
    secret = app.extensions["settings"].secret_key
    mine, other = (ClientSource(one, "192.0.2.1", secret) for one in (anna.email, "b@example.org"))
    request_email_change(anna.id, PASSWORD, other.email, mine, other, secret)

    new_key()

    settings = app.extensions["settings"]
    mails = [take_account_mail(settings) for _ in range(2)]
    (mail,) = [one for one in mails if one.kind is AccountMailKind.CONFIRM_EMAIL]
    assert confirm_email_change(mail.token) == other.email


def test_a_new_key_changes_no_event_of_a_calendar(app, client, new_key):
    with app.app_context():
        hall = make_facility(make_cluster("here"), "hall")
        make_request(make_partner("a@example.org"), hall, [slot_on(DAY)], state=State.CONFIRMED)

    def uids():
        urls = ("/facilities/hall.ics", "/clusters/here.ics")
        return [re.findall(r"UID:(\S+)", client.get(url).text) for url in urls]

    before = uids()
    new_key(keep_old=False)

    assert all(before)
    assert uids() == before
