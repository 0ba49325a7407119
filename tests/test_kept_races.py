"""What memory gives while others write equals what the same transaction would draw anew.

Readers with a memory of their own open pages while others send, decide, withdraw and close, all
of them real processes. The same race with readers that do not look at the version shows that it
would see a page that is out of date.
"""

import contextvars
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import cycle, islice
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from booking.accounts import throttle
from booking.accounts.queries import account_of
from booking.bookings.details import RequestDetails
from booking.bookings.models import Booking, Occurrence
from booking.bookings.new_request import NewRequest
from booking.db import clock
from booking.db.transactions import writing
from booking.decisions.service import Decision, confirm
from booking.errors import Conflict
from booking.extensions import db
from booking.facilities import calendar_cache
from booking.facilities.models import Facility
from booking.manage.closures.service import NewClosure, make
from booking.manage.closures.targets import Target
from booking.requests.service import send, withdraw
from booking.rules.closure_times import PlannedClosure
from booking.rules.lifecycle import State
from booking.rules.limits import Limit, LimitName
from booking.rules.slots import Slot
from tests.factories import make_cluster, make_coordinator, make_facility, make_partner, sign_in
from tests.lanes import IS_LONG
from tests.memory import nothing_kept, without_token
from tests.racers import Race, errors, outcomes

ROUNDS = 100 if IS_LONG else 2
#: What each racer does in a round, one after the other.
TURNS = 3
WRITERS = READERS = 2
NO_LIMITS = dict.fromkeys(LimitName, Limit(10**6, timedelta(hours=1)))


def race(index: int, number: int, facts: dict[str, Any]) -> None:
    """The first racers write, the others read."""
    if index < WRITERS:
        write(index, number, facts)
    else:
        read(index, facts)


def race_by_any_version(index: int, number: int, facts: dict[str, Any]) -> None:
    """The same, but what is kept is taken whatever was written since."""
    calendar_cache._Entry.holds = lambda entry, _version, now: entry.drawn_at <= now < entry.until
    race(index, number, facts)


def write(index: int, number: int, facts: dict[str, Any]) -> None:
    """Send, confirm or withdraw, close a day, and rename; each writer in the other tree."""
    throttle.set_limits(NO_LIMITS)
    for turn in range(TURNS):
        tree = facts["trees"][(index + turn) % 2]
        slot = slot_of(number * TURNS + turn, facts["slot"])
        sent = NewRequest(
            facility_id=tree["facility"],
            slots=(slot,),
            whole=False,
            places=1,
            details=RequestDetails(f"Race {number}", "To be read.", "experiment", people=1),
            idempotency_key=f"{index}-{number}-{turn}",
        )
        partner, coordinator = (account_of(facts[one]) for one in ("partner", "coordinator"))
        reference = send(partner, sent)
        booking_id, occurrence_id = db.session.execute(
            sa.select(Booking.id, Occurrence.id)
            .join(Occurrence, Occurrence.booking_id == Booking.id)
            .where(Booking.request.has(reference=reference))
        ).one()
        if turn % 2:
            withdraw(partner, booking_id, [occurrence_id])
        else:
            confirm(coordinator, Decision(booking_id, frozenset({occurrence_id})))
        facility = None if turn % 3 else tree["facility"]
        first_day = slot.starts_at.date() - timedelta(days=20)
        closing = PlannedClosure(first_day=first_day, last_day=first_day)
        make(coordinator, NewClosure(Target(facts["cluster"], facility), closing, f"{turn}", True))
        with writing(tree["facility"]):
            db.session.get_one(Facility, tree["facility"]).name = f"Renamed {number} {turn}"


def read(index: int, facts: dict[str, Any]) -> None:
    """Open pages; each is drawn twice in one transaction, and the two must be equal."""
    app = current_app._get_current_object()
    if "browsers" not in app.extensions:
        app.extensions["browsers"] = {}
        for endpoint in ("browse.facility", "calendars.index", "feeds.facility"):
            app.view_functions[endpoint] = twice(app.view_functions[endpoint])
    browser = app.test_client()
    token = facts["tokens"][index % len(facts["tokens"])]
    if token:
        with browser.session_transaction() as session:
            session["_user_id"], session["_fresh"] = token, True
    for address in islice(cycle(facts["addresses"]), TURNS * 2):
        # In a context of its own, as on a server.
        status = contextvars.Context().run(browser.get, address, buffered=True).status_code
        if status == 409:
            raise Conflict("out_of_date")
        assert status == 200, f"{status} {address}"


def twice(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return the view as one that fails if memory gives another answer than drawing anew."""

    def seen(answer: Any) -> str:
        made = current_app.make_response(answer)
        return without_token(f"{made.headers.get('ETag')} {made.get_data(as_text=True)}")

    @wraps(view)
    def both(**values: Any) -> Any:
        with clock.fixed(clock.now()):
            kept = view(**values)
            with nothing_kept(db.engine):
                anew = view(**values)
        if seen(kept) != seen(anew):
            raise Conflict("out_of_date")
        return kept

    return both


def slot_of(number: int, first: Slot) -> Slot:
    """The stretch of a turn."""
    step = timedelta(hours=2) * number
    return Slot(first.starts_at + step, first.ends_at + step)


@pytest.fixture
def facts(app: Flask, app_context: None) -> dict[str, Any]:
    """Two trees with two places each, somebody who sends, and somebody who decides."""
    clock.set_source(None)  # real processes live in real time
    cluster = make_cluster("seine", answer_days=1)
    trees = [make_facility(cluster, slug, places=2, hours=None) for slug in ("hall", "range")]
    bench = make_facility(cluster, "bench", parent=trees[0], hours=None)
    partner, coordinator = make_partner(), make_coordinator(cluster)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = start + timedelta(days=60)
    on = f"on={day.date()}"
    return {
        "cluster": cluster.id,
        "trees": [{"facility": one.id, "slug": one.slug} for one in trees],
        "partner": partner.id,
        "coordinator": coordinator.id,
        "slot": Slot(day, day + timedelta(hours=2)),
        "tokens": [sign_in(app.test_client(), one) for one in (partner, coordinator)],
        "addresses": [
            f"/facilities/hall?{on}",
            f"/calendar?view=week&{on}&open=all",
            f"/facilities/{bench.slug}.ics",
            f"/facilities/range?view=month&{on}",
        ],
    }


def outcomes_of(
    run: Callable[[int, int, dict[str, Any]], None], database_url: str, facts: dict[str, Any]
) -> Counter[str]:
    """Return how often each outcome came in all rounds."""
    rounds = outcomes(Race(database_url, ROUNDS, run, facts, racers=WRITERS + READERS, alone=True))
    assert errors(rounds) == []
    return sum(rounds, Counter())


def deadlocks() -> int:
    """How many deadlocks the database has had; SQLite has none."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        return 0
    counted = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return db.session.scalar(counted)


def test_what_is_kept_is_what_the_same_transaction_would_draw(
    database_url: str, facts: dict[str, Any]
) -> None:
    before = deadlocks()
    assert outcomes_of(race, database_url, facts) == {"won": ROUNDS * (WRITERS + READERS)}
    assert deadlocks() == before  # a service would try again, but a second late
    dates = sa.select(sa.func.count()).select_from(Occurrence)
    db.session.rollback()
    decided = dates.where(Occurrence.state.in_([State.CONFIRMED, State.WITHDRAWN]))
    assert db.session.scalar(dates) == db.session.scalar(decided) == ROUNDS * TURNS * WRITERS


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_without_the_version_the_same_race_reads_pages_that_are_out_of_date(
    database_url: str, facts: dict[str, Any]
) -> None:
    found = outcomes_of(race_by_any_version, database_url, facts)
    assert found["409 out_of_date"] > 0
