"""Load invented federations into an empty PostgreSQL and print what their pages cost.

DATABASE_URL=postgresql+psycopg://... python -m tools.benchmark [--part everyday] ...
"""

import click
import sqlalchemy as sa

from booking.app import create_app
from booking.extensions import db
from tools.benchmark.everyday import CROWD, RACERS, Scale, bench_everyday
from tools.benchmark.federation import Size
from tools.benchmark.large import bench_large
from tools.benchmark.log import bench_log
from tools.benchmark.worker import forget_kept

LARGE, EVERYDAY, LOG = "large", "everyday", "log"


@click.command()
@click.option(
    "--part",
    type=click.Choice([EVERYDAY, LARGE, LOG]),
    help="Measure only this part; all if not given.",
)
@click.option("--facilities", default=5000, show_default=True, help="Of the large federation.")
@click.option("--occupancies", default=10_000_000, show_default=True, help="As --facilities.")
@click.option("--repeats", default=30, show_default=True, help="How often each is timed.")
@click.option(
    "--clients",
    type=click.IntRange(1, RACERS),
    multiple=True,
    default=(1, CROWD),
    show_default=True,
    help="How many browsers ask at once, in the part `everyday`; may be given again.",
)
@click.option("--rounds", default=100, show_default=True, help="Races for one date, as --clients.")
@click.option(
    "--pages",
    default=0,
    show_default=True,
    help="Look at memory while so many different pages are read, as --clients.",
)
@click.option("--entries", default=1_000_000, show_default=True, help="Of the log to verify.")
def main(
    part: str | None,
    facilities: int,
    occupancies: int,
    repeats: int,
    clients: tuple[int, ...],
    rounds: int,
    pages: int,
    entries: int,
) -> None:
    """Load invented federations into DATABASE_URL (an empty PostgreSQL) and time their pages.

    The part `everyday` has 200 facilities and 100,000 dates, the size that booking systems handle,
    and does over HTTP what people do. The part `large` has 10 million occupancies and compares
    pages with the SQL that they run. The part `log` verifies a log of a million entries.
    Everything is deleted from the database afterwards.
    """
    app = create_app()
    with app.app_context():
        _refuse_used_database()
        if part in (None, EVERYDAY):
            bench_everyday(Scale(repeats=repeats, clients=clients, rounds=rounds, pages=pages))
            _empty_database()
        if part in (None, LARGE):
            bench_large(app, Size(facilities, occupancies), repeats)
            _empty_database()
        if part in (None, LOG):
            bench_log(entries)
            _empty_database()


def _refuse_used_database() -> None:
    if db.engine.dialect.name != "postgresql" or sa.inspect(db.engine).get_table_names():
        raise click.ClickException("DATABASE_URL must name an empty PostgreSQL database")


def _empty_database() -> None:
    db.session.remove()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # it waits for a running VACUUM
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    db.engine.dispose()  # what connections have prepared names tables that are gone
    forget_kept()


if __name__ == "__main__":
    main()
