"""A large invented federation, loaded into PostgreSQL as fast as it takes rows."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from booking.accounts.models import Approver, Organisation, Person
from booking.clusters.models import Cluster
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, Timetable
from booking.facilities.models import Facility, KindDefault, Place

CLUSTERS = (
    ("The Hague", "NL", "Europe/Amsterdam"),
    ("Aix-en-Provence", "FR", "Europe/Paris"),
    ("Sophia Antipolis", "FR", "Europe/Paris"),
    ("Karup", "DK", "Europe/Copenhagen"),
    ("Tampere", "FI", "Europe/Helsinki"),
    ("Karlsruhe", "DE", "Europe/Berlin"),
    ("Munich", "DE", "Europe/Berlin"),
)
ORGANISATIONS = 800  # so that one of them has about 500 dates in its feed
DATES_A_BOOKING = 10
# Occupancies lie from two years back to a year ahead, at most one a day and place.
DAYS_BACK, DAYS_AHEAD = 730, 365
GUARD = "occupancy_no_overlap"
ADD_GUARD = (
    f"ALTER TABLE occupancy ADD CONSTRAINT {GUARD} EXCLUDE USING gist "
    "(place_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)"
)


@dataclass(frozen=True)
class Size:
    """How large the federation is."""

    facilities: int
    occupancies: int


def load(size: Size, now: datetime, chance: random.Random) -> None:
    """Fill an empty, migrated PostgreSQL database; the same `chance` gives the same rows."""
    zones = _clusters()
    _facilities(size.facilities, len(zones))
    _people()
    db.session.commit()
    with db.engine.begin() as connection:
        # Row by row the guard's index takes far longer than built at once.
        connection.exec_driver_sql(f"ALTER TABLE occupancy DROP CONSTRAINT {GUARD}")
        _bookings(connection, size, zones, now, chance)
        connection.exec_driver_sql(ADD_GUARD)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _clusters() -> list[ZoneInfo]:
    for number, (city, country, zone) in enumerate(CLUSTERS, 1):
        db.session.add(
            Cluster(
                id=number, slug=f"cluster-{number}", name=f"Cluster of {city}", short_name=city,
                city=city, country=country, time_zone=zone, lat=50.0, lon=8.0,
            )
        )  # fmt: skip
    db.session.flush()
    return [ZoneInfo(zone) for _, _, zone in CLUSTERS]


def _facilities(count: int, clusters: int) -> None:
    db.session.add(
        KindDefault(
            kind="lab", unit="hour", minimum_units=1, maximum_units=9, lead_time_days=7,
            horizon_days=400, step_minutes=30, people_limit=20,
            opening_hours=[{"days": ["mon", "tue", "wed", "thu", "fri"],
                            "from": "08:00", "to": "18:00"}],
        )
    )  # fmt: skip
    numbers = range(1, count + 1)
    db.session.execute(
        sa.insert(Facility),
        [
            {
                "id": n, "root_id": n, "slug": f"facility-{n}", "name": f"Facility {n:05}",
                "kind": "lab", "cluster_id": n % clusters + 1, "city": "Somewhere",
                "description": "An invented facility.", "capabilities": ["measuring"],
                "search_text": f"facility {n:05} lab",
            }
            for n in numbers
        ],
    )  # fmt: skip
    db.session.execute(sa.insert(Place), [{"id": n, "facility_id": n} for n in numbers])
    db.session.execute(sa.insert(Timetable), [{"id": n, "facility_id": n} for n in numbers])
    db.session.execute(
        sa.insert(OpeningSpan),
        [
            {"timetable_id": n, "weekday": day, "opens_time": time(8), "closes_time": time(18)}
            for n in numbers
            for day in range(5)
        ],
    )
    for table in ("facility", "place", "timetable"):
        db.session.execute(
            sa.text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), :n)"), {"n": count}
        )


def _people() -> None:
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Organisation(id=number, name=f"Organisation {number}", kind="sme", country="DK")
        )
    db.session.flush()
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Person(
                id=number, email=f"p{number}@bench.example", name=f"Person {number}",
                organisation_id=number, created_at=made_at,
            )
        )  # fmt: skip
    approver = ORGANISATIONS + 1
    db.session.add(
        Person(id=approver, email="a@bench.example", name="Approver", created_at=made_at)
    )
    db.session.flush()
    db.session.execute(
        sa.insert(Approver).from_select(
            ["person_id", "facility_id"], sa.select(sa.literal(approver), Facility.id)
        )
    )


def _bookings(
    connection: sa.Connection,
    size: Size,
    zones: Sequence[ZoneInfo],
    now: datetime,
    chance: random.Random,
) -> None:
    each = size.occupancies // size.facilities
    rows = list(_dates(size.facilities, each, zones, now, chance))
    bookings = range(1, -(-len(rows) // DATES_A_BOOKING) + 1)
    facility_of = [rows[(n - 1) * DATES_A_BOOKING][0] for n in bookings]
    _copy(
        connection,
        "booking_request (id, reference, organisation_id, requester_id, entered, title, purpose,"
        " activity, hazards, hazards_note, sent_at, send_token)",
        (
            (n, f"{n:07}", n % ORGANISATIONS + 1, n % ORGANISATIONS + 1, False, "Title", "Purpose",
             "test", False, "", now, str(n))
            for n in bookings
        ),
    )  # fmt: skip
    _copy(
        connection,
        "booking (id, request_id, facility_id)",
        ((n, n, facility_of[n - 1]) for n in bookings),
    )
    _copy(
        connection,
        "occurrence (id, booking_id, facility_id, uid, starts_at, ends_at, whole, places, state,"
        " revision, changed_at)",
        (
            (n, (n - 1) // DATES_A_BOOKING + 1, facility_id, f"{n:032x}", starts, ends, False, 1,
             "confirmed", 1, now)
            for n, (facility_id, starts, ends) in enumerate(rows, 1)
        ),
    )  # fmt: skip
    _copy(
        connection,
        "occupancy (place_id, occurrence_id, starts_at, ends_at)",
        ((facility_id, n, starts, ends) for n, (facility_id, starts, ends) in enumerate(rows, 1)),
    )
    for table in ("booking_request", "booking", "occurrence"):
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
        )


def _dates(
    facilities: int, each: int, zones: Sequence[ZoneInfo], now: datetime, chance: random.Random
) -> Iterator[tuple[int, datetime, datetime]]:
    """Give (facility, start, end) of every date; three to nine hours within a working day."""
    first = now.date() - timedelta(days=DAYS_BACK)
    days = [first + timedelta(days=n) for n in range(DAYS_BACK + DAYS_AHEAD)]
    working = [day for day in days if day.weekday() < 5]
    for facility_id in range(1, facilities + 1):
        zone = zones[facility_id % len(zones)]
        for day in sorted(chance.sample(working, min(each, len(working)))):
            hour = chance.choice((8, 9, 13))
            yield facility_id, _at(day, hour, zone), _at(day, hour + chance.choice((3, 5)), zone)


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _copy(connection: sa.Connection, into: str, rows: Iterable[Sequence[Any]]) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
