"""A large invented federation, loaded into PostgreSQL as fast as it takes rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from booking.accounts.models import Membership, Organisation, Person, Role
from booking.clusters.models import Cluster
from booking.concepts.vocabulary import CONCEPTS, Facet, concept_word
from booking.extensions import db
from booking.facilities.hours_models import OpeningSpan, TimetableRow
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
CITIES = ("Karlsruhe", "Odense", "Tampere", "Somewhere", "Nice", "Enschede")
CAPABILITIES = [one.id for one in CONCEPTS.values() if one.facet is Facet.CAPABILITY]
HAZARDS = ("smoke", "laser", "water", "flight")
ORGANISATIONS = 800
#: The days ahead, counted from today, on each of which every facility has one date, so that no
#: nine hours in a row are free. All others are in the past, two a working day.
NEAR_DAYS = range(14, 76)
SATURDAY = 5
GUARD = "occupancy_no_overlap"
SETTINGS = (
    "statement_timeout = 0",
    "maintenance_work_mem = '1GB'",
    "session_replication_role = replica",  # our own rows need no check of foreign keys
)
ADD_GUARD = (
    f"ALTER TABLE occupancy ADD CONSTRAINT {GUARD} EXCLUDE USING gist "
    "(place_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)"
)


# Made by the database itself: ten million rows through a cursor take many minutes. Dates of
# one facility follow each other, ten to a booking. They last three or five hours.
BOOKINGS = (
    """INSERT INTO booking_request (id, reference, organisation_id, requester_id, entered, title,
           purpose, activity, hazards, hazards_note, sent_at, send_token)
       SELECT n, lpad(n::text, 7, '0'), n % :organisations + 1, n % :organisations + 1, false,
           'Title', 'Purpose', 'test', false, '', :now, n::text
       FROM generate_series(1, (SELECT count(*) FROM facility) * ((:size + 9) / 10)) n""",
    """INSERT INTO booking (id, request_id, facility_id)
       SELECT n, n, (n - 1) / ((:size + 9) / 10) + 1
       FROM generate_series(1, (SELECT count(*) FROM facility) * ((:size + 9) / 10)) n""",
    """INSERT INTO occurrence (id, booking_id, facility_id, uid, starts_at, ends_at, whole, places,
           state, revision, changed_at)
       SELECT d.id + 1, d.booking, d.facility, lpad(to_hex(d.id), 32, '0'),
           (d.day + d.starts * interval '1 hour') AT TIME ZONE d.zone,
           (d.day + (d.starts + d.hours) * interval '1 hour') AT TIME ZONE d.zone,
           false, 1, 'confirmed', 1, :now
       FROM (
           SELECT f.id AS facility, c.time_zone AS zone, h.day, (f.id - 1) * :size + h.n AS id,
               (f.id - 1) * ((:size + 9) / 10) + h.n / 10 + 1 AS booking,
               CASE WHEN h.afternoon THEN 13 ELSE 8 + (f.id + h.n) % 2 END AS starts,
               CASE WHEN h.afternoon AND (f.id + h.n) % 3 = 0 THEN 5 ELSE 3 END AS hours
           FROM facility f JOIN cluster c ON c.id = f.cluster_id CROSS JOIN bench_half h
       ) d""",
    """INSERT INTO occupancy (place_id, occurrence_id, starts_at, ends_at)
       SELECT facility_id, id, starts_at, ends_at FROM occurrence ORDER BY id""",
)


@dataclass(frozen=True)
class Size:
    """How large the federation is."""

    facilities: int
    occupancies: int


def load(size: Size, now: datetime) -> None:
    """Fill an empty, migrated PostgreSQL database; the same day gives the same rows."""
    _clusters()
    _facilities(size.facilities, len(CLUSTERS))
    _people()
    db.session.commit()
    with bulk_loading() as connection:
        _bookings(connection, size, now)


@contextmanager
def bulk_loading() -> Iterator[sa.Connection]:
    """Give a transaction that writes very many rows: no triggers, and the guard comes last.

    Afterwards the statistics of all tables are up to date.
    """
    with db.engine.begin() as connection:
        # Row by row the guard's index takes far longer than built at once.
        for setting in SETTINGS:
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        connection.exec_driver_sql(f"ALTER TABLE occupancy DROP CONSTRAINT {GUARD}")
        yield connection
        connection.exec_driver_sql(ADD_GUARD)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def raise_sequences(connection: sa.Connection, *tables: str) -> None:
    """Let the ids of these tables go on after the highest, as after rows that bring their own."""
    for table in tables:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )


def _clusters() -> None:
    for number, (city, country, zone) in enumerate(CLUSTERS, 1):
        db.session.add(
            Cluster(
                id=number, slug=f"cluster-{number}", name=f"Cluster of {city}", short_name=city,
                city=city, country=country, time_zone=zone, lat=50.0, lon=8.0,
            )
        )  # fmt: skip
    db.session.flush()


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
                "kind": "lab", "cluster_id": n % clusters + 1, "city": CITIES[n % len(CITIES)],
                "description": f"An invented facility for {_words(n)[-1]}.",
                "capabilities": ["measuring", *_words(n)], "concepts": _concepts(n),
                "hazards": [HAZARDS[n % len(HAZARDS)]],
            }
            for n in numbers
        ],
    )  # fmt: skip
    db.session.execute(sa.insert(Place), [{"id": n, "facility_id": n} for n in numbers])
    db.session.execute(sa.insert(TimetableRow), [{"id": n, "facility_id": n} for n in numbers])
    db.session.execute(
        sa.insert(OpeningSpan),
        [
            {"timetable_id": n, "weekday": day, "opens_time": time(8), "closes_time": time(18)}
            for n in numbers
            for day in range(5)
        ],
    )
    raise_sequences(db.session.connection(), "facility", "place", "timetable")


def _concepts(n: int) -> list[str]:
    """Return three of the vocabulary, as facilities of the shipped catalogue have them."""
    return [CAPABILITIES[(n * step) % len(CAPABILITIES)] for step in (1, 7, 31)]


def _words(n: int) -> list[str]:
    return [concept_word(one) for one in _concepts(n)]


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
                created_at=made_at,
            )
        )  # fmt: skip
    db.session.flush()
    for number in range(1, ORGANISATIONS + 1):
        db.session.add(
            Membership(
                key=f"member-{number}", person_id=number, organisation_id=number, role="manager",
                since=made_at,
            )
        )  # fmt: skip
    approver = ORGANISATIONS + 1
    db.session.add(
        Person(id=approver, email="a@bench.example", name="Approver", created_at=made_at)
    )
    db.session.flush()
    db.session.execute(
        sa.insert(Role).from_select(
            ["key", "person_id", "kind", "cluster_id", "facility_id", "reason", "end_reason"],
            sa.select(
                sa.literal("approver-") + sa.cast(Facility.id, sa.String),
                sa.literal(approver),
                sa.literal("approver"),
                Facility.cluster_id,
                Facility.id,
                sa.literal(""),
                sa.literal(""),
            ),
        )
    )


def _bookings(connection: sa.Connection, size: Size, now: datetime) -> None:
    each = size.occupancies // size.facilities
    today = now.date()
    near = _working_days(today, NEAR_DAYS.start, NEAR_DAYS.stop, 1)
    past = _working_days(today, 1, 2 * each, -1)
    connection.execute(sa.text("CREATE TEMP TABLE bench_half (n int, day date, afternoon bool)"))
    halves = [
        {"n": n, "day": day, "afternoon": afternoon}
        for n, (day, afternoon) in enumerate(
            [(day, day.day % 2 == 0) for day in near]
            + [(day, afternoon) for day in past for afternoon in (False, True)]
        )
    ][:each]
    connection.execute(sa.text("INSERT INTO bench_half VALUES (:n, :day, :afternoon)"), halves)
    for statement in BOOKINGS:
        connection.execute(
            sa.text(statement), {"now": now, "organisations": ORGANISATIONS, "size": len(halves)}
        )
    raise_sequences(connection, "booking_request", "booking", "occurrence")


def _working_days(today: date, first: int, stop: int, step: int) -> list[date]:
    days = (today + timedelta(days=step * offset) for offset in range(first, stop))
    return [day for day in days if day.weekday() < SATURDAY]
