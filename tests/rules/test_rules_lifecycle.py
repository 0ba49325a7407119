"""The life of a date, as the design draws it, and what several dates add up to."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from booking.rules.lifecycle import (
    ENDED,
    FIRM,
    OPEN,
    STATES,
    Act,
    Headline,
    HeadlineKind,
    Holds,
    Phase,
    Side,
    State,
    Tally,
    headline,
    is_completed,
    state_at,
)

R, C, D, W, X, L, N = (
    State.REQUESTED,
    State.CONFIRMED,
    State.DECLINED,
    State.WITHDRAWN,
    State.CANCELLED,
    State.LAPSED,
    State.NO_SHOW,
)
#: From which state an act of which side leads to which.
STEPS = {
    (R, Act.CONFIRM, Side.OWNER): C,
    (R, Act.DECLINE, Side.OWNER): D,
    (R, Act.WITHDRAW, Side.REQUESTER): W,
    (R, Act.LAPSE, Side.NOBODY): L,
    (C, Act.CANCEL, Side.REQUESTER): X,
    (C, Act.CANCEL, Side.OWNER): X,
    (C, Act.MARK_NO_SHOW, Side.OWNER): N,
    (C, Act.UNDO_CONFIRM, Side.OWNER): R,
}
NOW = datetime(2027, 1, 12, 9, tzinfo=UTC)


def declared(state):
    assert state in STATES, (
        f"{state} has no rules: add them to STATES in booking/rules/lifecycle.py"
    )
    return STATES[state]


@pytest.mark.parametrize("state", State)
def test_every_state_has_rules(state):
    assert declared(state) is state.rules


@pytest.mark.parametrize(("act", "side"), list(itertools.product(Act, Side)))
@pytest.mark.parametrize("before", State)
def test_a_date_only_takes_the_steps_of_its_life(before, act, side):
    declared(before)
    after = STEPS.get((before, act, side))

    assert before.after(act, side) is after
    assert before.allows(act, side) is (after is not None)


@pytest.mark.parametrize("state", State)
def test_a_state_is_terminal_exactly_when_no_act_leads_out_of_it(state):
    assert (declared(state).phase is Phase.ENDED) is (not declared(state).acts)


@pytest.mark.parametrize("state", State)
def test_a_state_is_either_open_or_firm_or_ended(state):
    assert [state in one for one in (OPEN, FIRM, ENDED)].count(True) == 1


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_open_state_lapses_and_holds_no_longer_than_that(state):
    assert state.after(Act.LAPSE, Side.NOBODY) is L
    assert state.rules.holds is not Holds.PLACES


@pytest.mark.parametrize("state", sorted(FIRM))
def test_a_firm_state_has_its_places_and_does_not_lapse(state):
    assert state.rules.holds is Holds.PLACES
    assert Act.LAPSE not in state.rules.acts


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_state_holds_nothing_and_waits_for_nobody(state):
    assert state.rules.holds is Holds.NOTHING
    assert state.rules.waits_for is None


@pytest.mark.parametrize("state", State)
def test_the_side_that_a_state_waits_for_can_act(state):
    side = declared(state).waits_for

    assert side is None or any(state.allows(act, side) for act in Act)


def test_every_state_but_those_that_dates_begin_in_is_reached_by_an_act():
    reached = {
        step.after
        for rules in STATES.values()
        for act, step in rules.acts.items()
        if act is not Act.UNDO_CONFIRM
    }

    assert set(State) - reached == {R}


@pytest.mark.parametrize("state", State)
def test_only_an_open_date_lapses_by_the_clock(state):
    read = L if state in OPEN else state

    assert state_at(state, NOW, NOW) is read
    assert state_at(state, NOW + timedelta(seconds=1), NOW) is state
    assert state_at(state, None, NOW) is state


@pytest.mark.parametrize(
    ("states", "kind", "state", "count", "waiting"),
    [
        ([R], HeadlineKind.ALL, R, 1, 1),
        ([R, R, D], HeadlineKind.PARTLY_OPEN, R, 2, 2),
        ([R, L, W], HeadlineKind.PARTLY_OPEN, R, 1, 1),
        ([C], HeadlineKind.ALL, C, 1, 0),
        ([C, C, C], HeadlineKind.ALL, C, 3, 0),
        ([C] * 9 + [R] * 3, HeadlineKind.PARTLY_FIRM, C, 9, 3),
        ([C] * 9 + [D, W, X], HeadlineKind.PARTLY_FIRM, C, 9, 0),
        ([C, R, D], HeadlineKind.PARTLY_FIRM, C, 1, 1),
        ([D, D], HeadlineKind.ALL, D, 2, 0),
        ([W], HeadlineKind.ALL, W, 1, 0),
        ([X, X], HeadlineKind.ALL, X, 2, 0),
        ([L], HeadlineKind.ALL, L, 1, 0),
        ([N], HeadlineKind.ALL, N, 1, 0),
        ([C, N], HeadlineKind.PARTLY_FIRM, C, 1, 0),
        ([D, W], HeadlineKind.ENDED, None, 2, 0),
        ([X, L, D], HeadlineKind.ENDED, None, 3, 0),
    ],
)
def test_the_state_of_a_booking_is_the_tally_of_its_dates(states, kind, state, count, waiting):
    open_counts = ((R, waiting),) if waiting else ()

    assert headline(states) == Headline(kind, state, count, len(states), open_counts)
    assert headline(states).waiting == waiting
    assert headline(reversed(states)) == headline(states)


@pytest.mark.parametrize(
    ("states", "completed", "is_completed"),
    [
        ([C], 1, True),
        ([C], 0, False),
        ([C, C], 1, False),
        ([C, C, N, X], 2, True),
        ([C, R], 1, False),
        ([N], 0, False),
    ],
)
def test_a_booking_is_completed_when_all_that_was_agreed_is_over_and_nothing_open(
    states, completed, is_completed
):
    assert headline(states, completed).is_completed is is_completed


@pytest.mark.parametrize("state", State)
def test_a_date_is_completed_when_it_was_agreed_and_is_over(state):
    assert is_completed(state, NOW, NOW) is (state in FIRM)
    assert not is_completed(state, NOW + timedelta(seconds=1), NOW)


def test_a_tally_counts_states_and_ignores_those_without_dates():
    tally = Tally({State.CONFIRMED: 2, State.DECLINED: 0})
    assert tally.total == 2
    assert tally.headline == Headline(HeadlineKind.ALL, C, 2, 2)
    assert Tally.of([C, C]).counts == {State.CONFIRMED: 2}


def test_a_tally_without_dates_is_empty():
    with pytest.raises(ValueError, match="at least one date"):
        headline([])
