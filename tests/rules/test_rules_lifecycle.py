import itertools

import pytest

from booking.rules.lifecycle import (
    ENDED,
    OPEN,
    Act,
    Headline,
    HeadlineKind,
    State,
    Tally,
    headline,
    may_follow,
    outcome,
    sources,
)

STEPS = {
    (State.REQUESTED, State.CONFIRMED): Act.CONFIRM,
    (State.REQUESTED, State.DECLINED): Act.DECLINE,
    (State.REQUESTED, State.WITHDRAWN): Act.WITHDRAW,
    (State.REQUESTED, State.LAPSED): Act.LAPSE,
    (State.CONFIRMED, State.CANCELLED): Act.CANCEL,
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_a_date_only_takes_the_steps_of_its_life(before, after):
    assert may_follow(before, after) is ((before, after) in STEPS)


@pytest.mark.parametrize("act", Act)
def test_an_act_leads_from_its_sources_to_its_outcome(act):
    assert {(before, outcome(act)) for before in sources(act)} == {
        step for step, name in STEPS.items() if name is act
    }


def test_ended_states_never_change_again():
    assert not any(may_follow(before, after) for before in ENDED for after in State)


def test_every_state_is_open_confirmed_or_ended():
    assert {State.CONFIRMED} | OPEN | ENDED == set(State)
    assert len(OPEN) + len(ENDED) + 1 == len(State)
    assert State.CONFIRMED not in OPEN | ENDED


R, C, D, W, X, L = (
    State.REQUESTED,
    State.CONFIRMED,
    State.DECLINED,
    State.WITHDRAWN,
    State.CANCELLED,
    State.LAPSED,
)


@pytest.mark.parametrize(
    ("states", "kind", "count", "waiting"),
    [
        ([R], HeadlineKind.WAITING, 1, 1),
        ([R, R, D], HeadlineKind.WAITING, 2, 2),
        ([R, L, W], HeadlineKind.WAITING, 1, 1),
        ([C], HeadlineKind.ALL_CONFIRMED, 1, 0),
        ([C, C, C], HeadlineKind.ALL_CONFIRMED, 3, 0),
        ([C] * 9 + [R] * 3, HeadlineKind.PARTLY_CONFIRMED, 9, 3),
        ([C] * 9 + [D, W, X], HeadlineKind.PARTLY_CONFIRMED, 9, 0),
        ([C, R, D], HeadlineKind.PARTLY_CONFIRMED, 1, 1),
        ([D, D], HeadlineKind.ALL_DECLINED, 2, 0),
        ([W], HeadlineKind.ALL_WITHDRAWN, 1, 0),
        ([X, X], HeadlineKind.ALL_CANCELLED, 2, 0),
        ([L], HeadlineKind.ALL_LAPSED, 1, 0),
        ([D, W], HeadlineKind.ENDED, 2, 0),
        ([X, L, D], HeadlineKind.ENDED, 3, 0),
    ],
)
def test_a_booking_is_what_its_dates_add_up_to(states, kind, count, waiting):
    assert headline(states) == Headline(kind, count, len(states), waiting)
    assert headline(reversed(states)) == headline(states)


def test_a_tally_counts_and_forgives_states_without_dates():
    tally = Tally({State.CONFIRMED: 2, State.DECLINED: 0})
    assert tally.total == 2
    assert tally.headline.kind is HeadlineKind.ALL_CONFIRMED
    assert Tally.of([C, C]).counts == {State.CONFIRMED: 2}


def test_nothing_adds_up_to_nothing():
    with pytest.raises(ValueError, match="at least one date"):
        headline([])
