"""The command that runs the worker."""

import logging
import signal

import click
from flask import current_app
from flask.cli import with_appcontext

from booking.db.readiness import NotReady, why_not_ready
from booking.notices.worker import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Do one round and exit.")
@with_appcontext
def worker_command(once: bool) -> None:
    """End what nobody answered, send mail, and tidy up, every 20 seconds."""
    if why_not_ready() is NotReady.NOT_MIGRATED:  # all else may pass, and is tried again
        raise click.ClickException(NotReady.NOT_MIGRATED)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    if once:
        raise SystemExit(0 if worker.round() else 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


groups: tuple[click.Command, ...] = (worker_command,)
