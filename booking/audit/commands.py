"""`flask audit`: checks the log of who changed what."""

import re

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from booking.audit.verifying import verify
from booking.rules.audit_chain import ChainFault

TEXTS = {
    ChainFault.MISSING: "is missing",
    ChainFault.DOES_NOT_FOLLOW: "does not follow from the entry before it",
    ChainFault.CHANGED: "was changed after it was written",
    ChainFault.CONTENT_CHANGED: "has other content, or another address, than it was written with",
    ChainFault.ERASED_BY_NOTHING: "has lost content or address, and no erasure in the log says why",
    ChainFault.END_MISSING: "is not where the log should go on or end: its end was cut or added to",
}
_NOTED = re.compile(r"([1-9][0-9]{0,9}):([0-9a-f]{64})", re.ASCII)


@click.group("audit")
def audit() -> None:
    """Check the log of who changed what."""


@audit.command("verify")
@click.option(
    "--expect",
    help="What an earlier run printed, as POSITION:HASH. Then a log that was written anew is "
    "found out, too.",
)
@with_appcontext
def verify_command(expect: str | None) -> None:
    """Check that no entry of the log was changed, added in between or removed.

    Only reads. Names the first entry that is wrong, and then the exit status is 1.
    """
    noted = _NOTED.fullmatch(expect) if expect else None
    if expect and noted is None:
        raise click.UsageError("--expect takes what this command prints at its end: POSITION:HASH")
    expected = (int(noted[1]), noted[2]) if noted else None
    try:
        found = verify(expected=expected)
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "The database does not answer or was not migrated. If it is new: flask db upgrade"
        ) from error
    if found.fault is not None:
        click.echo(f"entry {found.position} {TEXTS[found.fault]}")
        raise SystemExit(1)
    click.echo(f"{found.position} entries, nothing wrong")
    if found.erased:
        click.echo(f"{found.erased} of them lost personal content by an erasure in the log")
    click.echo(f"{found.position}:{found.hash}")


groups: tuple[click.Command, ...] = (audit,)
