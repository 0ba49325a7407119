"""`flask demo`: one command from nothing to pages, and again without losing anything."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from booking.accounts.models import SignIn
from booking.app import create_app
from booking.catalogue import reading, service
from booking.db import clock
from booking.demo import people
from booking.extensions import db
from tests.databases import settings_for
from tests.factories import sign_in
from tests.pages import get_page

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def demonstration(database_url, **environment):
    """A started demonstration: its process and what it said until it could be opened."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo"]
    settings = {"DATABASE_URL": database_url, "SECRET_KEY": "x" * 40, "PORT": "0"}
    # Tests that run in the background may take no notice of Ctrl-C, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("To start again"):
            break
    try:
        yield process, "".join(said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_serves_marked_pages_keeps_data_and_stops_cleanly(database_url):
    with demonstration(database_url, DEMO_PASSWORD="fog over the lighthouse") as (first, said):
        assert "Creating past and upcoming bookings" in said
        assert "fog over the lighthouse" in said
        assert "approver.tampere@demo.example" in said
        with urllib.request.urlopen(ADDRESS.search(said)[0] + "/facilities") as page:  # noqa: S310
            assert "bookings are invented" in page.read().decode()
        first.send_signal(signal.SIGINT)
        goodbye, _ = first.communicate()
        assert first.returncode == 0, goodbye
        assert "Stopped." in goodbye

    with demonstration(database_url) as (second, said):
        assert "Creating past and upcoming bookings" not in said
        assert "Loading the catalogue" not in said
        second.terminate()
        second.communicate()
        assert second.returncode == 0


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_taken_port_is_reported_before_anything_is_created(app, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        monkeypatch.setenv("PORT", port)
        result = app.test_cli_runner().invoke(args=["demo"])

    assert result.exit_code == 1
    assert f"Port {port} cannot be used" in result.output
    assert "make run PORT=" in result.output


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("port", ["80000", "http", "-1", "8 0"])
def test_an_invalid_port_is_reported(app, monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    result = app.test_cli_runner().invoke(args=["demo"])

    assert result.exit_code == 1
    assert "PORT must be a whole number" in result.output


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_production_refuses_it(database_url, at):
    app = create_app(settings_for(database_url, production=True))
    result = app.test_cli_runner().invoke(args=["demo"])

    assert result.exit_code == 1
    assert "cannot run in production" in result.output
    with app.app_context():
        assert people.accounts_to_try()[0].email == "partner@demo.example"
        assert db.session.scalar(sa.text("SELECT count(*) FROM person")) == 0
        db.engine.dispose()


@pytest.fixture
def accounts(app_context):
    service.load(reading.read_catalogue())
    people.make_people(clock.now() - timedelta(days=150))
    accounts = people.accounts_to_try()
    people.set_password(accounts, "the first password")
    return accounts


def person(email):
    return db.session.scalars(sa.select(people.Person).where(people.Person.email == email)).one()


def test_the_same_password_signs_nobody_out_and_a_new_one_does(accounts, client):
    sign_in(client, person("partner@demo.example"))

    people.set_password(accounts, "the first password")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1

    people.set_password(accounts, "another password")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0


def test_a_deactivated_account_is_active_again_after_the_next_start(accounts):
    person("admin@demo.example").is_active = False
    db.session.commit()

    people.make_people(clock.now())

    assert person("admin@demo.example").is_active


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_only_a_demonstration_lists_accounts_and_never_the_password(app, client):
    accounts = [people.DemoAccount("partner@demo.example", "asks for facilities")]
    app.config["DEMO_ACCOUNTS"] = accounts
    assert "partner@demo.example" not in get_page(client, "/sign-in").text

    app.config["DEMO"] = True

    page = get_page(client, "/sign-in")
    assert page.one("section", class_="panel").one("dl").text.startswith("partner@demo.example")
    assert not any(field.get("value") for field in page.all("input", type="password"))


@pytest.mark.parametrize("url", ["/", "/sign-in", "/no-such-page"])
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_only_a_demonstration_says_that_it_is_one(app, client, url):
    status = 404 if url == "/no-such-page" else 200
    assert "Demonstration:" not in get_page(client, url, status).text

    app.config["DEMO"] = True

    assert "Demonstration: people, organisations and bookings are invented." in (
        get_page(client, url, status).text
    )
