"""`flask catalogue`: loads the catalogue into the database, and writes it out of there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click
from flask.cli import AppGroup

from booking.catalogue import reading, service
from booking.catalogue.export import catalogue_file
from booking.catalogue.report import LineKind, LoadLine, NamedDate

catalogue = AppGroup("catalogue", help="The catalogue of clusters and facilities.")
WIDTH = max(len(kind) for kind in LineKind)


@catalogue.command("load")
@click.argument("file", type=click.Path(path_type=Path), default=reading.SHIPPED)
@click.option("--dry-run", is_flag=True, help="Only show what it would do.")
def load(file: Path, dry_run: bool) -> None:
    """Load FILE (default: the catalogue that comes with the product).

    Loading again brings facts up to date; nothing is removed, and what owners have set stays. Dates
    outside new hours are marked as affected. A facility with dates to come is not closed: that is
    refused, and everything else is loaded. The exit status is 1 if something was refused.
    """
    try:
        report = service.load(reading.read_catalogue(file), dry_run=dry_run)
    except reading.CatalogueError as error:
        raise click.ClickException(str(error)) from error
    counts = ", ".join(f"{report.counts[kind]} {kind}" for kind in LineKind)
    click.echo(f"{report.clusters} clusters and {report.facilities} facilities: {counts}.")
    for line in report.lines:
        click.echo(_text(line))
    if dry_run:
        click.echo("Nothing was written.")
    if report.counts[LineKind.REFUSED]:
        raise SystemExit(1)


@catalogue.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
def export(file: TextIO) -> None:
    """Write the catalogue that is in the database into FILE (default: print it).

    It has the form that `load` reads; to load it again changes nothing.
    """
    json.dump(catalogue_file(), file, ensure_ascii=False, indent=1)
    file.write("\n")


def _text(line: LoadLine) -> str:
    """Return a line of the report: `changed   facility uas-denmark: status, opening_hours`."""
    text = f"{line.kind:<{WIDTH}}  {line.what} {line.slug}"
    if line.names:
        text += f": {', '.join(line.names)}"
    if line.affected:
        text += f"; affected: {_dates(line.affected)}"
    if line.needed_by:
        text += f"; needed by: {_dates(line.needed_by)}"
    return text


def _dates(dates: Sequence[NamedDate]) -> str:
    return ", ".join(
        f"{one.reference} {one.facility} {one.starts_at:%Y-%m-%d %H:%M}" for one in dates
    )


groups: tuple[click.Command, ...] = (catalogue,)
