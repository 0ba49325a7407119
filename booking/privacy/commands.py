"""Commands: `flask retention`."""

from datetime import date, datetime

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from booking.errors import Conflict, NotFound
from booking.privacy.erasure_service import erase_account, erase_again
from booking.privacy.retention import Due, delete_due, what_is_due


@click.command("retention")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@with_appcontext
def retention_command(dry_run: bool) -> None:
    """Delete what has stayed as long as the rules of retention say; the worker does it daily."""
    periods = current_app.extensions["settings"].retention
    due = what_is_due(periods)
    oldest = {_what(line): line.oldest for line in due}
    for line in due if dry_run else delete_due(periods):
        what = _what(line)
        click.echo(f"{line.number:>8}  {what:<30}  {_oldest(oldest.get(what))}".rstrip())
    if not due:
        click.echo("Nothing is due.")


def _what(line: Due) -> str:
    return f"{line.table} ({line.part})" if line.part else line.table


def _oldest(since: datetime | date | None) -> str:
    return f"since {since:%Y-%m-%d}" if since else ""


erasures = AppGroup("erasures", help="Accounts that are erased.")


@erasures.command("apply")
def apply_command() -> None:
    """Erase again, after a restore, the accounts of the list that this database still has."""
    path = current_app.extensions["settings"].erasures
    try:
        number = erase_again(path)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Erased again: {number}.")


@erasures.command("add")
@click.argument("email")
@click.confirmation_option(prompt="The account cannot be brought back. Erase it?")
def add_command(email: str) -> None:
    """Erase the account with this e-mail address, at the request of its person."""
    try:
        erase_account(None, email, current_app.extensions["settings"].erasures)
    except NotFound:
        raise click.ClickException("No account has this address.") from None
    except Conflict as refused:
        raise click.ClickException(_REFUSALS[refused.code]) from None
    click.echo("Erased.")


_REFUSALS = {
    "last_admin": "Nobody else administers this site. See: flask account admin",
    "last_coordinator": "This is the only coordinator of a cluster. See: flask coordinator add",
    "last_manager": "This is the only manager of an organisation. See: flask member add",
}

groups: tuple[click.Command, ...] = (retention_command, erasures)
