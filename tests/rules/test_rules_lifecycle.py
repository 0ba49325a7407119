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
    Standing,
    State,
    Tally,
    headline,
    is_completed,
    listed_ids,
    standing_states,
    state_at,
)

P, R, Q, A, C, D, W, X, L, N, Z = (
    State.PROPOSED,
    State.REQUESTED,
    State.WAITING,
    State.ACCEPTED,
    State.CONFIRMED,
    State.DECLINED,
    State.WITHDRAWN,
    State.CANCELLED,
    State.LAPSED,
    State.NO_SHOW,
    State.REPLACED,
)
#: From which state an act of which side leads to which.
STEPS = {
    (P, Act.TAKE, Side.REQUESTER): C,
    (P, Act.DECLINE, Side.REQUESTER): D,
    (P, Act.WITHDRAW, Side.OWNER): W,
    (P, Act.LAPSE, Side.NOBODY): L,
    (R, Act.REPLACE, Side.REQUESTER): Z,
    (R, Act.REPLACE, Side.OWNER): Z,
    (C, Act.REPLACE, Side.REQUESTER): Z,
    (C, Act.REPLACE, Side.OWNER): Z,
    (P, Act.ACCEPT, Side.REQUESTER): A,
    (R, Act.ACCEPT, Side.OWNER): A,
    (A, Act.REPLACE, Side.REQUESTER): Z,
    (A, Act.REPLACE, Side.OWNER): Z,
    (A, Act.COMPLETE, Side.OWNER): C,
    (A, Act.DECLINE, Side.OWNER): D,
    (A, Act.WITHDRAW, Side.REQUESTER): W,
    (A, Act.LAPSE, Side.NOBODY): L,
    (R, Act.CONFIRM, Side.OWNER): C,
    (R, Act.DECLINE, Side.OWNER): D,
    (R, Act.WITHDRAW, Side.REQUESTER): W,
    (R, Act.LAPSE, Side.NOBODY): L,
    (R, Act.WAIT, Side.OWNER): Q,
    (Q, Act.OFFER, Side.NOBODY): P,
    (Q, Act.DECLINE, Side.OWNER): D,
    (Q, Act.WITHDRAW, Side.REQUESTER): W,
    (Q, Act.REPLACE, Side.REQUESTER): Z,
    (Q, Act.REPLACE, Side.OWNER): Z,
    (Q, Act.LAPSE, Side.NOBODY): L,
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


@pytest.mark.parametrize(
    ("dates", "states"),
    [
        ([(1, R, None), (2, P, 1), (3, P, 1)], [P]),
        ([(1, Z, None), (2, C, 1), (3, W, 1)], [C]),
        ([(1, R, None), (2, D, 1)], [R]),
        ([(1, C, None), (2, P, 1)], [C]),
        ([(1, C, None), (2, L, 1)], [C]),
        ([(1, C, None), (2, R, 1)], [C]),
        ([(1, D, None), (2, P, 1), (3, P, 1)], [P]),
        ([(1, R, None), (2, D, 1), (3, R, 1)], [R]),
        ([(1, W, None), (2, D, 1)], [W]),
        ([(1, Z, None), (2, X, 1)], [X]),
        ([(1, R, None), (2, P, 1), (3, C, None)], [C, P]),
        ([(1, Z, None), (2, Z, 1), (3, C, 2)], [C]),
        ([(1, D, None), (2, L, 1)], [D]),
        ([(1, C, None), (2, A, 1)], [C]),
        ([(1, R, None), (2, A, 1)], [A]),
        ([(1, R, None), (2, R, 1), (3, A, 1)], [A]),
        ([(1, A, None), (2, P, 1)], [P]),
    ],
)
def test_a_booking_is_summed_up_by_one_state_for_each_date_agreed_on(dates, states):
    assert standing_states([Standing(*date) for date in dates]) == states


@pytest.mark.parametrize(
    ("dates", "ids"),
    [
        ([(1, R, None), (2, P, 1), (3, P, 1)], {1}),
        ([(1, Z, None), (2, C, 1), (3, W, 1)], {2}),
        ([(1, C, None), (2, R, 1)], {1, 2}),
        ([(1, D, None), (2, D, 1)], {1}),
        ([(1, Z, None)], {1}),
        ([(1, P, None)], {1}),
        ([(1, C, None), (2, P, None), (3, P, 1)], {1, 2}),
        ([(1, C, None), (2, Q, None)], {1, 2}),
    ],
)
def test_the_dates_of_a_booking_are_those_that_stand_or_stood_last(dates, ids):
    assert listed_ids([Standing(*date) for date in dates]) == ids


@pytest.mark.parametrize(
    ("here", "there", "counts_here", "counts_there"),
    [
        # proposed elsewhere: counts once, as it stands if it is agreed
        ([(1, C)], [(2, P, 1)], [C], [P]),
        ([(1, C), (3, C)], [(2, P, 1)], [C, C], [P]),
        ([(1, R), (3, R)], [(2, P, 1)], [R], [P]),
        # moved: counts where it is now
        ([(1, Z), (3, C)], [(2, C, 1)], [C], [C]),
        # came to nothing
        ([(1, R), (3, R)], [(2, D, 1)], [R, R], [D]),
    ],
)
def test_a_date_and_what_is_elsewhere_in_its_place_count_once(
    here, there, counts_here, counts_there
):
    own, others = ([Standing(*date) for date in dates] for dates in (here, there))

    assert standing_states(own, others) == counts_here
    assert standing_states(others, own) == counts_there


def test_a_tally_counts_states_and_ignores_those_without_dates():
    tally = Tally({State.CONFIRMED: 2, State.DECLINED: 0})
    assert tally.total == 2
    assert tally.headline == Headline(HeadlineKind.ALL, C, 2, 2)
    assert Tally.of([C, C]).counts == {State.CONFIRMED: 2}


def test_a_tally_without_dates_is_empty():
    with pytest.raises(ValueError, match="at least one date"):
        headline([])
