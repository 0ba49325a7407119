"""Races between real processes: in each round all do the same thing at the same instant."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from queue import Empty
from typing import Any

import sqlalchemy as sa

RACERS = 8
TIMEOUT = 60  # seconds for all to reach the start of a round; only a bug takes so long

OVERLAPS = sa.text(
    "SELECT count(*) FROM occupancy a JOIN occupancy b ON a.place_id = b.place_id AND a.id < b.id"
    " AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
)


@dataclass(frozen=True)
class Race:
    """`run(index, round)` is called by racer number `index`, in an application context."""

    database_url: str
    rounds: int
    run: Callable[[int, int, Any], None]
    facts: Any
    guarded: bool = True
    racers: int = RACERS


def outcomes(race: Race) -> list[Counter[str]]:
    """Run all racers for all rounds; return for each round how often each outcome came."""
    context = multiprocessing.get_context("forkserver")
    # The racers are forked from a process that has loaded the application.
    context.set_forkserver_preload(["booking.app", "tests.databases"])
    barrier = context.Barrier(race.racers)
    queue: Any = context.Queue()
    racers = [
        context.Process(target=_racer, args=(race, index, barrier, queue), daemon=True)
        for index in range(race.racers)
    ]
    for racer in racers:
        racer.start()
    rounds: list[Counter[str]] = [Counter() for _ in range(race.rounds)]
    for _ in racers:
        for number, outcome in enumerate(_next_result(queue, racers)):
            rounds[number][outcome] += 1
    for racer in racers:
        racer.join(TIMEOUT)
    return rounds


def _next_result(queue: Any, racers: Sequence[Any]) -> list[str]:
    while True:
        try:
            return queue.get(timeout=1)
        except Empty:
            crashed = [racer.name for racer in racers if racer.exitcode]
            if crashed:
                raise AssertionError(f"fell out of the race: {', '.join(crashed)}") from None


def _racer(race: Race, index: int, barrier: Barrier, queue: Any) -> None:
    from booking.app import create_app
    from booking.errors import Conflict, Refused
    from booking.extensions import db
    from tests.databases import settings_for

    app = create_app(settings_for(race.database_url))
    seen = []
    with app.app_context():
        _warm_up()
        if not race.guarded:
            _drop_guards(db.engine)
        for number in range(race.rounds):
            barrier.wait(TIMEOUT)
            try:
                race.run(index, number, race.facts)
                seen.append("won")
            except Refused as refused:
                seen.append("422 " + " ".join(sorted({r.code for r in refused.refusals})))
            except Conflict as conflict:
                seen.append(f"409 {conflict.code}")
            except Exception as error:  # noqa: BLE001 - anything that a person would see as a 500
                seen.append(f"500 {error!r}")
            finally:
                db.session.remove()
        db.engine.dispose()
    queue.put(seen)


def _warm_up() -> None:
    """Do before the race what each process does only once, such as loading modules."""
    from booking.availability.checks import check_context
    from booking.db import clock
    from booking.extensions import db

    check_context(1, [], clock.now(), whole=True)
    db.session.remove()


def _drop_guards(engine: sa.Engine) -> None:
    """Switch off the lock in this process; `without_constraint` drops the database's guard."""
    from booking.db import transactions

    transactions.lock_roots = lambda facility_ids: None
    if engine.dialect.name == "sqlite":
        sa.event.remove(engine, "begin", transactions.begin)


def without_constraint(engine: sa.Engine) -> None:
    """Drop the constraint or triggers against overlaps from this database."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap")
        else:
            for event in ("insert", "update"):
                connection.exec_driver_sql(f"DROP TRIGGER occupancy_no_overlap_{event}")


def errors(rounds: Sequence[Counter[str]]) -> list[str]:
    """Return the outcomes that would be a server error."""
    return [outcome for seen in rounds for outcome in seen if outcome.startswith("500")]
