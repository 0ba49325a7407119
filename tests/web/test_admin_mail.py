"""The mail queue and the settings in force, on the pages of administrators."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from booking.accounts.account_mail import AccountMailKind, queue_account_mail
from booking.accounts.models import AccountMail, Person
from booking.db.transactions import writing
from booking.extensions import db
from booking.notices.account_outbox import drop_stale_account_mail
from booking.notices.models import MailState
from booking.notices.worker import Worker
from tests.conftest import NOW
from tests.factories import make_person, sign_in
from tests.pages import get_page, post

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def ada(app, client, monkeypatch):
    """An administrator who is signed in, on a site that sends mail."""
    settings = replace(
        app.extensions["settings"], smtp_host="localhost", smtp_port=1, mail_from="a@example.org"
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    with app.app_context():
        ada = make_person("ada@example.org", is_admin=True)
        anna = make_person("anna@example.org")
        sign_in(client, ada)
        with writing() as now:
            queue_account_mail(
                AccountMailKind.PASSWORD_CHANGED, "anna@example.org", now, person_id=anna.id
            )
        return ada


def come_back(app, client):
    """The administrator signs in again, as the sign-in has ended."""
    with app.app_context():
        sign_in(client, db.session.query(Person).filter_by(is_admin=True).one())


def mails(app):
    with app.app_context():
        return [
            (one.mail_failed_at, one.mail_tries, one.mail_due_at)
            for one in db.session.query(AccountMail)
        ]


def let_it_fail(app, at):
    """The only mail was tried once and then became too old."""
    with app.app_context():
        db.session.query(AccountMail).one().mail_tries = 1
        db.session.commit()
        at(NOW + timedelta(days=2))
        assert drop_stale_account_mail() == 1


def test_what_waits_is_listed_with_its_address_and_what_it_is_about(client, ada):
    page = get_page(client, "/admin/mail")
    for text in ("anna@example.org", "the password was changed", "due since", "No mail has failed"):
        assert text in page.text


def test_a_failed_mail_about_an_account_is_kept_and_sent_again(app, client, ada, at):
    let_it_fail(app, at)
    with app.app_context():
        Worker(app).round()  # nothing of it is tried or deleted
    come_back(app, client)
    page = get_page(client, "/admin/mail")
    assert "given up" in page.text
    assert "1 mail failed" in get_page(client, "/admin").text
    number = re.search(r"number (a\d+)", page.text)[1]
    assert post(client, "/admin/mail/again", {"mail": number}).status_code == 303
    assert mails(app) == [(None, 0, NOW + timedelta(days=2))]
    again = post(client, "/admin/mail/again", {"mail": number}, follow_redirects=True)
    assert "it is no longer in the list" in again.get_data(as_text=True)


def test_a_mail_that_is_given_up_leaves_the_list(app, client, ada, at):
    let_it_fail(app, at)
    come_back(app, client)
    number = re.search(r"number (a\d+)", get_page(client, "/admin/mail").text)[1]
    for wrong in ("", "x", "a0", "17", "a99999999999", "\u0661"):
        post(client, "/admin/mail/forget", {"mail": wrong})
    assert len(mails(app)) == 1
    post(client, "/admin/mail/forget", {"mail": number})
    assert mails(app) == []


def test_the_command_line_lists_and_sends_failed_mails_about_accounts_again(app, ada, at):
    let_it_fail(app, at)
    run = app.test_cli_runner().invoke
    listed = run(args=["mail", "list"]).output
    number = re.match(r"(a\d+)  2026-11-26 09:00 UTC  account  anna@example.org\n", listed)[1]
    assert run(args=["mail", "resend", number]).output == "Mails to be sent again: 1.\n"
    assert mails(app)[0][0] is None


def test_what_was_never_tried_is_not_said_to_have_failed(app, ada, at):
    at(NOW + timedelta(days=2))
    with app.app_context():
        assert drop_stale_account_mail() == 1
    assert mails(app) == []


def test_who_paused_mail_is_named_and_the_second_is_told(app, client, ada):
    assert post(client, "/admin/mail/pause").status_code == 303
    page = get_page(client, "/admin/mail")
    assert "Since Tue 24 Nov, 10:00" in page.text
    assert "by Ada." in page.text
    second = post(client, "/admin/mail/pause", follow_redirects=True)
    assert "Mail was paused already." in second.get_data(as_text=True)
    told = post(client, "/admin/mail/resume", follow_redirects=True)
    assert "1 mail waits for it" in told.get_data(as_text=True)
    with app.app_context():
        assert db.session.get(MailState, 1).paused_by_id is None


def test_what_waits_can_be_left_out_also_about_accounts(app, client, ada):
    post(client, "/admin/mail/pause")
    told = post(client, "/admin/mail/resume", {"drop": "yes"}, follow_redirects=True)
    assert "1 mail was left out" in told.get_data(as_text=True)
    assert mails(app) == []


def test_the_page_of_settings_shows_them(client, ada):
    page = get_page(client, "/admin/settings")
    for text in ("SECRET_KEY", "set (secret)", "LIMIT_SEARCH", "240/1m", "RETENTION_UPDATES"):
        assert text in page.text
    assert "only for tests" not in page.text
