"""Races between real processes: in each round all do the same thing at the same instant."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
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
    """`run(index, round)` is called by racer number `index`, in an application context.

    With `alone`, by processes that end with the race, because it changes something in them.
    """

    database_url: str
    rounds: int
    run: Callable[[int, int, Any], None]
    facts: Any
    guarded: bool = True
    racers: int = RACERS
    alone: bool = False


class Crew:
    """Processes that run one race after another, each with an application on one database.

    To start one takes longer than most races.
    """

    def __init__(self, database_url: str, racers: int) -> None:
        self.database_url = database_url
        context = multiprocessing.get_context("forkserver")
        # The racers are forked from a process that has loaded the application.
        context.set_forkserver_preload(["booking.app", "tests.databases"])
        self._barrier = context.Barrier(racers)
        self._pipes, self._racers = [], []
        for index in range(racers):
            ours, theirs = context.Pipe()
            racer = context.Process(
                target=_racer, args=(database_url, index, self._barrier, theirs), daemon=True
            )
            racer.start()
            theirs.close()
            self._pipes.append(ours)
            self._racers.append(racer)

    @property
    def size(self) -> int:
        return len(self._racers)

    def run(self, race: Race) -> list[list[str]]:
        """Return what each racer met in each round."""
        for pipe in self._pipes:
            pipe.send(race)
        try:
            return [pipe.recv() for pipe in self._pipes]
        except EOFError:
            self.end()
            crashed = [racer.name for racer in self._racers if racer.exitcode]
            raise AssertionError(f"fell out of the race: {', '.join(crashed)}") from None

    def end(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for racer in self._racers:
            racer.join(TIMEOUT)


_kept: list[Crew] = []


def outcomes(race: Race) -> list[Counter[str]]:
    """Run all racers for all rounds; return for each round how often each outcome came."""
    if race.alone or not race.guarded:
        crew = Crew(race.database_url, race.racers)
        met = crew.run(race)
        crew.end()
    else:
        met = _crew_for(race).run(race)
    return [Counter(round_) for round_ in zip(*met, strict=True)]


def _crew_for(race: Race) -> Crew:
    """Return the crew of the race before if it fits, else a new one instead."""
    if _kept and (_kept[0].database_url, _kept[0].size) != (race.database_url, race.racers):
        _kept.pop().end()
    if not _kept:
        _kept.append(Crew(race.database_url, race.racers))
    return _kept[0]


def _racer(database_url: str, index: int, barrier: Barrier, pipe: Connection) -> None:
    from booking.accounts.throttle import set_limits
    from booking.app import create_app
    from booking.extensions import db
    from tests.databases import forget, settings_for

    settings = settings_for(database_url)
    app = create_app(settings)
    with suppress(EOFError), app.app_context():
        while True:
            race: Race = pipe.recv()
            forget()  # the next database counts its changes from the same number
            set_limits(settings.limits)  # an earlier race may have lifted them
            _warm_up()
            if not race.guarded:
                _drop_guards(db.engine)
            pipe.send([_round(race, index, number, barrier) for number in range(race.rounds)])
            db.engine.dispose()


def _round(race: Race, index: int, number: int, barrier: Barrier) -> str:
    """Return what this racer met in one round."""
    from booking.errors import Conflict, Refused
    from booking.extensions import db

    barrier.wait(TIMEOUT)
    try:
        race.run(index, number, race.facts)
    except Refused as refused:
        return "422 " + " ".join(sorted({r.code for r in refused.refusals}))
    except Conflict as conflict:
        return f"409 {conflict.code}"
    except Exception as error:  # noqa: BLE001 - anything that a person would see as a 500
        return f"500 {error!r}"
    else:
        return "won"
    finally:
        db.session.remove()


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
