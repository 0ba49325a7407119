"""Commands: `flask retention`."""

from datetime import date, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

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
    return f"{line.table} (texts)" if line.texts else line.table


def _oldest(since: datetime | date | None) -> str:
    return f"since {since:%Y-%m-%d}" if since else ""


groups: tuple[click.Command, ...] = (retention_command,)
