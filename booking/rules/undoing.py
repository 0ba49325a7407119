"""Undoing a confirmation of which the requester does not know yet."""

from datetime import datetime, timedelta

from booking.rules.lifecycle import Event, Side, State

#: So long a confirmation can be undone; the requester's mail waits for it.
UNDO_FOR = timedelta(minutes=1)


def is_confirmation(event: str, before: str | None, after: str) -> bool:
    """Return whether a line of a log says that requested dates were confirmed."""
    return (event, before, after) == (Event.STEP, State.REQUESTED, State.CONFIRMED)


def is_undoing(side: str, before: str | None, after: str) -> bool:
    """Return whether a line of a log says that a confirmation was undone."""
    return (side, before, after) == (Side.OWNER, State.CONFIRMED, State.REQUESTED)


def may_still_undo(confirmed_at: datetime, now: datetime) -> bool:
    """Return whether the minute after a confirmation is not over."""
    return now < confirmed_at + UNDO_FOR
