"""A random walk: the same random steps are taken by the services on both databases and by a model.

The model predicts the result of each step. After each, the test compares the results, checks the
invariants, and checks that both databases hold the same rows. `make test-long` walks much farther,
and looks for a shorter walk that fails in the same way.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from booking.data_check.queries import find_faults
from tests.lanes import IS_LONG
from tests.walk.walker import Walker
from tests.walk.world import World

STEPS = 40
#: The ordinary lane walks the same ways on each machine. Hypothesis would not: it draws numbers
#: also from the constants of the modules that happen to be loaded. It goes on until it has met all.
FIRST_SEED, FEWEST_WALKS, MOST_WALKS = 50, 8, 40
#: The long lane. The blob that is printed repeats what failed: `@reproduce_failure` on `Walk`.
SETTINGS = settings(
    max_examples=300,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    stateful_step_count=60,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=True,
)
#: A walk proves little if nothing happens on it, or if every step succeeds.
MUST_HAPPEN = {
    "accept",
    "another time",
    "answer",
    "arrive",
    "ask",
    "cancel",
    "close",
    "confirm",
    "counter",
    "decline",
    "edit",
    "enter",
    "find met",
    "list condition",
    "mark done",
    "more places",
    "move",
    "no show",
    "propose",
    "send",
    "send what is drawn free",
    "special days",
    "take",
    "take back",
    "undo",
    "unlist condition",
    "wait",
    "waive",
    "week",
}
MUST_BE_ANSWERED = {
    "NotFound",
    "a hold ended",
    "closure",
    "already_decided",
    "changed",
    "dates_overlap",
    "due_already",
    "final",
    "fewer_people",
    "longer",
    "more_people",
    "moved",
    "no_waiting_list",
    "not_open",
    "question_open",
    "shorter",
    "some",
    "taken",
    "too_late",
}
#: All states that a date can have, and every side on which something is done.
MUST_BE = {
    ("state", state)
    for state in ("requested", "proposed", "confirmed", "declined", "withdrawn", "cancelled")
} | {
    ("state", "lapsed"),
    ("state", "replaced"),
    ("state", "no_show"),
    ("state", "accepted"),
    ("state", "waiting"),
    ("at once", "shorter"),
    ("to answer", "longer"),
    ("to answer", "more_people"),
    ("turns", "some"),
    ("a turn", "taken"),
    ("log", "owner"),
    ("log", "requester"),
    ("log", "nobody"),
    ("log", "rule"),
}

#: How a proposal at another facility may end, each with what must then be seen.
ELSEWHERE = {
    "take": ("event", "elsewhere_confirmed"),
    "refuse": ("none of these", "ok"),
    "counter": ("event", "elsewhere_requested"),
    "withdraw": ("withdraw proposals", "ok"),
    "confirm old": ("elsewhere", "confirm old"),
    "give up old": ("elsewhere", "give up old"),
    "expire": ("event", "elsewhere_ended"),
}
ELSEWHERE_SEED, ELSEWHERE_TRIES = 3, 12


class Walk(RuleBasedStateMachine):
    """Random steps; each seed is one action of one person."""

    worlds: ClassVar[list[World]] = []
    seen: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.walker = Walker(self.worlds, self.seen)

    @rule(seed=st.integers(0, 2**32 - 1))
    def go(self, seed: int) -> None:
        """Take one step."""
        note(self.walker.go(seed))

    def teardown(self) -> None:
        nothing_is_wrong(self.worlds)


def nothing_is_wrong(worlds: list[World]) -> None:
    """Check what must always be true of the data, as an operator does."""
    for world in worlds:
        with world.inside():
            wrong = list(find_faults())
        assert not wrong, f"{world.name}: {wrong}"


@pytest.fixture
def worlds(sqlite_databases: Any, postgresql_databases: Any, at: Any) -> Iterator[list[World]]:
    """The same clusters on each database. The walk sets the clock; the fixture `at` resets it."""
    with ExitStack() as stack:
        found = []
        for name, databases in (
            ("SQLite", sqlite_databases),
            ("PostgreSQL", postgresql_databases),
        ):
            world = World(stack.enter_context(databases.fresh()), name)
            stack.callback(world.close)
            found.append(world)
        yield found


def test_model_and_product_walk_together_on_both_databases(
    worlds: list[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    if IS_LONG:
        # Most of Hypothesis's examples are mutations of earlier ones and repeat their seeds: the
        # same person requests the same hours again and again. New examples see far more.
        monkeypatch.setattr(
            ConjectureRunner, "generate_mutations_from", lambda *_: None, raising=False
        )
        Walk.worlds, Walk.seen = worlds, seen
        run_state_machine_as_test(Walk, settings=SETTINGS)
    else:
        for number in range(MOST_WALKS):
            walk(worlds, seen, FIRST_SEED + number)
            if number + 1 >= FEWEST_WALKS and not unseen(seen):
                break
    assert not unseen(seen)


def walk(worlds: list[World], seen: Counter[tuple[str, str]], seed: int) -> None:
    """Take the steps of one walk; an error tells its seed and what was done before."""
    walker, chance, steps = Walker(worlds, seen), Random(seed), []
    try:
        for _ in range(STEPS):
            steps.append(walker.go(chance.randrange(2**32)))
        nothing_is_wrong(worlds)
    except Exception as error:
        error.add_note(f"seed {seed}, after {', '.join(steps) or 'nothing'}")
        raise


def unseen(seen: Counter[tuple[str, str]]) -> set[object]:
    """Return what must happen, must be answered or must come about, and has not yet."""
    happened = {name for name, answer in seen if answer == "ok"}
    answers = {answer for _, answer in seen}
    return (MUST_HAPPEN - happened) | (MUST_BE_ANSWERED - answers) | (MUST_BE - seen.keys())


def test_model_and_product_walk_to_other_facilities_on_both_databases(worlds: list[World]) -> None:
    """The long lane has these steps among all others."""
    seen: Counter[tuple[str, str]] = Counter()
    walker, chance = Walker(worlds, seen), Random(ELSEWHERE_SEED)
    for ending, wanted in ELSEWHERE.items():
        for _ in range(ELSEWHERE_TRIES):
            walker.chance = Random(chance.randrange(2**32))
            walker.elsewhere(ending)
            if seen[wanted]:
                break
        assert seen[wanted], f"{ending} did not come about"
    assert seen["propose elsewhere", "ok"]
    nothing_is_wrong(worlds)
