"""Load a large federation into an empty PostgreSQL and print what its pages cost.

DATABASE_URL=postgresql+psycopg://... python -m tools.benchmark [--facilities N] ...
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

import click
import flask_migrate
import sqlalchemy as sa
from flask import Flask, render_template_string

from booking.accounts import throttle
from booking.accounts.queries import account_of
from booking.app import create_app
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
from booking.web.access import public
from tools.benchmark.federation import Size, load
from tools.benchmark.measuring import Times, Visitor, recorded, replay, served, timed

BARE_PAGE = """<!doctype html><title>Bare</title>
{% for n in range(count) %}<article><h2>Facility {{ n }}</h2><p>Somewhere, {{ n }} free</p>
<a href="/facilities/{{ n }}">Calendar</a></article>{% endfor %}"""
LINE = "{:<36}{:>11}{:>9}{:>9}{:>9}{:>10}{:>7}"


@click.command()
@click.option("--facilities", default=5000, show_default=True)
@click.option("--occupancies", default=10_000_000, show_default=True)
@click.option("--repeats", default=30, show_default=True, help="How often each is timed.")
def main(facilities: int, occupancies: int, repeats: int) -> None:
    """Load an invented federation into DATABASE_URL (empty PostgreSQL) and time its pages.

    Each page is compared to the SQL that it runs, replayed without the application, and a bare
    Flask page with as many cards or rows on the same server. Ratio: page / (SQL + bare page).
    """
    app = create_app()
    with app.app_context():
        bench(app, Size(facilities, occupancies), repeats)


def bench(app: Flask, size: Size, repeats: int) -> None:
    """Load the federation into the application's empty database and print a line for each page.

    Raises:
        click.ClickException: the database is not PostgreSQL.
    """
    if db.engine.dialect.name != "postgresql":
        raise click.ClickException("DATABASE_URL must name an empty PostgreSQL database")
    _add_bare_page(app)
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
        ("one facility's month", f"/facilities/facility-7?view=month&on={day}", 35),
        ("feed of an organisation", feed, 200),
    ):
        _time(title, _getting(visitor, path), _getting(visitor, f"/bare/{cards}"), repeats)
    pages = [f"/calendar?on={day}&page={number}" for number in (1, 2)]
    _time(
        "day timeline of 200 (two pages)",
        lambda: [visitor.get(page) for page in pages],
        lambda: [visitor.get("/bare/100") for _ in pages],
        repeats,
    )
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
    # One person sends more here than people can.
    throttle.PERSON_SENDING_LIMIT = throttle.ORGANISATION_SENDING_LIMIT = throttle.Limit(
        10**6, timedelta(hours=1)
    )
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


def _getting(visitor: Visitor, path: str) -> Callable[[], object]:
    return lambda: visitor.get(path)


def _add_bare_page(app: Flask) -> None:
    @app.get("/bare/<int:count>", endpoint="bare")
    @public
    def bare(count: int) -> str:
        return render_template_string(BARE_PAGE, count=count)


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


if __name__ == "__main__":
    main()
