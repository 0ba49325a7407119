"""Writing messages: log, notices, and the clock that stands still while a question is open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from booking.accounts.queries import account_now
from booking.bookings.authorise import is_colleague
from booking.bookings.deciding import deciders_of
from booking.bookings.log import write_log
from booking.bookings.models import Booking, LogEntry, Occurrence
from booking.bookings.occupancy import move_holds
from booking.bookings.readers import readers_of
from booking.bookings.records import facility_id_of, reload_booking
from booking.bookings.replacements import dates_of_request
from booking.clusters.deadlines import deadlines_of
from booking.db.transactions import retried, writing_by_rules
from booking.errors import Busy, Conflict, Invalid, NotFound
from booking.extensions import db
from booking.messages.models import Message
from booking.rules.deadlines import (
    Deadlines,
    answer_day_fault,
    answer_instant,
    latest_due,
    moved,
    pause,
)
from booking.rules.lifecycle import (
    WAIT_FOR_OWNER,
    WAIT_FOR_REQUESTER,
    WRITTEN,
    Event,
    Side,
    has_lapsed,
)
from booking.rules.visibility import Account, may_write_as

#: So many messages can each side of a booking write within the hour.
MOST_AN_HOUR = 30
HOUR = timedelta(hours=1)


class TooManyMessages(Busy):
    """This side has written as many messages within the hour as it can."""


@dataclass(frozen=True)
class NewMessage:
    """A message to be written about a booking, as it came from a valid form.

    `is_question`: it needs an answer. A question of the owner names the day of the cluster by
    which; one of the requester does not stop the clock and names none.
    """

    booking_id: int
    text: str
    is_question: bool = False
    answer_needed_by: date | None = None


@retried
def write(account: Account, side: Side, new: NewMessage) -> None:
    """Write a message of this side; it answers the questions of the other side.

    A question of the owner stops the clock: due dates, expiry and holds of the dates that nobody
    has decided on move together, at most until the day by which the answer is needed. The answer
    moves them back to where they are when the clock stood still until now. Sent a second time
    with nothing written in between, it is written once.

    Raises:
        NotFound: the person may not write on this side, or there is no such booking.
        Invalid: `text` `missing`; `answer_needed_by` `missing` or an `AnswerDayFault`.
        Conflict: `question_open`, when a question of this side waits for its answer already.
        TooManyMessages: this side has written `MOST_AN_HOUR` within the hour.
    """
    with writing_by_rules(facility_id_of(new.booking_id)) as now:
        booking = reload_booking(new.booking_id)
        deciders = deciders_of([booking], now)[booking.id]
        viewer = account_now(account).viewer
        request = booking.request
        readers = readers_of(request)
        if not may_write_as(side, viewer, request.organisation_id, readers, deciders):
            raise NotFound("booking")
        if _is_written(account, side, new):
            return
        if _written_since(booking.id, side, now - HOUR) >= MOST_AN_HOUR:
            raise TooManyMessages
        deadlines = deadlines_of(booking.facility.cluster, now)
        own, others = _unanswered(booking.id, side)
        if new.is_question and any(_is_open(question, now) for question in own):
            raise Conflict("question_open")
        for question in others:
            _answer(question, booking, now, deadlines)
        undecided = _undecided(booking, now)
        until = _answer_needed_by(side, new, undecided, now, deadlines)
        states = [occurrence.state for occurrence in booking.occurrences]
        entry = write_log(
            booking,
            (),
            now,
            before=states[0],
            after=states[0],
            deciders=deciders,
            actor_id=account.person_id,
            side=side,
            colleague=side is Side.OWNER and is_colleague(account, booking),
            event=_event(new, others),
        )
        message = Message(
            booking_id=booking.id,
            log_id=entry.id,
            text=new.text,
            is_question=new.is_question,
            answer_needed_by=until,
            lapses_before={},
        )
        db.session.add(message)
        if until is not None and undecided and booking.due_at is not None:
            message.due_before = booking.due_at
            message.lapses_before = {
                str(date.id): date.lapses_at.isoformat()
                for date in undecided
                if date.lapses_at is not None
            }
            _move_deadlines(
                message, booking, undecided, now, pause(now, until, deadlines), deadlines
            )


def _event(new: NewMessage, answered: Sequence[Message]) -> Event:
    if new.is_question:
        return Event.QUESTION
    return Event.ANSWER if answered else Event.MESSAGE


def _is_written(account: Account, side: Side, new: NewMessage) -> bool:
    """Return whether the latest message of the booking is this one."""
    latest = db.session.execute(
        sa.select(Message.text, Message.is_question, LogEntry.actor_id, LogEntry.side)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .where(Message.booking_id == new.booking_id)
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    return latest is not None and tuple(latest) == (
        new.text,
        new.is_question,
        account.person_id,
        side,
    )


def _written_since(booking_id: int, side: Side, since: datetime) -> int:
    """Return how many messages this side has written about a booking after that instant."""
    query = sa.select(sa.func.count()).where(
        LogEntry.booking_id == booking_id,
        LogEntry.side == side,
        LogEntry.event.in_(sorted(WRITTEN)),
        LogEntry.at > since,
    )
    return db.session.scalar(query) or 0


def _unanswered(booking_id: int, side: Side) -> tuple[list[Message], list[Message]]:
    """Return the questions without an answer: those of this side, and those of the other."""
    own: list[Message] = []
    others: list[Message] = []
    for message, asked_by in db.session.execute(
        sa.select(Message, LogEntry.side)
        .join(LogEntry, LogEntry.id == Message.log_id)
        .where(Message.booking_id == booking_id, Message.is_question, Message.answered_at.is_(None))
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    ):
        (own if asked_by == side else others).append(message)
    return own, others


def _is_open(question: Message, now: datetime) -> bool:
    return question.answer_needed_by is None or question.answer_needed_by > now


def _undecided(booking: Booking, now: datetime) -> list[Occurrence]:
    return [
        date
        for date in booking.occurrences
        if date.state in WAIT_FOR_OWNER and not has_lapsed(date.state, date.lapses_at, now)
    ]


def _answer_needed_by(
    side: Side,
    new: NewMessage,
    undecided: Sequence[Occurrence],
    now: datetime,
    deadlines: Deadlines,
) -> datetime | None:
    """Return until when the clock may stand still; None: the message does not stop it."""
    if not new.text.strip():
        raise Invalid("text", "missing")
    if not new.is_question or side is not Side.OWNER:
        return None
    if new.answer_needed_by is None:
        raise Invalid("answer_needed_by", "missing")
    first_start = min((date.starts_at for date in undecided), default=None)
    fault = answer_day_fault(new.answer_needed_by, now, first_start, deadlines)
    if fault is not None:
        raise Invalid("answer_needed_by", fault)
    return answer_instant(new.answer_needed_by, deadlines)


def _answer(question: Message, booking: Booking, now: datetime, deadlines: Deadlines) -> None:
    """Mark a question as answered, and let the clock go on."""
    question.answered_at = now
    if question.answer_needed_by is None or question.answer_needed_by <= now:
        return  # it goes on since then
    asked_at = db.session.get_one(LogEntry, question.log_id).at
    dates = [date for date in _undecided(booking, now) if str(date.id) in question.lapses_before]
    if dates:
        days = pause(asked_at, now, deadlines)
        _move_deadlines(question, booking, dates, now, days, deadlines)


def _move_deadlines(
    question: Message,
    booking: Booking,
    dates: Sequence[Occurrence],
    now: datetime,
    days: int,
    deadlines: Deadlines,
) -> None:
    """Set due date, expiry and holds to so many working days after those before the question.

    A hold that is gone stays gone. No date expires before what is proposed or accepted
    in its place.
    """
    proposed_until: dict[int | None, datetime] = {}
    for one in dates_of_request(booking):
        if one.state in WAIT_FOR_REQUESTER and one.lapses_at is not None and one.lapses_at > now:
            known = proposed_until.get(one.replaces_id, now)
            proposed_until[one.replaces_id] = max(known, one.lapses_at)
    if question.due_before is not None:
        latest = latest_due(min(date.starts_at for date in dates), deadlines)
        booking.due_at = moved(question.due_before, days, deadlines, latest=latest)
    by_end: dict[datetime, list[int]] = defaultdict(list)
    for occurrence in dates:
        before = datetime.fromisoformat(question.lapses_before[str(occurrence.id)])
        end = moved(before, days, deadlines, latest=occurrence.starts_at)
        proposed = min(proposed_until.get(occurrence.id, end), occurrence.starts_at)
        end = max(end, proposed)
        occurrence.lapses_at = end
        by_end[end].append(occurrence.id)
    move_holds(by_end, now)
