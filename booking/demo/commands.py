"""`flask demo`: everything that a newcomer needs to look around, with one command."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from booking.catalogue import reading
from booking.config import Settings
from booking.db import clock
from booking.demo import catalogue, directory, joint_plans, people, story
from booking.demo.plans import PlanError
from booking.demo.serving import bind, serve

HOST = "127.0.0.1"
DEFAULT_PORT = 8000


@click.command("demo")
@with_appcontext
def demo() -> None:
    """Fill a database with the catalogue, accounts and invented bookings, and serve the pages.

    PORT and DEMO_PASSWORD may be set. Run again, it keeps what is there.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.production:
        raise click.ClickException(
            "The demonstration cannot run in production: its accounts are public."
        )
    door = _door(os.environ.get("PORT"))
    password = os.environ.get("DEMO_PASSWORD") or people.new_password()
    try:
        accounts = _fill(password)
    except OperationalError as error:
        raise click.ClickException(f"The database cannot be used: {error.orig}") from error
    except PlanError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        raise click.ClickException(
            f"Stopped before the demonstration was complete. {_how_to_begin_anew(settings)}"
        ) from None
    address = f"http://{HOST}:{door.getsockname()[1]}"
    app = _as_demonstration(current_app._get_current_object(), address, accounts)  # type: ignore[attr-defined]  # noqa: SLF001
    serve(app, door, lambda: _print_welcome(address, password, accounts, settings))
    click.echo("\nStopped. Your changes are kept for the next start.")


def _door(port: str | None) -> socket.socket:
    """Take the port before anything else, so that a taken one is reported at once."""
    if port and not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise click.ClickException("PORT must be a whole number from 0 to 65535.")
    number = int(port or DEFAULT_PORT)
    try:
        return bind(HOST, number)
    except OSError as error:
        raise click.ClickException(
            f"Port {number} cannot be used ({error.strerror}). "
            f"Choose another, for example: make run PORT={number + 1 if number < 65535 else 8001}"
        ) from error


def _fill(password: str) -> list[people.DemoAccount]:
    flask_migrate.upgrade()
    now = clock.now()
    shipped = reading.read_catalogue()
    if not catalogue.is_loaded(shipped):
        click.echo("Loading the catalogue ...")
        catalogue.update_catalogue(shipped)
    people.make_people(now - story.FIRST_DAY_AGO)
    if not story.is_played():
        click.echo("Creating past and upcoming bookings ...")
        for title in story.play(now):
            click.echo(f"No free date was found for: {title}", err=True)
    directory.write_directory(now)
    joint_plans.write_plans(now)
    accounts = people.accounts_to_try()
    people.set_password(accounts, password)
    return accounts


def _as_demonstration(app: Flask, address: str, accounts: list[people.DemoAccount]) -> Flask:
    """Mark pages as a demonstration, list who may sign in, and make links in feeds lead here."""
    settings: Settings = app.extensions["settings"]
    base_url = settings.base_url if "BASE_URL" in os.environ else address
    app.extensions["settings"] = replace(settings, demo=True, base_url=base_url)
    app.config["DEMO"] = True
    app.config["DEMO_ACCOUNTS"] = accounts
    return app


def _print_welcome(
    address: str, password: str, accounts: list[people.DemoAccount], settings: Settings
) -> None:
    width = max(len(account.email) for account in accounts)
    lines = [
        "",
        "Shared test facilities: demonstration",
        "",
        f"  Address   {address}",
        f"  Password  {password}  (for all of these accounts)",
        "",
        *(f"  {account.email:<{width}}  {account.part}" for account in accounts),
        "",
        "People, organisations and bookings are invented. Stop with Ctrl-C.",
        _how_to_begin_anew(settings),
        "",
    ]
    click.echo("\n".join(lines))


def _how_to_begin_anew(settings: Settings) -> str:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return "To start again, empty the database."
    path = Path(url.database)
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return f"To start again, stop it and delete {path}*"


groups: tuple[click.Command, ...] = (demo,)
