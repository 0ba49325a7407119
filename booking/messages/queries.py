"""Reading the messages of bookings."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from booking.accounts.models import Person
from booking.bookings.models import Booking, LogEntry
from booking.extensions import db
from booking.messages.models import Message
from booking.rules.lifecycle import Side


@dataclass(frozen=True)
class ThreadMessage:
    """One message. `answer_needed_by` None: a question that does not stop the clock, or none."""

    id: int
    at: datetime
    side: Side
    author_id: int | None
    author: str
    works_for: tuple[str, ...]
    text: str
    is_question: bool
    answer_needed_by: datetime | None
    answered_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Return whether it is a question that still waits for its answer."""
        in_time = self.answer_needed_by is None or self.answer_needed_by > now
        return self.is_question and self.answered_at is None and in_time


def clock_stands_still(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a question about a `Booking` has stopped its clock."""
    return sa.exists().where(
        Message.booking_id == Booking.id,
        Message.due_before.is_not(None),
        Message.answered_at.is_(None),
        Message.answer_needed_by > now,
    )


def answer_day_asked(side: Side, now: datetime) -> sa.ScalarSelect[datetime | None]:
    """Return by when the open question of this side of a `Booking` needs its answer, as a column.

    It is null without such a question, and where the question does not stop the clock.
    """
    asked = _open_questions(side, now).with_only_columns(sa.func.max(Message.answer_needed_by))
    return asked.scalar_subquery()


def is_asked(side: Side, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a question of this side of a `Booking` waits for its answer."""
    return _open_questions(side, now).exists()


def _open_questions(side: Side, now: datetime) -> sa.Select[int]:
    return (
        sa.select(Message.id)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .where(
            Message.booking_id == Booking.id,
            Message.is_question,
            Message.answered_at.is_(None),
            sa.or_(Message.answer_needed_by.is_(None), Message.answer_needed_by > now),
            LogEntry.side == side,
        )
        .correlate(Booking)
    )


def threads_of(booking_ids: Collection[int]) -> Mapping[int, Sequence[ThreadMessage]]:
    """Return the messages of these bookings by booking id, oldest first; one statement.

    For who may write there: see `rules.visibility.may_write_as`.
    """
    found: dict[int, list[ThreadMessage]] = defaultdict(list)
    for message, entry, author in db.session.execute(
        sa.select(Message, LogEntry, Person.name)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .outerjoin(Person, Person.id == LogEntry.actor_id)
        .where(Message.booking_id.in_(booking_ids))
        .order_by(Message.id)
    ):
        found[message.booking_id].append(
            ThreadMessage(
                id=message.id,
                at=entry.at,
                side=Side(entry.side),
                author_id=entry.actor_id,
                author=author or "",
                works_for=tuple(entry.works_for or ()),
                text=message.text,
                is_question=message.is_question,
                answer_needed_by=message.answer_needed_by,
                answered_at=message.answered_at,
            )
        )
    return found
