"""Any two acts on one booking at once end as if one had come after the other; every pair of them.

What each order leaves is found out first, by doing one after the other. Then both are done at the
same instant: the answers, dates, places, log, updates, marks and messages must be those of one of
the two orders.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.data_check.queries import find_faults
from booking.db import clock, transactions
from booking.rules.lifecycle import State
from tests.acts import (
    Ground,
    Left,
    Pair,
    all_left,
    another_hall,
    at_once,
    every_pair,
    make_ground,
    no_place_is_shared,
    one_after_the_other,
    prepare,
    use_clock_of_threads,
)
from tests.lanes import IS_LONG

FEW_ROUNDS = {"sqlite": (1, 1), "postgresql": (1, 4)}
#: Rounds of each pair by engine, and of those that decide for good. SQLite has one lock for all.
ROUNDS = {"sqlite": (200, 200), "postgresql": (200, 200)} if IS_LONG else FEW_ROUNDS
PAIRS = every_pair(in_both_states=IS_LONG)
UNGUARDED_ROUNDS = 10
#: Acts after each of which none of the others is possible any more.
ENDING = {"confirm", "decline", "withdraw"}
#: Days of one facility; the rounds beyond are of the next one.
DAYS = 300
#: The number of the first raced round.
RACED_FROM = 3000
#: What one after the other leaves is the same on both engines, so it is found out once.
_orders: dict[Pair, list[Left]] = {}


@pytest.fixture
def ground(app: Flask, app_context: None) -> Iterator[Ground]:
    """A facility and people; the clock shows each thread its own time."""
    use_clock_of_threads()
    yield make_ground()
    clock.set_source(None)


def both_orders(ground: Ground, pairs: list[Pair]) -> dict[Pair, list[Left]]:
    """Return what each order of these pairs leaves."""
    new = [pair for pair in pairs if pair not in _orders]
    if new:
        doubled = [pair for pair in new for _ in (1, 2)]
        rounds = prepare(ground, doubled, 1)
        answers = [
            one_after_the_other(pair, one, first_first=number % 2 == 0)
            for number, (pair, one) in enumerate(zip(doubled, rounds, strict=True))
        ]
        for pair, left in zip(doubled, all_left(rounds, answers), strict=True):
            _orders.setdefault(pair, []).append(left)
    return _orders


def race(app: Flask, ground: Ground, pairs: list[Pair]) -> list[Left]:
    """Do both acts of each pair at once, each on a day of its own; return what they leave."""
    found: list[Left] = []
    for start in range(0, len(pairs), DAYS):
        some = pairs[start : start + DAYS]
        rounds = prepare(another_hall(ground), some, RACED_FROM + start)
        found += all_left(rounds, at_once(app, some, rounds))
    return found


def test_any_two_acts_at_once_end_as_in_one_of_the_two_orders(
    app: Flask, ground: Ground, engine_name: str
) -> None:
    orders, rounds = both_orders(ground, PAIRS), ROUNDS[engine_name]
    pairs = [pair for pair in PAIRS for _ in range(rounds[pair.is_dangerous])]
    for pair, left in zip(pairs, race(app, ground, pairs), strict=True):
        assert left in orders[pair], f"{pair}: {left} and not one of {orders[pair]}"
    assert no_place_is_shared()
    assert list(find_faults()) == []


def test_in_each_order_who_comes_too_late_gets_a_conflict(ground: Ground) -> None:
    """And each step is logged once, and told once to each person."""
    orders = both_orders(ground, PAIRS)
    answers = {answer for pair in PAIRS for left in orders[pair] for answer in left.answers}
    assert {one.partition(" ")[0] for one in answers} == {"ok", "409", "422"}
    lines = [line for pair in PAIRS for left in orders[pair] for line in left.log]
    assert ("waiting", "proposed") in {(line.before, line.after) for line in lines}, "no turn"
    for pair in PAIRS:
        for left in orders[pair]:
            if {pair.first, pair.second} <= ENDING:
                assert sorted(one.partition(" ")[0] for one in left.answers) == ["409", "ok"], pair
            steps = [(line.before, date) for line in left.log if line.after for date in line.dates]
            assert len(set(steps)) == len(steps), pair
            assert all(len(set(line.told)) == len(line.told) for line in left.log), pair


def unlocked(engine: sa.Engine) -> dict[str, str]:
    """Return options by which a transaction takes no lock before it writes."""
    return {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}


def test_without_locks_two_acts_end_as_in_none_of_the_orders(
    app: Flask, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair("confirm", "decline", State.REQUESTED)
    orders = both_orders(ground, [pair])
    monkeypatch.setattr(transactions, "lock_roots", lambda facility_ids: None)
    monkeypatch.setattr(transactions, "writing_options", unlocked)
    lefts = race(app, ground, [pair] * UNGUARDED_ROUNDS)
    assert any(left not in orders[pair] for left in lefts)
