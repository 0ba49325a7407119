"""The part `log`: how long it takes to check that nobody changed the log of who changed what."""

import time
from datetime import datetime, timedelta

import click
import flask_migrate

from booking.audit.recording import record
from booking.audit.verifying import verify
from booking.db import clock
from booking.db.transactions import writing
from booking.rules.audit_events import Event

#: Entries of one transaction; they are kept in memory until it ends.
TOGETHER = 10_000


def bench_log(entries: int) -> None:
    """Append so many entries to the log of the app's empty database, and time its verification."""
    flask_migrate.upgrade()
    first = clock.now() - timedelta(seconds=entries)
    began = time.perf_counter()
    for start in range(0, entries, TOGETHER):
        _append(range(start, min(start + TOGETHER, entries)), first)
    appended = time.perf_counter() - began
    began, computed = time.perf_counter(), time.process_time()
    found = verify()
    click.echo(
        f"{found.position:,} entries of the log, appended in {appended:.0f} s, verified in"
        f" {time.perf_counter() - began:.0f} s ({time.process_time() - computed:.0f} s of CPU),"
        f" {found.fault or 'nothing wrong'}"
    )


def _append(numbers: range, first: datetime) -> None:
    """Append one entry a second, each with a change and a reason."""
    with writing():
        for number in numbers:
            record(
                Event.CLUSTER_CHANGED,
                now=first + timedelta(seconds=number),
                actor=number % 997,
                cluster=number % 7,
                before={"website": f"https://example.org/{number - 1}"},
                after={"website": f"https://example.org/{number}"},
                why=f"moved for the {number}th time",
            )
