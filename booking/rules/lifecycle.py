"""The life of a date: its states, each declared once, and what a group of dates adds up to.

To add a state, add a member to `State`, its rules to `STATES`, the acts that lead to it to the
rules of the states they lead from, and its words to `booking.wording.states`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """The state of one date (occurrence); `rules` says what it means."""

    PROPOSED = "proposed"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    NO_SHOW = "no_show"
    REPLACED = "replaced"

    @property
    def rules(self) -> "StateRules":
        """Return what the state means."""
        return STATES[self]

    def after(self, act: "Act", side: "Side") -> "State | None":
        """Return the state after the act of this side; None: the side may not do it now."""
        step = self.rules.acts.get(act)
        return step.after if step is not None and side in step.sides else None

    def allows(self, act: "Act", side: "Side") -> bool:
        """Return whether this side may do this with a date in this state."""
        return self.after(act, side) is not None

    def may_be_moved(self, side: "Side") -> bool:
        """Return whether this side may ask for, or propose, another time in the place of a date.

        Of a date that only waits there is nothing to keep meanwhile.
        """
        return self is not State.WAITING and self.allows(Act.REPLACE, side)


class Act(StrEnum):
    """What moves a date on."""

    ACCEPT = "accept"  # confirm or take, but for conditions that must be met first
    CONFIRM = "confirm"
    TAKE = "take"  # accept a proposal
    REPLACE = "replace"  # another date in its place has been confirmed
    WAIT = "wait"  # put it on the waiting list
    OFFER = "offer"  # time has become free, and it is the first that fits
    COMPLETE = "complete"  # the last of these conditions is met
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    LAPSE = "lapse"
    MARK_NO_SHOW = "mark_no_show"
    UNDO_CONFIRM = "undo_confirm"  # at once, before the requester knows of it


class Side(StrEnum):
    """The side for which somebody acts or is notified."""

    REQUESTER = "requester"
    OWNER = "owner"
    NOBODY = "nobody"  # time has run out
    RULE = "rule"  # the requester sent it, and a rule of the owner confirmed it


class Audience(StrEnum):
    """As whom a person gets an update."""

    REQUESTER = "requester"
    OWNER = "owner"
    ADMIN = "admin"
    """As administrator: nobody can decide on a booking."""
    MEMBER = "member"
    """As member of an organisation that somebody joined."""
    CATALOGUE = "catalogue"
    """As somebody who follows the catalogue, or keeps something in it."""


class Event(StrEnum):
    """What a line of a booking's log records; only STEP changes the state."""

    STEP = "step"
    AFFECTED = "affected"  # a closure or new hours affect the dates
    LIFTED = "lifted"  # nothing affects them any more
    KEPT = "kept"  # they take place although affected
    ARRIVING = "arriving"  # people were reminded that they take place soon
    OVERRIDE = "override"  # an exception was granted for them
    ATTENDANCE = "attendance"  # the owner noted when the people arrived or left
    MESSAGE = "message"  # one side wrote to the other
    QUESTION = "question"  # a message that needs an answer
    ANSWER = "answer"  # a message that answers a question
    REMINDED = "reminded"  # who decides was reminded, by the requester or at half time
    OVERDUE = "overdue"  # the coordinators were told that the answer is overdue
    ANNOUNCEMENT = "announcement"  # the owner wrote to everybody with a date in some days
    CONDITION_DONE = "condition_done"  # the requester says that a condition is met
    CONDITION_MET = "condition_met"  # the owner has checked it
    CONDITION_NOT_YET = "condition_not_yet"  # the owner has checked it, and something is missing
    CONDITION_WAIVED = "condition_waived"  # the owner does without it
    CONDITION_MISSED = "condition_missed"  # its time is up and the dates are confirmed
    CHANGED = "changed"  # the requester changed what needs no new yes
    OPENED = "opened"  # an admin reads it, for a reason
    HANDED_OVER = "handed_over"  # the requester left, and a colleague looks after it now
    READERS = "readers"  # the requester's side changed who of it may read the request
    # What becomes of dates at another facility in the place of these:
    ELSEWHERE_PROPOSED = "elsewhere_proposed"
    ELSEWHERE_REQUESTED = "elsewhere_requested"
    ELSEWHERE_ACCEPTED = "elsewhere_accepted"
    ELSEWHERE_CONFIRMED = "elsewhere_confirmed"
    ELSEWHERE_ENDED = "elsewhere_ended"


#: What one side writes to the other; but for ANNOUNCEMENT it is about no dates.
WRITTEN = frozenset({Event.MESSAGE, Event.QUESTION, Event.ANSWER, Event.ANNOUNCEMENT})

#: What reminds the owner that dates wait for an answer.
REMINDING = frozenset({Event.REMINDED, Event.OVERDUE})

#: What happens to one condition of a booking.
OF_CONDITIONS = frozenset(
    {
        Event.CONDITION_DONE,
        Event.CONDITION_MET,
        Event.CONDITION_NOT_YET,
        Event.CONDITION_WAIVED,
        Event.CONDITION_MISSED,
    }
)


#: What becomes of dates at another facility in the place of these.
OF_ELSEWHERE = frozenset(
    {
        Event.ELSEWHERE_PROPOSED,
        Event.ELSEWHERE_REQUESTED,
        Event.ELSEWHERE_ACCEPTED,
        Event.ELSEWHERE_CONFIRMED,
        Event.ELSEWHERE_ENDED,
    }
)


class Phase(StrEnum):
    """How far a date has come."""

    OPEN = "open"  # not decided for good; it lapses at its `lapses_at`
    FIRM = "firm"  # agreed: it takes place unless somebody ends it
    ENDED = "ended"  # never changes again


class Holds(StrEnum):
    """What a date has of the facility's places."""

    NOTHING = "nothing"
    UNTIL_LAPSE = "until_lapse"  # a hold, which ends when the date lapses, or no place at all
    PLACES = "places"  # its places, for good


class FeedStatus(StrEnum):
    """The STATUS of a date in a calendar feed (RFC 5545)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Step:
    """To which state an act leads, and which sides may take it."""

    after: State
    sides: frozenset[Side]


def _step(after: State, *sides: Side) -> Step:
    return Step(after, frozenset(sides))


@dataclass(frozen=True)
class StateRules:
    """What one state means for everything that depends on it.

    phase: OPEN, FIRM or ENDED; lists, counts and headlines go by it.
    holds: what a date has of the facility's places. A step to NOTHING gives them back.
    counts_for_quota: it uses up a part of the organisation's quota and fair share.
    drawn: it is shown in the calendars of those who may know of it.
    waits_for: the side that must act next; None: neither the requester nor the owner.
    feed: its STATUS in full feeds (busy feeds carry occupancies); None: feeds leave it out.
    acts: all that may be done with it, to which state that leads, and which side may do it.
    """

    phase: Phase
    holds: Holds
    counts_for_quota: bool
    drawn: bool
    waits_for: Side | None
    feed: FeedStatus | None
    acts: Mapping[Act, Step]


_OVER = StateRules(
    phase=Phase.ENDED,
    holds=Holds.NOTHING,
    counts_for_quota=False,
    drawn=False,
    waits_for=None,
    feed=FeedStatus.CANCELLED,
    acts={},
)

STATES: Mapping[State, StateRules] = {
    State.PROPOSED: StateRules(
        phase=Phase.OPEN,
        holds=Holds.UNTIL_LAPSE,
        counts_for_quota=False,
        drawn=True,
        waits_for=Side.REQUESTER,
        feed=None,
        acts={
            Act.TAKE: _step(State.CONFIRMED, Side.REQUESTER),
            Act.ACCEPT: _step(State.ACCEPTED, Side.REQUESTER),
            Act.DECLINE: _step(State.DECLINED, Side.REQUESTER),
            Act.WITHDRAW: _step(State.WITHDRAWN, Side.OWNER),
            Act.LAPSE: _step(State.LAPSED, Side.NOBODY),
        },
    ),
    State.REQUESTED: StateRules(
        phase=Phase.OPEN,
        holds=Holds.UNTIL_LAPSE,
        counts_for_quota=True,
        drawn=True,
        waits_for=Side.OWNER,
        feed=FeedStatus.TENTATIVE,
        acts={
            Act.ACCEPT: _step(State.ACCEPTED, Side.OWNER),
            Act.CONFIRM: _step(State.CONFIRMED, Side.OWNER),
            Act.DECLINE: _step(State.DECLINED, Side.OWNER),
            Act.WITHDRAW: _step(State.WITHDRAWN, Side.REQUESTER),
            Act.LAPSE: _step(State.LAPSED, Side.NOBODY),
            Act.REPLACE: _step(State.REPLACED, Side.REQUESTER, Side.OWNER),
            Act.WAIT: _step(State.WAITING, Side.OWNER),
        },
    ),
    State.WAITING: StateRules(
        phase=Phase.OPEN,
        holds=Holds.NOTHING,
        counts_for_quota=False,
        drawn=False,
        waits_for=None,
        feed=None,
        acts={
            Act.OFFER: _step(State.PROPOSED, Side.NOBODY),
            Act.DECLINE: _step(State.DECLINED, Side.OWNER),
            Act.WITHDRAW: _step(State.WITHDRAWN, Side.REQUESTER),
            Act.LAPSE: _step(State.LAPSED, Side.NOBODY),
            # What is agreed on in its place may be completed while it waits.
            Act.REPLACE: _step(State.REPLACED, Side.REQUESTER, Side.OWNER),
        },
    ),
    State.ACCEPTED: StateRules(
        phase=Phase.OPEN,
        holds=Holds.UNTIL_LAPSE,
        counts_for_quota=True,
        drawn=True,
        waits_for=Side.REQUESTER,
        feed=FeedStatus.TENTATIVE,
        acts={
            Act.COMPLETE: _step(State.CONFIRMED, Side.OWNER),
            Act.DECLINE: _step(State.DECLINED, Side.OWNER),
            Act.WITHDRAW: _step(State.WITHDRAWN, Side.REQUESTER),
            Act.LAPSE: _step(State.LAPSED, Side.NOBODY),
            Act.REPLACE: _step(State.REPLACED, Side.REQUESTER, Side.OWNER),
        },
    ),
    State.CONFIRMED: StateRules(
        phase=Phase.FIRM,
        holds=Holds.PLACES,
        counts_for_quota=True,
        drawn=True,
        waits_for=None,
        feed=FeedStatus.CONFIRMED,
        acts={
            Act.CANCEL: _step(State.CANCELLED, Side.REQUESTER, Side.OWNER),
            Act.MARK_NO_SHOW: _step(State.NO_SHOW, Side.OWNER),
            Act.UNDO_CONFIRM: _step(State.REQUESTED, Side.OWNER),
            Act.REPLACE: _step(State.REPLACED, Side.REQUESTER, Side.OWNER),
        },
    ),
    State.DECLINED: _OVER,
    State.WITHDRAWN: _OVER,
    State.CANCELLED: _OVER,
    State.LAPSED: _OVER,
    State.NO_SHOW: StateRules(
        phase=Phase.ENDED,
        holds=Holds.NOTHING,
        counts_for_quota=True,  # nobody else could have the time
        drawn=False,
        waits_for=None,
        feed=FeedStatus.CONFIRMED,
        acts={},
    ),
    # Feeds have the date that replaces it, which goes on with its event.
    State.REPLACED: replace(_OVER, feed=None),
}
"""The rules of every state."""


def _all_with(asked: Callable[[StateRules], bool]) -> frozenset[State]:
    return frozenset(state for state, rules in STATES.items() if asked(rules))


OPEN = _all_with(lambda rules: rules.phase is Phase.OPEN)
"""States that are not decided for good."""

FIRM = _all_with(lambda rules: rules.phase is Phase.FIRM)
"""States of dates that take place unless somebody ends them."""

ENDED = _all_with(lambda rules: rules.phase is Phase.ENDED)
"""States that never change again."""

WAIT_FOR_REQUESTER = _all_with(lambda rules: rules.waits_for is Side.REQUESTER)
"""States in which the requester must act next."""

WAIT_FOR_OWNER = _all_with(lambda rules: rules.waits_for is Side.OWNER)
"""States in which the owner must act next."""

IN_THE_WAY = _all_with(lambda rules: rules.holds is not Holds.NOTHING)
"""States of dates that have places, or get them by a decision: all to come but who only waits."""

COUNT_FOR_QUOTA = _all_with(lambda rules: rules.counts_for_quota)
"""States that use up a part of a quota."""

DRAWN = _all_with(lambda rules: rules.drawn)
"""States that stand in calendars."""

IN_FEEDS = _all_with(lambda rules: rules.feed is not None)
"""States that full feeds carry."""


_CAME_TO_NOTHING = frozenset({State.DECLINED, State.WITHDRAWN, State.LAPSED})

REPLACEMENTS_IN_FEEDS = IN_FEEDS - OPEN - _CAME_TO_NOTHING
"""States in which full feeds carry a date in the place of another one: once it was confirmed."""


_ELSEWHERE: Mapping[State, Event] = {
    State.PROPOSED: Event.ELSEWHERE_PROPOSED,
    State.REQUESTED: Event.ELSEWHERE_REQUESTED,
    State.ACCEPTED: Event.ELSEWHERE_ACCEPTED,
    State.CONFIRMED: Event.ELSEWHERE_CONFIRMED,
}


def elsewhere_event(after: State) -> Event:
    """Return what is logged of a date as something in its place elsewhere comes to this state."""
    return _ELSEWHERE.get(after, Event.ELSEWHERE_ENDED)


def has_lapsed(state: State, lapses_at: datetime | None, now: datetime) -> bool:
    """Return whether a date is open although its time is up: the worker has not come by yet."""
    return state in OPEN and lapses_at is not None and lapses_at <= now


def state_at(state: State, lapses_at: datetime | None, now: datetime) -> State:
    """Return the state as people read it at `now`: what has lapsed reads so at once."""
    return State.LAPSED if has_lapsed(state, lapses_at, now) else state


def is_completed(state: State, ends_at: datetime, now: datetime) -> bool:
    """Return whether a date took place: agreed, over, and nobody said that no one came."""
    return state in FIRM and ends_at <= now


#: Of what is open in the place of one date, the booking is summed up by the first of these.
_FIRST_OF_OPEN = (State.PROPOSED, State.ACCEPTED, State.REQUESTED, State.WAITING)


@dataclass(frozen=True)
class Standing:
    """A date, its state, and the date in whose place it would be; None: in nobody's."""

    id: int
    state: State
    replaces_id: int | None = None


def standing_states(dates: Iterable[Standing], elsewhere: Iterable[Standing] = ()) -> list[State]:
    """Return the states by which a booking is summed up: one for each date that people agreed on.

    A date that was replaced counts as the one that replaced it, and a replacement that came to
    nothing not at all. While replacements are open, they and the date in whose place they would
    be count once: as it stands if it is agreed, else as proposed, else as accepted, else as
    requested.

    `elsewhere` are the dates of the other bookings of its request: what these replace, or would,
    counts there. Without any date that counts here, all of the booking's do.
    """
    own = list(dates)
    every = [*own, *elsewhere]
    state_of = {date.id: date.state for date in every}
    open_for: dict[int, list[Standing]] = {}
    for date in every:
        if date.replaces_id is not None and date.state in OPEN:
            open_for.setdefault(date.replaces_id, []).append(date)
    found: list[Standing] = []
    for date in every:
        if is_left_out(date):
            continue
        if date.replaces_id is not None and date.state in OPEN:
            continue
        if date.id in open_for and date.state not in FIRM:
            continue
        found.append(date)
    for replaced_id, standing in open_for.items():
        if state_of.get(replaced_id) not in FIRM:
            found.append(min(standing, key=lambda one: _FIRST_OF_OPEN.index(one.state)))
    ids = {date.id for date in own}
    return [date.state for date in found if date.id in ids] or [date.state for date in own]


def is_left_out(date: Standing) -> bool:
    """Return whether a date counts nowhere: replaced, or a replacement that came to nothing."""
    came_to_nothing = date.replaces_id is not None and date.state in _CAME_TO_NOTHING
    return date.state is State.REPLACED or came_to_nothing


def listed_ids(dates: Iterable[Standing]) -> frozenset[int]:
    """Return which dates of a booking are listed as its dates: all that stand, or have stood last.

    Left out are proposals in the place of another date, what was replaced, and replacements that
    came to nothing.
    """
    every = list(dates)
    found = frozenset(
        date.id
        for date in every
        if not is_left_out(date)
        and not (date.replaces_id is not None and date.state is State.PROPOSED)
    )
    return found or frozenset(date.id for date in every)


class HeadlineKind(StrEnum):
    """What a group of dates amounts to."""

    ALL = "all"  # all are in one state
    PARTLY_FIRM = "partly_firm"  # some take place, others do not or are open
    PARTLY_OPEN = "partly_open"  # some are open, none takes place for sure
    ENDED = "ended"  # all have ended, in different states


@dataclass(frozen=True)
class Headline:
    """The state of a booking or a request, derived from its dates.

    `count` of `total` dates are in `state` (None: they ended in different states, and `count` is
    all of them). `open_counts` says how many dates are in each open state that there is.
    `is_completed`: all that was agreed is over, and nothing is open.
    """

    kind: HeadlineKind
    state: State | None
    count: int
    total: int
    open_counts: tuple[tuple[State, int], ...] = ()
    is_completed: bool = False

    @property
    def waiting(self) -> int:
        """Return how many dates are still open."""
        return sum(count for _, count in self.open_counts)

    @property
    def undecided(self) -> int:
        """Return how many dates wait for the owner's decision."""
        return sum(count for state, count in self.open_counts if state in WAIT_FOR_OWNER)


@dataclass(frozen=True)
class Tally:
    """How many dates are in which state; a state without dates may be left out.

    `completed` of them took place, see `is_completed`.
    """

    counts: Mapping[State, int]
    completed: int = 0

    @classmethod
    def of(cls, states: Iterable[State], completed: int = 0) -> "Tally":
        """Return the tally of these states, one for each date."""
        return cls(Counter(states), completed)

    @property
    def total(self) -> int:
        """Return the number of all dates."""
        return sum(self.counts.values())

    @property
    def headline(self) -> Headline:
        """Return what the dates add up to.

        All in one state: ALL. Else something firm: PARTLY_FIRM. Else something open: PARTLY_OPEN.
        Else ENDED. Of several firm or open states the first member of `State` is named.

        Raises:
            ValueError: there are no dates.
        """
        present = {state: self.counts[state] for state in State if self.counts.get(state)}
        if not present:
            raise ValueError("a headline needs at least one date")
        open_counts = tuple((state, present[state]) for state in present if state in OPEN)
        if len(present) == 1:
            kind, state = HeadlineKind.ALL, next(iter(present))
        elif firm := [state for state in present if state in FIRM]:
            kind, state = HeadlineKind.PARTLY_FIRM, firm[0]
        elif open_counts:
            kind, state = HeadlineKind.PARTLY_OPEN, open_counts[0][0]
        else:
            return Headline(HeadlineKind.ENDED, None, self.total, self.total)
        firm_dates = sum(count for one, count in present.items() if one in FIRM)
        is_completed = 0 < firm_dates == self.completed and not open_counts
        return Headline(kind, state, present[state], self.total, open_counts, is_completed)


def headline(states: Iterable[State], completed: int = 0) -> Headline:
    """Return what the dates in these states add up to; see `Tally.headline`."""
    return Tally.of(states, completed).headline
