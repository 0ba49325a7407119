"""The walk sees what is wrong: doctored histories, and a product that is broken on purpose."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from booking.bookings import replacements
from booking.decisions import service as deciding
from booking.decisions import turns
from booking.extensions import db
from booking.requests import service as asking
from booking.rules.availability import Room, assign
from booking.rules.edits import Verdict
from booking.rules.lifecycle import STATES, Act, Side, State
from tests.racers import without_constraint
from tests.rules.minute_model import day_of
from tests.walk.checks import check_all, no_place_is_shared, no_trace_is_left
from tests.walk.federation import ZONES
from tests.walk.walker import Walker
from tests.walk.world import Rows, World

FIRST_SEED, TRIES, STEPS = 75, 20, 40
SOME_STEPS = 12


@pytest.fixture(scope="module")
def world(sqlite_databases: Any) -> Iterator[World]:
    """The federation on SQLite, which is enough here."""
    from booking.db import clock

    with sqlite_databases.fresh() as url:
        world = World(url, "SQLite")
        yield world
        world.close()
        clock.set_source(None)


class History:
    """A walk of some steps, and the rows before and after the last one."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.walker = Walker([world], Counter())
        self.chance = chance
        self.before: Rows = {}
        self.log_length = 0

    def go_on_until(self, enough: Callable[[Rows, Rows], bool]) -> bool:
        """Walk to a step that is `enough`, judged by the rows before and after it, or fail."""
        for _ in range(STEPS):
            self.before, self.log_length = self.walker.rows[0], len(self.walker.model.log)
            self.walker.go(self.chance.randrange(2**32))
            if enough(self.before, self.walker.rows[0]):
                return True
        return False

    def check(self, before: Rows, after: Rows) -> None:
        """Look at the last step as the walk does."""
        check_all(self.world, self.walker.model, before, after, self.log_length)


@pytest.fixture(scope="module")
def history(world: World) -> History:
    """A history with something of everything; its last step confirms dates."""

    def enough(before: Rows, after: Rows) -> bool:
        is_new = len(after["booking_log"]) == len(before["booking_log"]) + 1
        line = after["booking_log"][-1] if is_new else {"before": None, "after": None}
        confirms = (line["before"], line["after"]) == ("requested", "confirmed")
        marked = any(row["settled_at"] is None for row in after["affected"])
        return confirms and marked and bool(after["date_override"])

    chance = random.Random(FIRST_SEED)
    for _ in range(TRIES):
        found = History(world, chance)
        found.walker.talks = False  # so that much else happens
        if found.go_on_until(enough):
            return found
    raise AssertionError("no walk had something of everything")


def last_confirmed(after: Rows) -> dict[str, Any]:
    """Return the date that the last step confirmed."""
    key = after["booking_log"][-1]["occurrence_ids"][0]
    return next(row for row in after["occurrence"] if row["id"] == key)


def two_on_one_place(before: Rows, after: Rows) -> None:
    after["occupancy"].append(dict(after["occupancy"][-1]))


def a_place_less(before: Rows, after: Rows) -> None:
    key = last_confirmed(after)["id"]
    row = next(row for row in after["occupancy"] if row["occurrence_id"] == key)
    after["occupancy"].remove(row)


def backwards(before: Rows, after: Rows) -> None:
    row = after["occurrence"][0]
    row["starts_at"], row["ends_at"] = row["ends_at"], row["starts_at"]


def not_set_aside(before: Rows, after: Rows) -> None:
    after["date_override"].clear()


def not_marked(before: Rows, after: Rows) -> None:
    after["affected"].clear()


def against_the_graph(before: Rows, after: Rows) -> None:
    key = last_confirmed(after)["id"]
    next(row for row in before["occurrence"] if row["id"] == key)["state"] = "cancelled"


def no_new_revision(before: Rows, after: Rows) -> None:
    last_confirmed(after)["revision"] -= 1


def another_time(before: Rows, after: Rows) -> None:
    row = last_confirmed(after)
    row["ends_at"] = row["ends_at"] + (row["ends_at"] - row["starts_at"])


def no_line_in_the_log(before: Rows, after: Rows) -> None:
    before["notice"] = after["notice"]
    after["booking_log"].pop()


def a_line_twice(before: Rows, after: Rows) -> None:
    after["booking_log"].append(after["booking_log"][-1] | {"id": 10**6})


def an_old_line_changed(before: Rows, after: Rows) -> None:
    after["booking_log"][0]["reason"] = "Something else."


def somebody_else_decided(before: Rows, after: Rows) -> None:
    sent = next(row for row in after["booking_request"] if not row["entered"])
    after["booking_log"][-1]["actor_id"] = sent["requester_id"]


def no_update(before: Rows, after: Rows) -> None:
    after["notice"].pop()


def two_updates(before: Rows, after: Rows) -> None:
    after["notice"].append(after["notice"][-1] | {"id": 10**6})


def an_orphan(before: Rows, after: Rows) -> None:
    after["occupancy"][0]["place_id"] = 10**6


DOCTORED = {
    two_on_one_place: "I1",
    backwards: "I2",
    not_set_aside: "I3",
    not_marked: "I3",
    a_place_less: "I4",
    against_the_graph: "I5",
    no_new_revision: "I7",
    no_line_in_the_log: "I6",
    a_line_twice: "I6",
    an_old_line_changed: "I6",
    somebody_else_decided: "I6",
    no_update: "I12",
    two_updates: "I12",
}


@pytest.mark.parametrize("doctor", DOCTORED, ids=lambda doctor: doctor.__name__)
def test_a_manipulated_history_is_detected(
    history: History, doctor: Callable[[Rows, Rows], None]
) -> None:
    before, after = deepcopy(history.before), deepcopy(history.walker.rows[0])
    history.check(before, after)
    doctor(before, after)
    with pytest.raises(AssertionError, match=DOCTORED[doctor]):
        history.check(before, after)


def test_a_row_left_by_a_refused_step_is_detected(history: History) -> None:
    before = history.walker.rows[0]
    after = deepcopy(before)
    no_trace_is_left(before, after)
    after["booking_request"].append(after["booking_request"][-1] | {"id": 10**6})
    with pytest.raises(AssertionError, match="I8"):
        no_trace_is_left(before, after)


def test_databases_that_differ_are_detected(history: History) -> None:
    """Another row, and another link between the same rows; numbers of rows may differ."""
    ranked = history.world.ranked
    rows = history.walker.rows[0]
    other = deepcopy(rows)
    for row in other["notice"]:
        row["id"] += 100
    assert ranked(other) == ranked(rows)
    other["occupancy"][0]["place_id"] = next(
        row["id"] for row in rows["place"] if row["id"] != rows["occupancy"][0]["place_id"]
    )
    assert ranked(other) != ranked(rows)


def walk_on(world: World) -> None:
    """Walk far enough for a broken product to show."""
    chance = random.Random(FIRST_SEED)
    for _ in range(TRIES):
        History(world, chance).go_on_until(lambda before, after: False)


def as_if_nothing_were_taken(room: Room, *args: Any) -> Any:
    return assign(replace(room, taken={}), *args)


def after_in_any_state(_state: State, act: Act, _side: Side) -> State:
    """The state to which the act leads, whatever the state before and whoever acts."""
    return next(rules.acts[act].after for rules in STATES.values() if act in rules.acts)


BROKEN: dict[str, tuple[str, Any]] = {
    "what ends keeps its places": ("booking.bookings.transitions.free_all", None),
    "everybody may decide": ("booking.bookings.authorise.may_decide", True),
    "every step may follow": ("booking.rules.lifecycle.State.after", after_in_any_state),
    "nobody is told": ("booking.bookings.log.announce", None),
    "closing marks nothing": ("booking.manage.closures.service.recheck", []),
    "nothing is kept free": ("booking.requests.service._hold", None),
    "rivals decide": ("booking.bookings.deciding.contested_bookings", {}),
    "a proposal holds nothing": ("booking.decisions.proposing.hold_what_is_new", None),
    "a proposal does not stop the clock": ("booking.decisions.proposing.pause_clock", None),
    "what was replaced stays": ("booking.bookings.transitions.write_replaced", None),
    "a question does not stop the clock": ("booking.messages.service._move_deadlines", None),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_of_the_product_is_detected(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    name, answer = BROKEN[broken]
    monkeypatch.setattr(name, answer if callable(answer) else lambda *_, **__: answer)
    with pytest.raises(AssertionError):
        walk_on(world)


def the_youngest_first(now: datetime) -> Sequence[Any]:
    return sorted(ALL_WAITING(now), key=lambda one: (one.root_id, -one.booking_id))


def those_at_the_same_facility(booking: Any, dates: Sequence[Any]) -> dict[int, Any]:
    found = STANDING_BEFORE(booking, dates)
    return {key: one for key, one in found.items() if one.booking is booking}


ALL_WAITING, STANDING_BEFORE = turns._all_waiting, replacements.standing_before
#: Each with the steps on which it shows soon.
BROKEN_AGREEMENTS: dict[str, tuple[str, Any, list[str]]] = {
    "who came last has the first turn": (
        "booking.decisions.turns._all_waiting",
        the_youngest_first,
        ["crowd"],
    ),
    "a turn takes from who asked before": (
        "booking.decisions.turns._earlier_requests",
        turns._Earlier((), {}),
        ["crowd"],
    ),
    "a turn holds nothing": ("booking.decisions.turns.seat_all", None, ["crowd"]),
    "what is accepted holds nothing": ("booking.decisions.service.hold_accepted", None, ["agree"]),
    "the last condition does not confirm": (
        "booking.conditions.service._complete",
        None,
        ["agree", "condition"],
    ),
    "no condition hangs on a booking": (
        "booking.decisions.service.hang_conditions",
        None,
        ["agree"],
    ),
    "what is missed is never told": ("booking.conditions.missed._tell", False, ["agree", "missed"]),
    "an edit needs no yes": (
        "booking.requests.changing.verdict_on",
        lambda edits, is_decided: Verdict(tuple(edits)),
        ["agree", "edit"],
    ),
    "each edit needs a yes": (
        "booking.requests.changing.verdict_on",
        lambda edits, is_decided: Verdict((), tuple(edits)),
        ["agree", "edit"],
    ),
    "less gives nothing back": ("booking.requests.changing.shrink", None, ["agree", *["edit"] * 5]),
    "who decides does not see what changed": (
        "booking.decisions.service.refuse_unseen",
        None,
        ["send", "edit", "confirm"],
    ),
    "what is agreed elsewhere stands beside the old date": (
        "booking.bookings.replacements.standing_before",
        those_at_the_same_facility,
        ["elsewhere"],
    ),
    "a proposal elsewhere does not stop the clock": (
        "booking.bookings.replacements._bookings_asked",
        (),
        ["elsewhere"],
    ),
    "nothing is said at the old facility": (
        "booking.bookings.transitions.log_elsewhere",
        None,
        ["elsewhere"],
    ),
    "who decides on both facilities is told twice": (
        "booking.bookings.elsewhere.replace",
        lambda deciders, **_: deciders,
        ["elsewhere"],
    ),
}


def take_steps(world: World, names: Sequence[str]) -> None:
    """Take these steps again and again, each with what comes by chance."""
    chance = random.Random(FIRST_SEED)
    for _ in range(TRIES):
        walker = Walker([world], Counter())
        for number in range(SOME_STEPS):
            walker.chance = random.Random(chance.randrange(2**32))
            getattr(walker, names[number % len(names)])()


@pytest.mark.parametrize("broken", BROKEN_AGREEMENTS)
def test_a_broken_agreement_is_detected(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    name, answer, steps = BROKEN_AGREEMENTS[broken]
    monkeypatch.setattr(name, answer if callable(answer) else lambda *_, **__: answer)
    with pytest.raises((AssertionError, ValueError)):
        take_steps(world, steps)


def test_a_place_given_twice_is_detected(
    sqlite_databases: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database does not guard it and the services do not look."""
    with sqlite_databases.fresh() as url:
        world = World(url, "SQLite")
        with world.inside():
            without_constraint(db.engine)
        walker = Walker([world], Counter())
        ticks = day_of(ZONES["seine"], date(2027, 3, 25))
        morning = [(ticks[36], ticks[44])]

        def confirm_all(number: int) -> tuple[Any, ...]:
            rows = world.rows()
            return world.act(
                lambda world: deciding.confirm(
                    world.account("cora"), walker.decision(rows, number, [0], "")
                )
            )

        for person in ("anna", "bert"):
            sending = walker.new_request(world, "hall", morning, (True, 1))
            world.act(
                lambda world, person=person, sending=sending: asking.send(
                    world.account(person), sending
                )
            )
        assert confirm_all(0)[0] == "ok"
        assert confirm_all(1) == ("conflict", "taken")
        no_place_is_shared(world.rows())

        monkeypatch.setattr("booking.bookings.occupancy.assign", as_if_nothing_were_taken)
        assert confirm_all(1)[0] == "ok"
        with pytest.raises(AssertionError, match="I1"):
            no_place_is_shared(world.rows())
        world.close()
