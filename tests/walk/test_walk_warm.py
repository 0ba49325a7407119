"""What is kept in memory equals what would be drawn anew, at each step of a random walk.

Memory lives through the whole walk. After each step people open pages, now and at instants around
what comes: ends of holds, of closures and of dates, midnights, 18:00, full minutes, and the end of
what is kept. `make test-long` walks much farther.
"""

import random
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from booking.db import clock
from booking.extensions import db
from booking.facilities.calendar_cache import _Entry
from booking.rules.visibility import ANONYMOUS
from tests.lanes import IS_LONG
from tests.walk.warm_walker import WarmWalker
from tests.walk.warm_world import WarmWorld, sign_ins_never_end

#: Before pages are read there is something to see on them.
UNREAD = 8
WALKS, STEPS = (40, 60) if IS_LONG else (1, 5)
#: A walk finds what is broken soon, but not each walk finds each thing.
TRIES, TRIED_STEPS = 12, 15


@pytest.fixture
def world(
    database_url: str, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WarmWorld]:
    """The clusters on one database. The walk sets the clock."""
    sign_ins_never_end(monkeypatch)
    world = WarmWorld(database_url, engine_name)
    yield world
    world.close()
    clock.set_source(None)


def walk(world: WarmWorld, seed: int, steps: int) -> WarmWalker:
    """Take some steps and read after each; return the walker."""
    chance, walker = random.Random(seed), WarmWalker(world)
    for _ in range(UNREAD):
        walker.go(chance.randrange(2**32))
    for _ in range(steps):
        walker.go(chance.randrange(2**32))
        walker.look_around()
    return walker


def test_what_is_kept_equals_what_is_drawn_anew(world: WarmWorld) -> None:
    first = random.SystemRandom().randrange(2**32) if IS_LONG else 1
    for seed in range(first, first + WALKS):
        read = walk(world, seed, STEPS).read
        assert read["200 OK"] > read["compared"] / 2
        assert read["changed"] > STEPS / 2, "nothing happens"


def walk_on(world: WarmWorld) -> None:
    """Walk far enough for a broken memory to show."""
    for seed in range(TRIES):
        walk(world, seed, TRIED_STEPS)


def up_to_any_time(entry: _Entry, version: object, now: object) -> bool:
    return entry.version == version


def of_any_version(entry: _Entry, _version: object, now: object) -> bool:
    return entry.drawn_at <= now < entry.until


def without_triggers(world: WarmWorld, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody counts what changes in dates and closures."""
    with world.inside(), db.engine.begin() as connection:
        for table in ("occupancy", "occurrence", "closure", "closure_slot"):
            for event in ("insert", "update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER calendar_version_raise_{table}_{event}"))


def instead(name: str, value: object) -> Callable[[WarmWorld, pytest.MonkeyPatch], None]:
    return lambda _world, monkeypatch: monkeypatch.setattr(name, value)


HOLDS = "booking.facilities.calendar_cache._Entry.holds"
BROKEN = {
    "the end is ignored": instead(HOLDS, up_to_any_time),
    "the version is ignored": instead(HOLDS, of_any_version),
    "the reader is not in the key": instead(
        "booking.wording.reader.reading_rights", lambda viewer: ANONYMOUS
    ),
}
IF_LONG = {
    "triggers are gone": without_triggers,
    "holds do not end": instead(
        "booking.calendars.kept_until.changes_to_come", lambda *_, **__: {}
    ),
}


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("broken", BROKEN | IF_LONG if IS_LONG else BROKEN)
def test_a_broken_memory_is_detected(
    world: WarmWorld, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (BROKEN | IF_LONG)[broken](world, monkeypatch)
    with pytest.raises(AssertionError, match="anew"):
        walk_on(world)
