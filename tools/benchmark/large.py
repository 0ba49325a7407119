"""The part `large`: what the pages of a large federation cost, beside the SQL that they need.

Each page is compared with its SQL, replayed without the application, and a bare Flask page with as
many cards or rows on the same server; where it finds facilities, with one of as many bytes. Ratio:
page / (SQL + bare page).
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from itertools import count, cycle, product, repeat
from zoneinfo import ZoneInfo

import click
import flask_migrate
import sqlalchemy as sa
from flask import Flask

from booking.accounts.queries import account_of
from booking.availability.requestable import get_requestable, why_not_now
from booking.bookings.details import RequestDetails
from booking.bookings.models import BookingRequest, Occupancy
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.extensions import db
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.requests.service import send
from booking.rules.slots import Slot
from booking.rules.visibility import Account
from tools.benchmark.bare_page import add_bare_page
from tools.benchmark.federation import CAPABILITIES, HAZARDS, Size, load
from tools.benchmark.measuring import Times, Visitor, recorded, replay, served, timed
from tools.benchmark.worker import lift_limits

#: The days of timelines that nobody looked at before, counted from the day measured.
DAYS_AROUND = range(-7, 40)
#: What is searched for, no two alike: first words, and second ones.
WORDS = (("drone", "fire", "EMC", "smart", "radio", "cyber"), ("training", "test", "lab", "brand",
         "incendie", "kort", "simulation", "detection"))  # fmt: skip
FILTERS = (CAPABILITIES[:12], HAZARDS)
LETTERS = ("abcdefgiklmnoprst", "aeiou")
#: As browsers that read ahead ask: such searches are not counted. Others are once their answer has
#: been sent, and the next question on the same connection would wait for that.
UNCOUNTED = {"Sec-Purpose": "prefetch"}
LINE = "{:<40}{:>11}{:>9}{:>9}{:>9}{:>10}{:>7}"


def bench_large(app: Flask, size: Size, repeats: int) -> None:
    """Load the large federation into the app's empty database and print a line for each page."""
    add_bare_page(app)
    began = time.perf_counter()
    flask_migrate.upgrade()
    now = clock.now()
    load(size, now)
    click.echo(
        f"{size.facilities:,} facilities, {size.occupancies:,} occupancies,"
        f" loaded in {time.perf_counter() - began:.0f} s. Milliseconds."
    )
    click.echo(LINE.format("", "statements", "p50", "p95", "SQL p50", "bare p50", "ratio"))
    with served(app) as port:
        bench_pages(Visitor(port), _tuesday(now), repeats)
        bench_requests(Visitor(port), _tuesday(now), repeats)


def bench_pages(visitor: Visitor, day: date, repeats: int) -> None:
    """Time the pages that people wait for, and print a line each."""
    person = _account(1)
    feed = f"/feeds/{make_feed(person, FeedKind.ORGANISATION, with_titles=True)}.ics"
    in_days = f"/facilities?first={day}&last="
    for title, path, cards in (
        ("3 h on one day, all facilities", f"{in_days}{day}&length=3-hour", 20),
        ("3 h within four days", f"{in_days}{day + timedelta(days=3)}&length=3-hour", 20),
        ("9 h within six weeks, no hit", f"{in_days}{day + timedelta(days=41)}&length=9-hour", 20),
        ("next free time, page of 20", "/facilities", 20),
        ("one facility's month, warm", f"/facilities/facility-7?view=month&on={day}", 35),
        ("feed of an organisation", feed, 200),
    ):
        _time(title, _getting(visitor, path), _getting(visitor, f"/bare/{cards}"), repeats)
    months = (f"/facilities/facility-{n}?view=month&on={day}" for n in count(8))
    _time(
        "another facility's each time",
        lambda: visitor.get(next(months)),
        _getting(visitor, "/bare/35"),
        repeats,
    )

    for title, paths in (
        ("found by words, warm", repeat("/facilities?what=drone+testing")),
        ("found by other words each time", _paths("/facilities?what=%s+%s", WORDS)),
        ("other filters each time", _paths("/facilities?capability=%s&hazard=%s", FILTERS)),
        ("on the map, other words each time", _paths("/map?what=%s+%s", WORDS)),
        ("suggestions, other letters each time", _paths("/suggestions.json?what=%s%s", LETTERS)),
    ):
        # Beside its cards a page has hundreds of choices and pins: compare with as many bytes.
        size = visitor.get(next(paths), UNCOUNTED)["content-length"]
        bare = _getting(visitor, f"/bare/bytes/{size}")
        _time(title, _following(visitor, paths), bare, repeats)

    def bare_pages() -> None:
        visitor.get("/bare/100")
        visitor.get("/bare/100")

    other_days = cycle(day + timedelta(days=n) for n in DAYS_AROUND)
    for title, days in (
        ("day timeline of 200 (two pages), warm", repeat(day)),
        ("another day's each time", other_days),
    ):
        _time(title, _timeline(visitor, days), bare_pages, repeats)
    unchanged = {"If-None-Match": visitor.get(feed)["etag"]}
    _time(
        "the same feed, unchanged (304)",
        lambda: visitor.get(feed, unchanged, 304),
        _getting(visitor, "/bare/0"),
        repeats,
    )


def bench_requests(visitor: Visitor, day: date, repeats: int) -> None:
    """Time a request with its conflict check, a bare insert and a bare page."""
    sender = _account(2)
    lift_limits()
    # Free everywhere on that day: all dates are in the morning, or all in the afternoon.
    hour = wall_time(10 if day.day % 2 == 0 else 14)
    starts = datetime.combine(day, hour, ZoneInfo("Europe/Helsinki")).astimezone(UTC)
    slot = Slot(starts, starts + timedelta(hours=2))
    free = iter(_free_facilities(slot))

    def send_request() -> None:
        send(sender, _sending(facility_id=next(free), slot=slot))

    def insert() -> None:
        row = sa.insert(BookingRequest).values(
            reference=secrets.token_hex(3), requester_id=2, organisation_id=2, title="Bench",
            purpose="Bench.", activity="test", sent_at=clock.now(),
            idempotency_key=secrets.token_hex(8),
        )  # fmt: skip
        with db.engine.begin() as connection:
            connection.execute(row)

    requestable = get_requestable("facility-11", sender.viewer, clock.now())
    series = replace(
        _sending(facility_id=requestable.facility_id, slot=slot),
        slots=tuple(
            Slot(slot.starts_at + timedelta(days=n), slot.ends_at + timedelta(days=n))
            for n in range(200)
        ),
    )
    _time(
        "series of 200 dates, checked",
        lambda: why_not_now(requestable, series, sender.viewer, clock.now()),
        _getting(visitor, "/bare/200"),
        repeats,
    )
    with recorded(db.engine) as statements:
        send_request()
    page = timed(_getting(visitor, "/bare/1"), repeats)
    _print(
        "request with conflict check",
        len(statements),
        timed(send_request, repeats),
        timed(insert, repeats),
        page,
    )


def _time(title: str, run: Callable[[], object], bare: Callable[[], object], repeats: int) -> None:
    run()
    with recorded(db.engine) as statements:
        run()
    sql = timed(lambda: replay(db.engine, statements), repeats)
    _print(title, len(statements), timed(run, repeats), sql, timed(bare, repeats))


def _print(title: str, statements: int, page: Times, sql: Times, bare: Times) -> None:
    ratio = page.p50 / (sql.p50 + bare.p50)
    numbers = (f"{ms:.1f}" for ms in (page.p50, page.p95, sql.p50, bare.p50))
    click.echo(LINE.format(title, statements, *numbers, f"{ratio:.1f}"))


def _paths(path: str, values: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return this path with each pair of values once, and then again from the first."""
    return cycle(path % pair for pair in product(*values))


def _timeline(visitor: Visitor, days: Iterator[date]) -> Callable[[], object]:
    """Return what reads the first two pages of all facilities, on the next day each time."""

    def read() -> None:
        day = next(days)
        for number in (1, 2):
            visitor.get(f"/calendar?on={day}&page={number}")

    return read


def _following(visitor: Visitor, paths: Iterator[str]) -> Callable[[], object]:
    """Return what reads the next of these paths each time."""
    return lambda: visitor.get(next(paths), UNCOUNTED)


def _getting(visitor: Visitor, path: str) -> Callable[[], object]:
    return lambda: visitor.get(path)


def _tuesday(now: datetime) -> date:
    """Return a Tuesday three to four weeks ahead."""
    day = now.date() + timedelta(days=21)
    return day + timedelta(days=(1 - day.weekday()) % 7)


def _free_facilities(slot: Slot) -> list[int]:
    taken = sa.select(Occupancy.place_id).where(
        Occupancy.starts_at < slot.ends_at, Occupancy.ends_at > slot.starts_at
    )
    return list(db.session.scalars(sa.select(Facility.id).where(Facility.id.not_in(taken))))


def _account(person_id: int) -> Account:
    account = account_of(person_id)
    if account is None:
        raise click.ClickException("the federation was not loaded")
    return account


def _sending(*, facility_id: int, slot: Slot) -> NewRequest:
    return NewRequest(
        facility_id=facility_id, slots=(slot,), whole=False, places=1,
        details=RequestDetails("Bench", "Measuring.", activity="test", people=1),
        idempotency_key=secrets.token_hex(8),
    )  # fmt: skip
