"""Any two acts on one booking at once end as if one had come after the other; every pair of them.

What each order leaves is found out first, by doing one after the other. Then both are done at the
same instant: the answers, dates, places, log, updates, marks and messages must be those of one of
the two orders.

Each pair is seen in both orders, but for those with a turn of the waiting list: the worker looks
before it locks, and before the other act is stored it finds nothing free. So it comes first.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.data_check.queries import find_faults
from booking.db import clock, transactions
from booking.rules.lifecycle import State
from tests.acts import (
    DAYS,
    Ground,
    Left,
    Pair,
    all_left,
    another_hall,
    at_once,
    every_pair,
    let_expire_before,
    make_ground,
    no_place_is_shared,
    one_after_the_other,
    prepare,
    use_clock_of_threads,
)
from tests.lanes import IS_LONG

#: Rounds of each pair of acts on each engine; a multiple of four, see `at_once`.
ROUNDS = 200 if IS_LONG else 20
#: Acts much like another one; only the long lane tries them.
ALIKE = {"another time", "none of these", "withdraw proposal"}
PAIRS = [
    pair
    for pair in every_pair(in_all_states=IS_LONG)
    if IS_LONG or not ALIKE & {pair.first, pair.second}
]
#: The pairs are raced in so many tests, so that no single one is long.
PARTS = 4
UNGUARDED_ROUNDS = 12
#: Acts after each of which none of the others is possible any more.
ENDING = {"confirm", "decline", "withdraw"}
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
        for start in range(0, len(doubled), DAYS):
            some = doubled[start : start + DAYS]
            rounds = prepare(another_hall(ground), some, start + 1)
            answers = [
                one_after_the_other(pair, one, first_first=number % 2 == 0)
                for number, (pair, one) in enumerate(zip(some, rounds, strict=True))
            ]
            for pair, left in zip(some, all_left(rounds, answers), strict=True):
                _orders.setdefault(pair, []).append(left)
    return _orders


@dataclass(frozen=True)
class Raced:
    """What a round has left, and the order in which its acts got the lock: True is the first."""

    pair: Pair
    left: Left
    order: tuple[bool, ...]


def race(app: Flask, ground: Ground, pairs: list[Pair]) -> list[Raced]:
    """Do both acts of each pair at once, each on a day of its own; return what they leave."""
    # First all facilities: with each new one, everybody reads all rules anew.
    halls = [another_hall(ground) for _ in range(0, len(pairs), DAYS)]
    found: list[Raced] = []
    let_expire_before(RACED_FROM)
    gc.disable()
    for number, hall in enumerate(halls):
        start = number * DAYS
        some = pairs[start : start + DAYS]
        rounds = prepare(hall, some, RACED_FROM + start)
        answers, orders = at_once(app, some, rounds)
        lefts = all_left(rounds, answers)
        found += [
            Raced(pair, left, tuple(order))
            for pair, left, order in zip(some, lefts, orders, strict=True)
        ]
    gc.enable()
    return found


def rounds_of(pair: Pair) -> int:
    """Return how often to race a pair; in the ordinary lane both kinds of an edit share rounds."""
    if IS_LONG or "edit" not in (pair.first, pair.second):
        return ROUNDS
    longer = ROUNDS // 8 * 4
    return longer if pair.edits_more else ROUNDS - longer


@pytest.mark.parametrize("part", range(PARTS))
def test_any_two_acts_at_once_end_as_in_one_of_the_two_orders(
    app: Flask, ground: Ground, part: int
) -> None:
    """Where both acts got the lock, as in the order in which they did."""
    pairs = PAIRS[part::PARTS]
    orders = both_orders(ground, pairs)
    raced = race(app, ground, [pair for pair in pairs for _ in range(rounds_of(pair))])
    seen: defaultdict[Pair, set[Left]] = defaultdict(set)
    for one in raced:
        expected = orders[one.pair]
        if len(one.order) == 2:
            expected = [expected[0 if one.order[0] else 1]]
        assert one.left in expected, f"{one.pair}: {one.left} and not one of {expected}"
        seen[one.pair].add(one.left)
    assert no_place_is_shared()
    assert list(find_faults()) == []
    first = {(one.pair, one.order[0]) for one in raced if one.order}
    for pair in pairs:
        if "turn" not in (pair.first, pair.second):
            assert {(pair, True), (pair, False)} <= first, f"{pair}: only in one order"
            assert seen[pair] == {*orders[pair]}, f"{pair}: only in one order"


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


@pytest.mark.parametrize("acts", [("confirm", "decline"), ("confirm", "edit")], ids=" and ".join)
def test_without_locks_two_acts_end_as_in_none_of_the_orders(
    app: Flask, ground: Ground, monkeypatch: pytest.MonkeyPatch, acts: tuple[str, str]
) -> None:
    pair = Pair(*acts, State.REQUESTED)
    orders = both_orders(ground, [pair])
    monkeypatch.setattr(transactions, "lock_roots", lambda facility_ids: None)
    monkeypatch.setattr(transactions, "writing_options", unlocked)
    raced = race(app, ground, [pair] * UNGUARDED_ROUNDS)
    assert any(one.left not in orders[pair] for one in raced)
