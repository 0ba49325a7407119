"""What a page shows of the messages of one booking, for one of its sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext

from booking.messages.forms import MessageForm, OwnerMessageForm
from booking.messages.queries import ThreadMessage
from booking.rules.deadlines import AnswerDayFault
from booking.rules.lifecycle import Side

#: Older messages than these are folded away.
SHOWN = 20


def prefix_of(number: int) -> str:
    """Return the prefix of the fields of a booking's form; `number` counts bookings from 1."""
    return f"message-{number}"


def message_form(side: Side, number: int, answer_day: date | None = None) -> MessageForm:
    """Return an empty form of this side; `answer_day` is offered to the owner."""
    if side is not Side.OWNER:
        return MessageForm(formdata=None, prefix=prefix_of(number))
    form = OwnerMessageForm(formdata=None, prefix=prefix_of(number))
    form.answer_needed_by.data = answer_day.isoformat() if answer_day else ""
    return form


def posted_form(side: Side, number: int) -> MessageForm:
    """Return the form of this side as it was posted."""
    kind = OwnerMessageForm if side is Side.OWNER else MessageForm
    return kind(prefix=prefix_of(number))


@dataclass(frozen=True)
class Thread:
    """The messages of one booking, oldest first, and the form of the reader's side.

    `number` counts the bookings of the page from 1. `names` are who wrote each message.
    `stops_clock`: a question of the owner stops the time to decide, as dates are undecided.
    """

    number: int
    side: Side
    messages: Sequence[ThreadMessage]
    names: Sequence[str]
    form: MessageForm
    now: datetime
    stops_clock: bool

    @property
    def lines(self) -> Sequence[tuple[ThreadMessage, str]]:
        """Return each message with the name of its author."""
        return tuple(zip(self.messages, self.names, strict=True))

    @property
    def folded(self) -> Sequence[tuple[ThreadMessage, str]]:
        """Return the messages that are folded away."""
        return self.lines[:-SHOWN]

    @property
    def shown(self) -> Sequence[tuple[ThreadMessage, str]]:
        """Return the latest messages."""
        return self.lines[-SHOWN:]

    @property
    def question_to_answer(self) -> ThreadMessage | None:
        """Return the latest question of the other side that waits for its answer."""
        return self._open(own=False)

    @property
    def own_question(self) -> ThreadMessage | None:
        """Return the question of the reader's side that waits for its answer."""
        return self._open(own=True)

    @property
    def clock_stands_still(self) -> bool:
        """Return whether the time to decide has stopped, as a question of the owner is open."""
        question = self.own_question if self.side is Side.OWNER else self.question_to_answer
        return self.stops_clock and question is not None

    def _open(self, *, own: bool) -> ThreadMessage | None:
        found = [
            message
            for message in self.messages
            if (message.side is self.side) is own and message.is_open(self.now)
        ]
        return found[-1] if found else None


def answer_day_text(code: str) -> str:
    """Return why the day by which an answer is needed cannot be chosen, and what to do."""
    if code == AnswerDayFault.PAST:
        return gettext("This day is over. Choose a later one.")
    if code == AnswerDayFault.TOO_FAR:
        return gettext("Choose a day within the next four weeks.")
    if code == AnswerDayFault.AFTER_START:
        return gettext("The requested time has begun by then. Choose an earlier day.")
    return gettext("Choose by which day you need the answer.")
