"""`flask catalogue load`: loads the catalogue into the database."""

from pathlib import Path

import click
from flask.cli import AppGroup

from booking.catalogue import reading, service

catalogue = AppGroup("catalogue", help="The catalogue of clusters and facilities.")


@catalogue.command("load")
@click.argument("file", type=click.Path(path_type=Path), default=reading.SHIPPED)
def load(file: Path) -> None:
    """Load FILE (by default the catalogue that comes with the product).

    Loading again brings facts up to date; nothing is removed and bookings stay.
    """
    try:
        loaded = service.load(reading.read_catalogue(file))
    except reading.CatalogueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{loaded.clusters} clusters and {loaded.facilities} facilities.")


groups: tuple[click.Command, ...] = (catalogue,)
