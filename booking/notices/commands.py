"""Commands: `flask worker`, and `flask mail` for mails that failed and for pausing all mail."""

import signal
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from booking.db.readiness import NotReady, why_not_ready
from booking.notices import invitations, outbox, pausing
from booking.notices.pausing import MailPause, mail_pause
from booking.notices.worker import Worker
from booking.web.fields import INTEGER_MAX


@click.command("worker")
@click.option("--once", is_flag=True, help="Do one round and exit.")
@with_appcontext
def worker_command(once: bool) -> None:
    """End what nobody answered, remind, send mail, and tidy up, every 20 seconds."""
    if why_not_ready() is NotReady.NOT_MIGRATED:  # all else may pass, and is tried again
        raise click.ClickException(NotReady.NOT_MIGRATED)
    worker = Worker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    if once:
        raise SystemExit(0 if worker.round() else 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


#: Stands before the number of an invitation; a notice has its number alone.
INVITATION = "i"
Number = tuple[str, int]


class MailNumber(click.ParamType[Number]):
    """The number of a failed mail, as the list has it: 17 is a notice, i17 an invitation."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Number:
        """Return the prefix and the number."""
        digits = str(value).removeprefix(INVITATION)
        if not (digits.isascii() and digits.isdigit() and 0 < int(digits) <= INTEGER_MAX):
            self.fail(f"{value!r} is not a number of the list", param, ctx)
        return (INVITATION if digits != value else "", int(digits))


mail_group = AppGroup("mail", help="Mails that failed, and pausing all mail.")


@mail_group.command("list")
def list_command() -> None:
    """List the mails that failed five times, and say whether mail is paused."""
    if paused := mail_pause(current_app.extensions["settings"]):
        click.echo(_paused_line(paused))
    failed = [
        (str(one.notice_id), one.failed_at, one.reference or "account", one.email)
        for one in outbox.failed_mails()
    ]
    failed += [
        (f"{INVITATION}{one.invitation_id}", one.failed_at, one.reference, one.email)
        for one in invitations.failed_invitations()
    ]
    for number, failed_at, about, email in failed:
        click.echo(f"{number}  {_written(failed_at)}  {about:<7}  {email}")
    if not failed:
        click.echo("No mail has failed.")


@mail_group.command("resend")
@click.argument("numbers", nargs=-1, type=MailNumber())
@click.option("--all", "everything", is_flag=True, help="Send all that failed.")
def resend_command(numbers: tuple[Number, ...], everything: bool) -> None:
    """Send failed mails again: those with these numbers of the list, or all."""
    if bool(numbers) == everything:
        raise click.UsageError("Give numbers of `flask mail list`, or --all.")
    notices = None if everything else [number for prefix, number in numbers if not prefix]
    invited = None if everything else [number for prefix, number in numbers if prefix]
    queued = {("", one) for one in outbox.resend(notices)}
    queued |= {(INVITATION, one) for one in invitations.resend_invitations(invited)}
    click.echo(f"Mails to be sent again: {len(queued)}.")
    if missing := sorted(set(numbers) - queued):
        listed = ", ".join(f"{prefix}{number}" for prefix, number in missing)
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
    return f"Mail is paused since {_written(paused.since)}{why}. To go on: flask mail resume"


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


groups: tuple[click.Command, ...] = (worker_command, mail_group)
