"""`flask setup`: says what a new site still lacks, and makes its first administrator."""

import smtplib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click
from flask import current_app, url_for
from flask.cli import with_appcontext

from booking.accounts.commands import Address, Line
from booking.accounts.people_service import make_first_admin
from booking.accounts.service import LINK_LASTS
from booking.admin.messages import advice
from booking.admin.overview_queries import installation
from booking.admin.setup_queries import Clocks, clocks, inventory
from booking.config import Settings
from booking.db import clock
from booking.db.readiness import why_not_ready
from booking.errors import Conflict, Invalid
from booking.notices.mail import mail_server
from booking.rules.attention import Level, Need, attention
from booking.wording.languages import language_choices

#: What the checks below say by themselves, with what they found.
_SAID_HERE = {Need.NO_MAIL_SERVER, Need.NOTHING_TO_BOOK, Need.NO_ADMIN, Need.DATABASE}


@dataclass(frozen=True)
class Check:
    """What one check found; `what_to_do` "": all is well. `essential`: nothing works without."""

    what: str
    what_to_do: str = ""
    essential: bool = False


@click.command("setup")
@click.option("--email", type=Address(), help="E-mail address of the first administrator.")
@click.option("--name", type=Line(120), help="Name of the first administrator.")
@click.option("--mail", "by_mail", is_flag=True, help="Mail the link instead of printing it.")
@click.option("--check", "only_check", is_flag=True, help="Only check; make no administrator.")
@with_appcontext
def setup(email: str | None, name: str | None, by_mail: bool, only_check: bool) -> None:
    """Check what this site still lacks, and make its first administrator.

    Run it as often as you like: it changes nothing once there is an administrator. The exit status
    is 1 while something essential is missing.
    """
    settings: Settings = current_app.extensions["settings"]
    broken = _report(_before_the_database(settings))
    if fault := why_not_ready():
        _report([Check("Database", str(fault), essential=True)])
        raise SystemExit(1)
    broken |= _report(_with_the_database(settings))
    admins = inventory().admins
    if admins:
        _say(Check(f"Administrators: {admins}"))
        if email or name:
            raise click.ClickException(
                "There is an administrator already, who makes others on the page "
                f"{settings.base_url}/admin/people. Nothing was changed."
            )
    elif only_check:
        _say(Check("Administrator", "Run flask setup without --check.", essential=True))
        broken = True
    else:
        _make_admin(settings, email, name, by_mail=by_mail)
    if broken:
        click.echo("\nSomething essential is missing: see the lines with ✗.")
        sys.exit(1)


def _make_admin(settings: Settings, email: str | None, name: str | None, *, by_mail: bool) -> None:
    if by_mail and not settings.smtp_host:
        raise click.UsageError("--mail needs a mail server: set SMTP_HOST.")
    click.echo("\nThere is no administrator yet. Who is the first one?")
    email = email or click.prompt("E-mail address", type=Address())
    name = name or click.prompt("Name", type=Line(120))
    try:
        token = make_first_admin(email, name, by_mail=by_mail)
    except Conflict as error:
        raise click.ClickException(
            "Somebody else has made an administrator a moment ago. Nothing was changed."
        ) from error
    except Invalid as error:
        raise click.ClickException(
            f"{email} has an account already. Run: flask account admin {email}"
        ) from error
    if token is None:
        click.echo(
            f"The worker mails {name} a link to choose a password. It works once, within "
            f"{LINK_LASTS.days} days."
        )
        return
    with current_app.test_request_context():
        path = url_for("accounts.welcome", token=token)
    click.echo(
        f"Choose a password with this link. It works once, within {LINK_LASTS.days} days, and is "
        "not shown again:"
    )
    click.echo(f"{settings.base_url}{path}")


def _before_the_database(settings: Settings) -> Iterator[Check]:
    if settings.production:
        yield Check("Runs in production, with a SECRET_KEY of its own")
    else:
        yield Check(
            "Runs for development",
            "For people to use it, set APP_ENV=production, and then what it asks for.",
        )
    yield Check(f"Address: {settings.base_url}")
    yield Check(f"Languages: {', '.join(one.name for one in language_choices())}")
    yield _mail(settings)


def _mail(settings: Settings) -> Check:
    if not settings.smtp_host:
        return Check(
            "Mail",
            "Set SMTP_HOST and MAIL_FROM. Without them people find their updates on the page "
            "only, and you send each link to choose a password yourself.",
        )
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with mail_server(settings):
            return Check(f"Mail: {place} takes mail from {settings.mail_from}")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        why = f" ({type(error).__name__})"
    return Check(
        f"Mail: {place}",
        f"It cannot be reached or refuses us{why}. Check SMTP_HOST, SMTP_PORT, SMTP_TLS, "
        "SMTP_USER and SMTP_PASSWORD.",
        essential=True,
    )


def _clock(found: Clocks) -> Check:
    what = f"Clock: {found.here:%Y-%m-%d %H:%M} UTC"
    if found.is_early:
        return Check(what, "It is slow. Let this machine keep its time by NTP.", essential=True)
    if found.differ:
        return Check(
            what,
            f"The clock of the database shows {found.database:%Y-%m-%d %H:%M} UTC. Let both "
            "machines keep their time by NTP.",
            essential=True,
        )
    return Check(what)


def _with_the_database(settings: Settings) -> Iterator[Check]:
    yield Check("Database: answers, migrated to this version, can be written")
    yield _clock(clocks())
    there = inventory()
    if there.facilities:
        yield Check(f"Catalogue: {there.clusters} clusters, {there.facilities} facilities")
    else:
        yield Check("Catalogue", "Load it: flask catalogue load, or a file of your own.")
    worker_seen = True
    for finding in attention(installation(settings, None)):
        if finding.need in _SAID_HERE or finding.level is Level.HINT:
            continue
        words = advice(finding, clock.now(), ZoneInfo("UTC"))
        worker_seen &= finding.need not in (Need.WORKER_NEVER_SEEN, Need.WORKER_LATE)
        yield Check(words.title, words.what_to_do)
    if worker_seen:
        yield Check("Worker: runs")


def _report(checks: "Iterator[Check] | list[Check]") -> bool:
    """Print what was found; returns whether something essential is missing."""
    broken = False
    for check in checks:
        _say(check)
        broken |= bool(check.what_to_do) and check.essential
    return broken


def _say(check: Check) -> None:
    if not check.what_to_do:
        click.echo(f"✓ {check.what}")
    else:
        click.echo(f"{'✗' if check.essential else '·'} {check.what}\n    {check.what_to_do}")


groups: tuple[click.Command, ...] = (setup,)
