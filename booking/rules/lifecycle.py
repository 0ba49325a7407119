"""The life of a date: its states, who moves it on, and what a group of dates adds up to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The state of one date (occurrence)."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What a line of a booking's log tells; with all but STEP the state stays as it is."""

    STEP = "step"
    AFFECTED = "affected"  # a closure or new hours hit the dates
    LIFTED = "lifted"  # what had hit them is gone
    KEPT = "kept"  # they take place all the same
    OVERRIDE = "override"  # a rule was set aside for them


class Act(StrEnum):
    """What moves a date on."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    LAPSE = "lapse"


_OUTCOMES: Mapping[Act, State] = {
    Act.CONFIRM: State.CONFIRMED,
    Act.DECLINE: State.DECLINED,
    Act.WITHDRAW: State.WITHDRAWN,
    Act.CANCEL: State.CANCELLED,
    Act.LAPSE: State.LAPSED,
}
_SOURCES: Mapping[Act, frozenset[State]] = {
    Act.CONFIRM: frozenset({State.REQUESTED}),
    Act.DECLINE: frozenset({State.REQUESTED}),
    Act.WITHDRAW: frozenset({State.REQUESTED}),
    Act.CANCEL: frozenset({State.CONFIRMED}),
    Act.LAPSE: frozenset({State.REQUESTED}),
}

OPEN = frozenset({State.REQUESTED})
"""States that wait for a decision."""

ENDED = frozenset({State.DECLINED, State.WITHDRAWN, State.CANCELLED, State.LAPSED})
"""States that never change again and take no place."""


def outcome(act: Act) -> State:
    """Return the state in which a date is after the act."""
    return _OUTCOMES[act]


def sources(act: Act) -> frozenset[State]:
    """Return the states in which the act is possible."""
    return _SOURCES[act]


def may_follow(before: State, after: State) -> bool:
    """Tell whether some act leads from `before` to `after`; a state never follows itself."""
    return any(
        before in _SOURCES[act] and after is state_after for act, state_after in _OUTCOMES.items()
    )


class HeadlineKind(StrEnum):
    """What a group of dates amounts to."""

    WAITING = "waiting"
    PARTLY_CONFIRMED = "partly_confirmed"
    ALL_CONFIRMED = "all_confirmed"
    ALL_DECLINED = "all_declined"
    ALL_WITHDRAWN = "all_withdrawn"
    ALL_CANCELLED = "all_cancelled"
    ALL_LAPSED = "all_lapsed"
    ENDED = "ended"


_ALL_OF_ONE: Mapping[State, HeadlineKind] = {
    State.REQUESTED: HeadlineKind.WAITING,
    State.CONFIRMED: HeadlineKind.ALL_CONFIRMED,
    State.DECLINED: HeadlineKind.ALL_DECLINED,
    State.WITHDRAWN: HeadlineKind.ALL_WITHDRAWN,
    State.CANCELLED: HeadlineKind.ALL_CANCELLED,
    State.LAPSED: HeadlineKind.ALL_LAPSED,
}


@dataclass(frozen=True)
class Headline:
    """The state of a booking or a request, derived from its dates.

    `count` of `total` dates are in the state that the kind names (WAITING: requested;
    ENDED, a mixture of ended states: all of them). `waiting` dates are still undecided.
    """

    kind: HeadlineKind
    count: int
    total: int
    waiting: int


@dataclass(frozen=True)
class Tally:
    """How many dates are in which state; a state without dates may be left out."""

    counts: Mapping[State, int]

    @classmethod
    def of(cls, states: Iterable[State]) -> "Tally":
        """Return the tally of these states, one for each date."""
        return cls(Counter(states))

    @property
    def total(self) -> int:
        """Return the number of all dates."""
        return sum(self.counts.values())

    @property
    def headline(self) -> Headline:
        """Return what the dates add up to.

        Nothing confirmed yet and something undecided: WAITING. Something confirmed and
        something not: PARTLY_CONFIRMED. All in one state: that one. Else ENDED.

        Raises:
            ValueError: there are no dates.
        """
        present = {state: count for state, count in self.counts.items() if count}
        if not present:
            raise ValueError("a headline needs at least one date")
        total = self.total
        waiting = present.get(State.REQUESTED, 0)
        confirmed = present.get(State.CONFIRMED, 0)
        if len(present) == 1:
            (state,) = present
            return Headline(_ALL_OF_ONE[state], total, total, waiting)
        if confirmed:
            return Headline(HeadlineKind.PARTLY_CONFIRMED, confirmed, total, waiting)
        if waiting:
            return Headline(HeadlineKind.WAITING, waiting, total, waiting)
        return Headline(HeadlineKind.ENDED, total, total, 0)


def headline(states: Iterable[State]) -> Headline:
    """Return what the dates in these states add up to; see `Tally.headline`."""
    return Tally.of(states).headline
