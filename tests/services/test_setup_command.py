"""`flask setup`: what a new site still lacks, and its first administrator."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.account_request_queries import find_link_holder
from booking.accounts.models import AccountMail, Person
from booking.accounts.people_service import make_first_admin
from booking.admin.setup_queries import Clocks
from booking.app import create_app
from booking.config import Settings, SettingsError
from booking.errors import Conflict
from booking.extensions import db
from tests.conftest import NOW
from tests.databases import settings_for
from tests.factories import make_cluster, make_facility, make_person

ADA = ("--email", "Ada@example.org", "--name", "Ada")


@pytest.fixture
def run(app):
    """Runs the command; fails unless it ends with `status`; gives what it printed."""

    def run(*words, status=0, typed=None):
        result = app.test_cli_runner().invoke(args=["setup", *words], input=typed)
        assert result.exit_code == status, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.output

    return run


@pytest.fixture
def mail_at(app, monkeypatch):
    """Lets the site send mail by a server at a port of this machine."""

    def mail_at(port):
        settings = replace(
            app.extensions["settings"],
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls=False,
            mail_from="booking@example.org",
        )
        monkeypatch.setitem(app.extensions, "settings", settings)

    return mail_at


def admins() -> list[tuple[str, str]]:
    db.session.rollback()
    rows = db.session.execute(sa.select(Person.email, Person.name).where(Person.is_admin))
    return [tuple(row) for row in rows]


def test_the_first_administrator_gets_a_link_that_is_printed_once(run, app_context):
    printed = run(typed="not an address\nada@example.org\nAda\n")
    assert admins() == [("ada@example.org", "Ada")]
    token = re.search(r"http://localhost/welcome/([\w-]+)\n", printed)[1]
    assert find_link_holder(token).email == "ada@example.org"
    again = run()
    assert "✓ Administrators: 1" in again
    assert "/welcome/" not in again
    assert admins() == [("ada@example.org", "Ada")]


def test_no_second_first_administrator_is_made(run, app_context):
    run(*ADA)
    refused = run("--email", "eve@example.org", "--name", "Eve", status=1)
    assert "There is an administrator already" in refused
    with pytest.raises(Conflict, match="admin_exists"):
        make_first_admin("eve@example.org", "Eve", by_mail=False)
    assert admins() == [("ada@example.org", "Ada")]


def test_an_address_that_has_an_account_is_named_with_what_to_do(run, app_context):
    make_person("ada@example.org")
    assert "has an account already. Run: flask account admin" in run(*ADA, status=1)


def test_what_is_missing_is_said_with_what_to_do(run, app_context):
    printed = run("--check", status=1)
    for text in (
        "Set SMTP_HOST and MAIL_FROM.",
        "Load it: flask catalogue load",
        "Start it beside the pages: flask worker.",
        "✗ Administrator",
        "✓ Database: answers",
        "✓ Clock: 2026-11-24 09:00 UTC",
        "✓ Languages: English",
        "✓ Address: http://localhost",
    ):
        assert text in printed
    assert admins() == []


def test_what_is_there_is_said_too(run, app, app_context):
    make_facility(make_cluster("here", short_name="Here"), "hall")
    run(*ADA)
    app.test_cli_runner().invoke(args=["worker", "--once"])
    printed = run()
    assert "✓ Catalogue: 1 clusters, 1 facilities" in printed
    assert "✓ Worker: runs" in printed
    assert "1 cluster has no coordinator" in printed


def test_a_mail_server_is_tried_and_one_out_of_reach_is_essential(run, mail_at, postbox):
    mail_at(postbox.port)
    assert f"✓ Mail: 127.0.0.1:{postbox.port} takes mail from booking@example.org" in run(*ADA)
    mail_at(1)
    printed = run(status=1)
    assert "✗ Mail: 127.0.0.1:1\n    It cannot be reached" in printed
    assert "Something essential is missing" in printed


def test_the_link_can_be_mailed_where_there_is_a_mail_server(run, mail_at, postbox, app_context):
    assert "--mail needs a mail server" in run(*ADA, "--mail", status=2)
    assert admins() == []
    mail_at(postbox.port)
    assert "/welcome/" not in run(*ADA, "--mail")
    assert db.session.scalars(sa.select(AccountMail.address)).all() == ["ada@example.org"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_without_tables_nothing_more_is_looked_at(tmp_path, engine_name):
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.db'}"))
    result = app.test_cli_runner().invoke(args=["setup", *ADA])
    assert result.exit_code == 1
    assert "run flask db upgrade" in result.output
    assert "Catalogue" not in result.output


@pytest.mark.parametrize(
    ("here", "database", "logged", "early", "differ"),
    [
        (NOW, NOW, None, False, False),
        (NOW, NOW + timedelta(seconds=61), None, False, True),
        (NOW, NOW - timedelta(seconds=59), NOW + timedelta(seconds=59), False, False),
        (NOW, NOW, NOW + timedelta(seconds=61), True, False),
        (NOW - timedelta(days=30), NOW - timedelta(days=30), None, True, False),
    ],
)
def test_a_clock_that_is_slow_or_alone_is_noticed(here, database, logged, early, differ):
    found = Clocks(here, database, logged)
    assert (found.is_early, found.differ) == (early, differ)


def test_a_wrong_setting_ends_a_command_as_one_sentence():
    with pytest.raises(SettingsError) as wrong:
        Settings.from_environment({"APP_ENV": "production"})
    assert wrong.value.exit_code == 1
    assert wrong.value.format_message().startswith("SECRET_KEY must have")
