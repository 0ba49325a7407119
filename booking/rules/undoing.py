"""Undoing a confirmation of which the requester does not know yet."""

from datetime import datetime, timedelta

from booking.rules.lifecycle import Event, Side, State

#: So long a confirmation can be undone; the requester's mail waits for it.
UNDO_FOR = timedelta(minutes=1)


def is_confirmation(event: str, before: str | None, after: str) -> bool:
    """Return whether a line of a log says that requested dates were confirmed."""
    return (event, before, after) == (Event.STEP, State.REQUESTED, State.CONFIRMED)


def undoable_for(event: str, before: str | None, after: str) -> timedelta:
    """Return how long after a line of a log the requester's mail waits, as it can be undone."""
    return UNDO_FOR if is_confirmation(event, before, after) else timedelta()


def is_undoing(side: str, before: str | None, after: str) -> bool:
    """Return whether a line of a log says that a confirmation was undone."""
    return (side, before, after) == (Side.OWNER, State.CONFIRMED, State.REQUESTED)


def may_still_undo(confirmed_at: datetime, now: datetime) -> bool:
    """Return whether the minute after a confirmation is not over."""
    return now < confirmed_at + UNDO_FOR
