"""Databases that earlier versions filled upgrade to the newest one and go on with all they hold.

`python -m tools.keep_version` writes the files of a new migration.
"""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import DBAPIError

from booking.accounts.models import Organisation, Person
from booking.bookings.models import Booking, BookingRequest, Occupancy, Occurrence
from booking.db import clock
from booking.db.readiness import MIGRATIONS
from booking.extensions import Model, db
from booking.facilities.models import Facility
from booking.rules.lifecycle import State
from tests.conftest import NOW, Visitor
from tests.databases import forget, new_app
from tests.factories import sign_in
from tests.lanes import IS_LONG

FOLDER = Path(__file__).with_name("upgrades")
ENGINES = ("sqlite", "postgresql")
#: The first version of which a database with data was kept.
FIRST = "0009"
MIGRATION_NAMES = sorted(
    Path(script.path).stem for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
)
# The last eight versions and half of those before are upgraded on one engine in turn, the oldest
# and the newest on both; the long lane upgrades all on both.
LATEST = len(MIGRATION_NAMES) - 8
KEPT = [
    pytest.param((engine, name), id=f"{engine}-{name[:4]}")
    for turn, engine in enumerate(ENGINES)
    for number, name in enumerate(MIGRATION_NAMES)
    if (FOLDER / f"{name}.{engine}.sql.gz").exists()
    if IS_LONG
    or (number % len(ENGINES) == turn and (number >= LATEST or number % 4 in (0, 1)))
    or name[:4] in (FIRST, MIGRATION_NAMES[-1][:4])
]
# After an upgrade from the oldest and the newest more is tried: all end with the same tables.
of_oldest_and_newest = pytest.mark.parametrize(
    "upgraded",
    [one for one in KEPT if one.values[0][1][:4] in (FIRST, MIGRATION_NAMES[-1][:4])],
    indirect=True,
)
VISITORS_PAGES = ("/", "/clusters", "/facilities", "/facilities?what=drone", "/calendar")
REQUESTERS_PAGES = ("/requests", "/account", "/account/updates", "/account/feeds")
OWNERS_PAGES = ("/inbox", "/account/updates", "/manage", "/manage/closures", "/manage/bookings/new")

# Rows by table; a row is its values by column.
Rows = dict[str, list[dict[str, object]]]


@dataclass
class Upgraded:
    """A kept database after its upgrade, and what it held before."""

    app: Flask
    before: Rows


@pytest.fixture(scope="module", params=KEPT)
def upgraded(request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    engine, name = request.param
    databases = request.getfixturevalue(f"{engine}_databases")
    sql = gzip.decompress((FOLDER / f"{name}.{engine}.sql.gz").read_bytes()).decode()
    with databases.loaded(sql) as url:
        app = new_app(url)
        app.test_client_class = Visitor
        with app.app_context(), clock.fixed(NOW):
            before = all_rows()
            flask_migrate.upgrade()
            yield Upgraded(app, before)
            db.session.remove()
            db.engine.dispose()
    forget()


def all_rows() -> Rows:
    """All rows of all tables as the engine gives them, whatever the models say."""
    with db.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        found = {}
        for table in tables:
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings()
            found[table] = [dict(row) for row in rows]
        return found


def reduced(rows: list[dict[str, object]], columns: set[str]) -> Counter[str]:
    return Counter(repr([row[column] for column in sorted(columns)]) for row in rows)


def statuses(client: Visitor, addresses: list[str]) -> dict[str, int]:
    return {address: client.get(address).status_code for address in addresses}


def all_fine(addresses: list[str]) -> dict[str, int]:
    return dict.fromkeys(addresses, 200)


def signed_in(upgraded: Upgraded, email: str) -> Visitor:
    client = upgraded.app.test_client()
    sign_in(client, db.session.scalars(sa.select(Person).where(Person.email == email)).one())
    return client


def one_of_each_state(query: sa.Select[tuple[State, str]]) -> dict[State, str]:
    """For each state the reference of a request with a date in it."""
    return dict(db.session.execute(query).all())


@pytest.mark.parametrize("engine", ENGINES)
def test_of_each_landed_version_a_database_with_data_is_kept(engine: str) -> None:
    landed = [name for name in MIGRATION_NAMES if name[:4] >= FIRST]
    missing = [name for name in landed if not (FOLDER / f"{name}.{engine}.sql.gz").exists()]

    assert not missing, f"run python -m tools.keep_version for {missing}"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_kept_database_of_the_newest_version_has_rows_in_each_table_and_dates_in_each_state(
    engine: str, request: pytest.FixtureRequest
) -> None:
    databases = request.getfixturevalue(f"{engine}_databases")
    path = FOLDER / f"{MIGRATION_NAMES[-1]}.{engine}.sql.gz"
    with databases.loaded(gzip.decompress(path.read_bytes()).decode()) as url:
        database = sa.create_engine(url)
        with database.connect() as connection:
            empty = [
                table.name
                for table in Model.metadata.sorted_tables
                if not connection.scalar(sa.select(sa.func.count()).select_from(table))
            ]
            states = set(connection.scalars(sa.select(Occurrence.state)))
        database.dispose()

    assert not empty, f"let tools/keep_version.py fill {empty}"
    assert states == set(State)


@of_oldest_and_newest
def test_an_upgraded_database_has_the_tables_of_the_models(upgraded: Upgraded) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Model.metadata) == []


def test_an_upgrade_keeps_every_row_and_what_it_says(upgraded: Upgraded) -> None:
    after = all_rows()
    for kind in ("approver", "coordinator"):  # tables of their own before this migration
        after[kind] = [row for row in after["role"] if row["kind"] == kind]
    lost = {}
    for table, rows in upgraded.before.items():
        if table == "alembic_version" or not rows:
            continue
        now = after.get(table, [])
        columns = set(rows[0]) & set(now[0] if now else {})
        if reduced(rows, columns) != reduced(now, columns):
            lost[table] = reduced(rows, columns) - reduced(now, columns)

    assert len(upgraded.before["occurrence"]) > 90
    assert lost == {}


@of_oldest_and_newest
def test_check_data_finds_nothing_wrong_after_an_upgrade(upgraded: Upgraded) -> None:
    result = upgraded.app.test_cli_runner().invoke(args=["check-data"])

    *lines, last = result.output.splitlines()
    # What is kept of files are their rows, and not their bytes.
    assert [line for line in lines if "its bytes are missing" not in line] == []
    assert last == (f"{len(lines)} wrong" if lines else "nothing wrong")


@of_oldest_and_newest
def test_an_upgraded_database_refuses_a_second_booking_of_a_taken_place(upgraded: Upgraded) -> None:
    taken = db.session.scalars(sa.select(Occupancy).order_by(Occupancy.id)).first()
    again = Occupancy(
        place_id=taken.place_id,
        occurrence_id=taken.occurrence_id,
        starts_at=taken.starts_at,
        ends_at=taken.ends_at,
    )
    db.session.add(again)
    with pytest.raises(DBAPIError, match="occupancy_no_overlap"):
        db.session.flush()
    db.session.rollback()


@of_oldest_and_newest
def test_a_visitor_finds_the_pages_after_an_upgrade(upgraded: Upgraded) -> None:
    facilities = db.session.scalars(
        sa.select(Facility.slug).where(
            Facility.id.in_(sa.select(Occurrence.facility_id).distinct())
        )
    ).all()
    addresses = [*VISITORS_PAGES, *(f"/facilities/{slug}" for slug in facilities[:3])]

    assert statuses(upgraded.app.test_client(), addresses) == all_fine(addresses)


@of_oldest_and_newest
def test_a_partner_opens_a_request_in_each_state_after_an_upgrade(upgraded: Upgraded) -> None:
    client = signed_in(upgraded, "partner@demo.example")
    requests = one_of_each_state(
        sa.select(Occurrence.state, BookingRequest.reference)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Organisation, Organisation.id == BookingRequest.organisation_id)
        .where(Organisation.name == "Demo Sensor Works")
    )
    addresses = [*REQUESTERS_PAGES, *(f"/requests/{one}" for one in set(requests.values()))]

    assert len(requests) >= 6
    assert statuses(client, addresses) == all_fine(addresses)


@of_oldest_and_newest
def test_an_approver_opens_a_booking_in_each_state_after_an_upgrade(upgraded: Upgraded) -> None:
    root = (
        sa.select(Facility.id)
        .where(Facility.parent_id.is_(None))
        .join(Occurrence, Occurrence.facility_id == Facility.id)
        .group_by(Facility.id)
        .order_by(sa.func.count().desc(), Facility.id)
        .limit(1)
    )
    facility = db.session.scalars(sa.select(Facility).where(Facility.id.in_(root))).one()
    client = signed_in(upgraded, f"approver.{facility.cluster.slug}@demo.example")
    bookings = one_of_each_state(
        sa.select(Occurrence.state, BookingRequest.reference)
        .join(Booking, Booking.id == Occurrence.booking_id)
        .join(BookingRequest, BookingRequest.id == Booking.request_id)
        .join(Facility, Facility.id == Occurrence.facility_id)
        .where(Facility.cluster_id == facility.cluster_id)
    )
    pages = [f"/manage/facilities/{facility.slug}{part}" for part in ("", "/hours", "/quotas")]
    addresses = [*OWNERS_PAGES, *pages, *(f"/inbox/{one}" for one in set(bookings.values()))]

    assert State.REQUESTED in bookings
    assert statuses(client, addresses) == all_fine(addresses)
