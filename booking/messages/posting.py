"""Sending a posted message, for the pages of both sides."""

from http import HTTPStatus

from flask_babel import gettext, ngettext

from booking.errors import Invalid
from booking.messages.forms import MessageForm, OwnerMessageForm
from booking.messages.presenter import answer_day_text
from booking.messages.service import MOST_AN_HOUR, NewMessage, TooManyMessages, write
from booking.rules.lifecycle import Side
from booking.rules.visibility import Account


def send_posted(
    account: Account, side: Side, booking_id: int, form: MessageForm
) -> HTTPStatus | None:
    """Write the message in a posted form; returns None once it is written.

    Else the form has errors now, and the status is that of the page that shows them.

    Raises:
        NotFound, Conflict: see `messages.service.write`.
    """
    if not form.validate():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    asks = bool(form.is_question.data)
    day = form.answer_needed_by.read if asks and isinstance(form, OwnerMessageForm) else None
    try:
        write(account, side, NewMessage(booking_id, form.text.data or "", asks, day))
    except TooManyMessages:
        form.text.errors = [too_many_text()]
        return HTTPStatus.TOO_MANY_REQUESTS
    except Invalid as invalid:
        if invalid.field == "answer_needed_by" and isinstance(form, OwnerMessageForm):
            form.answer_needed_by.errors = [answer_day_text(invalid.code)]
        else:
            form.text.errors = [gettext("Write a message.")]
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return None


def too_many_text() -> str:
    """Return that one side has written as many messages as it can, and what to do."""
    return ngettext(
        "You and your colleagues have sent %(num)s message here in the last hour, the most that "
        "one side can. Send this one later.",
        "You and your colleagues have sent %(num)s messages here in the last hour, the most that "
        "one side can. Send this one later.",
        MOST_AN_HOUR,
    )
