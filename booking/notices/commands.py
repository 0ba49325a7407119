"""Commands: `flask worker`, and `flask mail` for mails that failed and for pausing all mail."""

import signal
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from booking.db.readiness import NotReady, why_not_ready
from booking.notices import pausing
from booking.notices.mail_queue import MailName, all_failed, mail_name, send_again
from booking.notices.pausing import MailPause, mail_pause
from booking.notices.worker import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Do one round and exit.")
@with_appcontext
def worker_command(once: bool) -> None:
    """End what nobody answered, remind, send mail, and tidy up, every 20 seconds."""
    if why_not_ready() is NotReady.NOT_MIGRATED:  # all else may pass, and is tried again
        raise click.ClickException(NotReady.NOT_MIGRATED)
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    if once:
        went_well = [worker.round(), worker.do_long_tasks()]
        raise SystemExit(0 if all(went_well) else 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


class MailNumber(click.ParamType[MailName]):
    """The number of a failed mail, as the list has it: 17, i17 or a17."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> MailName:
        """Return the mail that it names."""
        return mail_name(str(value)) or self.fail(
            f"{value!r} is not a number of the list", param, ctx
        )


mail_group = AppGroup("mail", help="Mails that failed, and pausing all mail.")


@mail_group.command("list")
def list_command() -> None:
    """List the mails that failed five times, and say whether mail is paused."""
    if paused := mail_pause(current_app.extensions["settings"]):
        click.echo(_paused_line(paused))
    failed = all_failed()
    for one in failed:
        about = one.reference or "account"
        click.echo(f"{one.name}  {_written(one.failed_at)}  {about:<7}  {one.address}")
    if not failed:
        click.echo("No mail has failed.")


@mail_group.command("resend")
@click.argument("numbers", nargs=-1, type=MailNumber())
@click.option("--all", "everything", is_flag=True, help="Send all that failed.")
def resend_command(numbers: tuple[MailName, ...], everything: bool) -> None:
    """Send failed mails again: those with these numbers of the list, or all."""
    if bool(numbers) == everything:
        raise click.UsageError("Give numbers of `flask mail list`, or --all.")
    queued = send_again(None if everything else numbers)
    click.echo(f"Mails to be sent again: {len(queued)}.")
    if missing := sorted(set(numbers) - queued):
        listed = ", ".join(map(str, missing))
        raise click.ClickException(f"No failed mail has the number {listed}. See: flask mail list")


@mail_group.command("pause")
def pause_command() -> None:
    """Pause all mail, until `flask mail resume`."""
    pausing.pause()
    click.echo("Mail is paused. Updates are still written. To go on: flask mail resume")


@mail_group.command("resume")
@click.option("--drop", is_flag=True, help="Do not send what waits; updates stay on the page.")
def resume_command(drop: bool) -> None:
    """Send mail again, by default also what has waited for less than a day."""
    number = pausing.resume(drop=drop)
    click.echo(f"Mail is sent again. {'Dropped' if drop else 'Waiting'}: {number}.")
    if current_app.extensions["settings"].mail_paused:
        raise click.ClickException("MAIL_PAUSED is on: nothing is sent until it is off.")


def _paused_line(paused: MailPause) -> str:
    if paused.since is None:
        return "Mail is paused by the setting MAIL_PAUSED."
    why = " because this database was restored" if paused.restored else ""
    why = f" by {paused.by}" if paused.by else why
    return f"Mail is paused since {_written(paused.since)}{why}. To go on: flask mail resume"


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


groups: tuple[click.Command, ...] = (worker_command, mail_group)
