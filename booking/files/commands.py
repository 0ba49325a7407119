"""Command: `flask files sweep`."""

import click
from flask.cli import AppGroup

from booking.files.sweep_service import sweep

files_group = AppGroup("files", help="Pictures and documents that people put here.")


@files_group.command("sweep")
def sweep_command() -> None:
    """Remove files that nothing shows any more; the worker does it once a day, too."""
    click.echo(f"Files removed: {sweep()}.")


groups: tuple[click.Command, ...] = (files_group,)
