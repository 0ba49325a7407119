"""A year of dates at the facilities of a federation, written as fast as PostgreSQL takes rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tools.benchmark.federation import SATURDAY, bulk_loading, raise_sequences

DATES_OF_A_BOOKING = 10
DAYS_AHEAD = range(1, 391)
MOST_ON_A_DAY = 4
HALF_HOUR = timedelta(minutes=30)
TABLES = {
    "booking_request": (
        "id", "reference", "organisation_id", "requester_id", "entered", "title", "purpose",
        "activity", "hazards", "hazards_note", "sent_at", "send_token",
    ),
    "booking": ("id", "request_id", "facility_id"),
    "occurrence": (
        "id", "booking_id", "facility_id", "uid", "starts_at", "ends_at", "whole", "places",
        "state", "revision", "changed_at",
    ),
    "occupancy": ("place_id", "occurrence_id", "starts_at", "ends_at"),
}  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Room:
    """What the dates of one facility depend on."""

    facility_id: int
    zone: ZoneInfo
    opens: time
    closes: time
    places: tuple[int, ...]
    before: timedelta
    after: timedelta


def write_year(rooms: Sequence[Room], count: int, organisations: int, now: datetime) -> None:
    """Write so many confirmed dates at each facility, of organisations with the ids from 1 on."""
    rows: Rows = {table: [] for table in TABLES}
    for room in rooms:
        _book(room, count, organisations, now, rows)
    with bulk_loading() as connection:
        cursor = connection.connection.cursor()
        for table, columns in TABLES.items():
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)
        raise_sequences(connection, "booking_request", "booking", "occurrence")


def _book(room: Room, count: int, organisations: int, now: datetime, rows: Rows) -> None:
    """Add so many dates at one facility, spread by chance over the working days."""
    chance = Random(room.facility_id)
    for number, (starts_at, ends_at) in enumerate(_dates(room, count, now.date(), chance)):
        if number % DATES_OF_A_BOOKING == 0:
            booking_id = len(rows["booking"]) + 1
            who = chance.randint(1, organisations)
            rows["booking_request"].append(
                (booking_id, f"{booking_id:07}", who, who, False, f"Trial {booking_id}",
                 "Purpose", "test", False, "", now, str(booking_id))
            )  # fmt: skip
            rows["booking"].append((booking_id, booking_id, room.facility_id))
        date_id = len(rows["occurrence"]) + 1
        rows["occurrence"].append(
            (date_id, booking_id, room.facility_id, f"{chance.getrandbits(128):032x}", starts_at,
             ends_at, False, 1, "confirmed", 1, now)
        )  # fmt: skip
        place = room.places[number % len(room.places)]
        rows["occupancy"].append((place, date_id, starts_at - room.before, ends_at + room.after))


def _dates(
    room: Room, count: int, today: date, chance: Random
) -> Iterator[tuple[datetime, datetime]]:
    days = [day for n in DAYS_AHEAD if (day := today + timedelta(days=n)).weekday() < SATURDAY]
    on_day = Counter(chance.sample(days * MOST_ON_A_DAY, k=min(count, len(days) * MOST_ON_A_DAY)))
    for day, number in sorted(on_day.items()):
        for opens, closes in _parts(room, day, number):
            most = int((closes - opens) / HALF_HOUR) - 1  # half an hour stays free after it
            length = chance.randint(2, max(2, min(most, 6)))
            starts = opens + HALF_HOUR * chance.randint(0, max(0, most - length))
            yield (
                starts.replace(tzinfo=room.zone).astimezone(UTC),
                (starts + HALF_HOUR * length).replace(tzinfo=room.zone).astimezone(UTC),
            )


def _parts(room: Room, day: date, number: int) -> Iterator[tuple[datetime, datetime]]:
    """Split the opening hours of a day into so many equal parts, in wall time."""
    opens, closes = datetime.combine(day, room.opens), datetime.combine(day, room.closes)
    halves = int((closes - opens) / HALF_HOUR)
    return pairwise(opens + HALF_HOUR * (halves * n // number) for n in range(number + 1))
