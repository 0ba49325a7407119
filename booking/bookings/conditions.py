"""In which states dates are, as conditions of a query on `Occurrence`.

An open date whose time is up has lapsed, also where the worker has not come by yet.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime

import sqlalchemy as sa

from booking.bookings.models import Occurrence
from booking.rules.lifecycle import FIRM, IN_THE_WAY, OPEN, State

#: An instant, or what stands for one in a query.
Instant = datetime | sa.ColumnElement[datetime]


def in_states(states: AbstractSet[State], now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date is in one of these states and has not lapsed."""
    in_one = Occurrence.state.in_(sorted(states))
    may_lapse = states & OPEN
    if not may_lapse:
        return in_one
    in_time = sa.or_(Occurrence.lapses_at.is_(None), Occurrence.lapses_at > now)
    if may_lapse == states:
        return sa.and_(in_one, in_time)
    return sa.and_(in_one, sa.or_(Occurrence.state.in_(sorted(states - may_lapse)), in_time))


def is_open(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date is not decided for good."""
    return in_states(OPEN, now)


def has_lapsed(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date is open although its time is up."""
    return sa.and_(Occurrence.state.in_(sorted(OPEN)), Occurrence.lapses_at <= now)


def upcoming(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date is agreed and not over."""
    return sa.and_(Occurrence.state.in_(sorted(FIRM)), Occurrence.ends_at > now)


def completed(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date took place; see `lifecycle.is_completed`."""
    return sa.and_(Occurrence.state.in_(sorted(FIRM)), Occurrence.ends_at <= now)


def still_to_come(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date is not over, and has its time or is to get it by an answer.

    What is on the waiting list has no part in it.
    """
    return sa.and_(Occurrence.ends_at > now, in_states(IN_THE_WAY, now))


def on_waiting_list(now: Instant) -> sa.ColumnElement[bool]:
    """Return the condition that a date waits for free time."""
    return in_states(frozenset({State.WAITING}), now)
