"""`flask catalogue`: loads the catalogue into the database, and writes it out of there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import click
from flask.cli import AppGroup

from booking.catalogue import reading, service
from booking.catalogue.export import catalogue_file, catalogue_table, facilities_file
from booking.catalogue.import_file import LARGEST
from booking.catalogue.import_presenter import import_page
from booking.catalogue.import_service import import_facilities
from booking.catalogue.queries import cluster_slugs, facility_slugs
from booking.catalogue.report import LineKind, LoadLine, NamedDate
from booking.errors import NotFound
from booking.web.spreadsheet import csv_text

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


@catalogue.command("import")
@click.argument("cluster")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only show what it would do.")
def import_(cluster: str, file: BinaryIO, dry_run: bool) -> None:
    """Import FILE, a CSV or JSON of facilities, into the cluster with the slug CLUSTER.

    As on the page of coordinators: all or nothing, and later files of the catalogue keep what was
    imported. `load` is for the file of the whole catalogue. The exit status is 1 if something is
    wrong.
    """
    content = file.read(LARGEST + 1)
    try:
        outcome = import_facilities(None, cluster, content)
        if not dry_run and not outcome.problems:
            outcome = import_facilities(None, cluster, content, version=outcome.version)
    except NotFound as error:
        raise click.ClickException(f"there is no cluster {cluster}") from error
    page = import_page(outcome)
    click.echo(page.counts)
    for text in page.of_file:
        click.echo(text)
    for row in page.rows:
        click.echo(f"{row.where}  {row.word}  {row.slug}")
        for text in row.problems:
            click.echo(f"  {text}")
        for change in row.changes:
            click.echo(f"  {change.label}: {change.before} -> {change.after}")
        for text in filter(None, (row.hours, row.affected)):
            click.echo(f"  {text}")
        if row.kept:
            click.echo(f"  stays as it is: {row.kept}")
    if not outcome.saved:
        click.echo("Nothing was written.")
    if outcome.problems or not (outcome.saved or dry_run):
        raise SystemExit(1)


@catalogue.command("export-cluster")
@click.argument("cluster")
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True), default="-")
@click.option("--csv", "as_csv", is_flag=True, help="A table instead of JSON.")
def export_cluster(cluster: str, file: TextIO, as_csv: bool) -> None:
    """Write the facilities of one cluster into FILE, as `import` reads them."""
    if cluster not in cluster_slugs():
        raise click.ClickException(f"there is no cluster {cluster}")
    if as_csv:
        file.write(csv_text(catalogue_table(dict.fromkeys(facility_slugs(), ""), cluster)))
        return
    json.dump(facilities_file(cluster), file, ensure_ascii=False, indent=1)
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
