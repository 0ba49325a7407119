"""When who decides is reminded of a request that waits for its answer."""

from datetime import datetime
from enum import StrEnum


class Reminder(StrEnum):
    """A reminder that is sent by itself, at most once for each booking."""

    HALF_TIME = "half_time"  # to who decides
    OVERDUE = "overdue"  # to the coordinators


def half_time(sent_at: datetime, due_at: datetime) -> datetime:
    """Return the instant halfway between sending and the due date."""
    return sent_at + (due_at - sent_at) / 2


def may_remind(due_at: datetime | None, reminded_at: datetime | None, now: datetime) -> bool:
    """Return whether the requester may remind who decides: once, when the answer is overdue.

    The dates must still wait for an answer.
    """
    return due_at is not None and due_at <= now and reminded_at is None


def next_reminder(
    sent_at: datetime,
    due_at: datetime,
    now: datetime,
    *,
    reminded: bool = False,
    escalated: bool = False,
) -> Reminder | None:
    """Return what is to be sent now for a booking that waits, None if nothing is.

    `reminded` and `escalated`: the one at half time, and the one at the due date, has been sent.
    Once the answer is due nobody is reminded of half time any more.
    """
    if escalated:
        return None
    if due_at <= now:
        return Reminder.OVERDUE
    if not reminded and half_time(sent_at, due_at) <= now:
        return Reminder.HALF_TIME
    return None
